# Every target does its own set-up: Python >= 3.11, make and git are all that is needed.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= 2

.PHONY: help demo test conformance lint fmt generate bench clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

# The generators' sources are prerequisites too: an editable install runs them as its build hook.
$(STAMP): pyproject.toml hatch_build.py $(wildcard pykubectl/codegen/*.py) pykubectl/api/resources.py
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer is needed; set PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Setting up $(VENV): packages are fetched once, which takes a minute or two"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		echo "error: $(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[server]' --group dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e plugins/pykubectl-tree
	@touch $@

demo: $(STAMP)  ## start a cluster, apply the web shop, show it running, stop the cluster
	@$(BIN)/python examples/demo.py

test: $(STAMP)  ## every test, the real kubectl's included
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

conformance: $(STAMP)  ## only the suites that run the real kubectl
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m conformance

lint: $(STAMP)  ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(STAMP)  ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

generate: $(STAMP)  ## make the schema table and the typed API again
	$(BIN)/python -m pykubectl.codegen

bench: $(STAMP)  ## figures beside the real kubectl and a trivial handler
	$(BIN)/python -m tests.perf

clean:  ## remove what the targets made
	rm -rf $(VENV) .demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
