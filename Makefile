# Everything runs in .venv, which tools/environment.sh makes and keeps up to date. A Python of your choice: make demo PYTHON=python3.12
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
# Real images to measure on, when they are there; nothing needs them.
DATA := if [ -z "$${IMGQA_DATA-}" ] && [ -d ../shared/data ]; then IMGQA_DATA=$$(cd ../shared/data && pwd); export IMGQA_DATA; fi;

export RUN KIND REFERENCE PORT

help:           ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

demo: base      ## install the base package and judge the sample images
	@.venv/bin/imgqa demo

test: all       ## the whole check: notebooks, library, README, layers, imports, every notebook's tests
	@$(DATA) $(PY) tools/check.py

test-slow: all  ## the notebooks that hold heavier checks (experiments, training), those checks too; takes hours
	@$(DATA) $(PY) tools/notebook_tests.py --slow

lab: lab-env    ## open JupyterLab on the notebooks
	@$(DATA) $(PY) -m jupyterlab --LabApp.default_url=/lab/tree/nbs/start.ipynb $$([ "$$(id -u)" != 0 ] || echo --allow-root)

dashboard: all  ## serve the dashboard of a run on this machine: RUN=folder [KIND=quality|line|background] [REFERENCE=folder]
	@$(PY) tools/dashboard.py

bench: all      ## measure the speed of everything that has a benchmark
	@$(DATA) for b in tools/bench_*.py; do echo "== $$b"; $(PY) "$$b" || exit 1; done

torture: all    ## kill runs, fill disks, serve hostile addresses for 20 minutes (MINUTES=2 for less)
	@$(PY) tools/torture.py --minutes $${MINUTES:-20}

docs: all       ## build the documentation site in _site
	@$(PY) tools/docs.py

docs-check: docs ## look at the site in a headless Chromium: requests, console, search, phone width
	@$(PY) tools/docs_check.py

browser-test: all ## test in a headless Chromium what only a browser shows: gallery, labeller, dashboards
	@$(DATA) $(PY) tools/browser_tests.py

preview: docs   ## serve the documentation site at http://127.0.0.1:8000
	@$(PY) -m http.server 8000 --bind 127.0.0.1 --directory _site

readme: all     ## write README.md from nbs/index.ipynb
	@$(PY) tools/readme.py

pictures: all   ## make the pictures of the home page anew (needs a Chromium)
	@$(PY) tools/pictures.py

hooks: all      ## make git clean and export the notebooks before each commit, and merge them cell by cell
	@git config core.hooksPath .githooks
	@git config merge.nbdev-merge.name 'notebooks, cell by cell'
	@git config merge.nbdev-merge.driver '.venv/bin/nbdev_merge %O %A %B %P'
	@echo "git now uses .githooks; to undo: git config --unset core.hooksPath"

pin: all        ## resolve every requirement again and write constraints.txt
	@sh tools/pin.sh

clean:          ## remove what was made here, .venv too
	rm -rf .venv _proc _stage _shots _site build dist runs .bench .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

base:
	@sh tools/environment.sh base
lab-env:
	@sh tools/environment.sh lab
all:
	@sh tools/environment.sh all

.PHONY: help demo test test-slow lab dashboard bench torture docs docs-check browser-test preview readme pictures hooks pin clean base lab-env all
