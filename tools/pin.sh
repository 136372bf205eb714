#!/bin/sh
# Resolve every requirement in settings.ini again and write the versions to constraints.txt (Python 3.11 to 3.13).
set -eu
cd "$(dirname "$0")/.."
py=.venv/bin/python
echo uv | "$py" -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header \
    --all-extras --refresh-package imgqa-nb --output-file constraints.txt "$@" setup.py -
grep -q '://' constraints.txt && { echo "constraints.txt names an address; it must hold names and versions only" >&2; exit 1; }
echo "constraints.txt: $(wc -l < constraints.txt) packages"
