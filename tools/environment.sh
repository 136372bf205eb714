#!/bin/sh
# tools/environment.sh base|lab|all
# Make .venv and install imgqa_nb in it, editable, at the versions in constraints.txt. Quick when nothing has changed:
# a stamp in .venv holds a hash of all that decides the outcome, and is written only when the install has finished.
set -eu
cd "$(dirname "$0")/.."
what=${1:-base}
case $what in
    base) package='.' ;;
    lab)  package='.[lab,dev]' ;;
    all)  package='.[models,lab,dev]' ;;
    *)    echo "usage: tools/environment.sh base|lab|all" >&2; exit 2 ;;
esac
py=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }
version()    { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

find_python() { # print a Python that can make the environment; PYTHON, where given, is the only candidate
    old='' bare=''
    if [ -n "${PYTHON-}" ]; then set -- "$PYTHON"; else set -- python3.13 python3.12 python3.11 python3 python; fi
    for p in "$@"; do
        if ! new_enough "$p"; then old="$old${old:+, }$p$(version "$p" | sed 's/.*/ (&)/')"
        elif ! makes_venv "$p"; then bare=$p
        else printf '%s\n' "$p"; return; fi
    done
    if [ -n "$bare" ]; then
        say "$bare is Python $(version "$bare"), but it cannot make a virtual environment (no venv or ensurepip)."
        say "Install that part of it (Debian and Ubuntu: apt install python$(version "$bare")-venv), then run make again."
    elif [ -n "${PYTHON-}" ]; then say "PYTHON=$PYTHON is not a Python 3.11 or newer."
    else
        say "imgqa_nb needs Python 3.11 or newer, and there is none here. Looked for: $old."
        say "Install one (python.org, your system's packages, pyenv or conda), then run make again, or say where it is:"
        say "    make demo PYTHON=/path/to/python3.12"
    fi
    return 1
}

if ! new_enough "$py" || { [ -n "${PYTHON-}" ] && [ "$(version "$PYTHON")" != "$(version "$py")" ]; }; then
    python=$(find_python)
    [ ! -e .venv ] || say "Replacing .venv: it is not a Python $(version "$python") that works."
    say "Making .venv with $python (Python $(version "$python"))"
    "$python" -m venv --clear .venv
fi

key=$("$py" - "$package" <<'KEY'
import hashlib, os, sys
h = hashlib.sha256(repr((sys.version_info[:3], os.getcwd())).encode())
for f in ('settings.ini', 'setup.py', 'constraints.txt'): h.update(open(f, 'rb').read())
print(h.hexdigest())
KEY
)
for stamp in "$what" all; do # the full set holds every smaller one
    if [ "$(cat ".venv/installed-$stamp" 2>/dev/null)" = "$key" ]; then exit 0; fi
done
rm -f .venv/installed-*

start=$(date +%s)
case $what in
    all) say "Installing imgqa_nb with every extra (torch among them: about 3 GB the first time)" ;;
    *)   say "Installing imgqa_nb ($what)" ;;
esac
"$py" -m pip --version >/dev/null 2>&1 || "$py" -m ensurepip >/dev/null
export PIP_DISABLE_PIP_VERSION_CHECK=1

with_uv() { # fetches in parallel, and links each file from one cache; it does not read pip's settings, so they are handed on
    "$py" -m uv --version >/dev/null 2>&1 || "$py" -m pip install --quiet --constraint constraints.txt uv || return 1
    mirror=$("$py" -m pip config get global.index-url 2>/dev/null || true)
    mirror=${PIP_INDEX_URL:-$mirror}
    if [ -n "$mirror" ] && [ -z "${UV_DEFAULT_INDEX-}${UV_INDEX_URL-}" ]; then export UV_DEFAULT_INDEX="$mirror"; fi
    if [ -n "${PIP_CERT-}" ] && [ -z "${SSL_CERT_FILE-}" ]; then export SSL_CERT_FILE="$PIP_CERT"; fi
    UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120} "$py" -m uv pip install --quiet --python "$py" --constraint constraints.txt \
        --refresh-package imgqa-nb --editable "$package"
}
with_pip() { "$py" -m pip install --quiet --constraint constraints.txt --editable "$package"; }

with_uv || { say "uv could not do it; trying plain pip, which takes longer"; with_pip; } || {
    say "The packages could not be installed. Is a package index in reach? What pip said is above."; exit 1; }
printf '%s\n' "$key" > ".venv/installed-$what"
say "Installed in $(($(date +%s) - start)) s"
