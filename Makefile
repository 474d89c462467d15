# make demo, make test: everything from a fresh clone, the environment included. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
REPLICATIONS ?= 30
PYTEST_ARGS ?= -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports schema docs gallery constraints clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

demo: $(VENV)/.user       ## environment, then the default comparison; ends by printing where the report is
	$(BIN)/surgesim compare replications=$(REPLICATIONS)

test: lint types imports  ## environment, then everything CI runs: lint, types, import contracts, all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types imports ## the same without the long statistical checks
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m "not long"

lint: $(VENV)/.developer  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developer ## mypy
	$(BIN)/mypy

imports: $(VENV)/.developer ## import contracts
	$(BIN)/lint-imports

schema: $(VENV)/.user     ## JSON schemas of scenario and plan files
	$(BIN)/python -m sim.scenario.schema

docs: $(VENV)/.user       ## the generated parts of docs/reference
	$(BIN)/python docs/build_reference.py

gallery: $(VENV)/.user    ## the committed sample reports under reports/gallery
	$(BIN)/python -m benchmarks.gallery

constraints: $(VENV)/.developer ## resolve constraints.txt anew
	$(BIN)/python -m pip install --quiet uv
	printf 'pandas==2.3.*\n' > $(VENV)/pandas.txt
	{ head -n 2 constraints.txt; $(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --no-annotate --no-header --no-emit-index-url --quiet -c $(VENV)/pandas.txt | grep -v '^--'; } > $(VENV)/constraints.txt
	mv $(VENV)/constraints.txt constraints.txt

clean:           ## remove the environment and caches; reports stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "surgesim needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.user: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.developer: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.user
