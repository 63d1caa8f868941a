# make demo and make test need Python 3.10-3.13 and make, nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
TEST_PROCESSES ?= 2
DOCS   := .venv-docs
LOCKED := $(VENV)/.locked
STAMP  := $(VENV)/.ready
SHIPPED := $(shell find configs tools -type d -not -name __pycache__)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: $(STAMP)  ## make .venv from the pinned lock file (done once, seconds when repeated)

$(LOCKED): requirements/lock.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 10) <= v <= (3, 13) else \
	  f"mmpose_lrfg needs Python 3.10 to 3.13; $(PYTHON) is {v[0]}.{v[1]}. Choose another: make setup PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages into $(VENV) ..."
	@$(BIN)/python -m pip install -q -q --disable-pip-version-check --no-deps -r requirements/lock.txt
	@touch $@

# An editable installation lists configs and tools when it is made: a folder whose list of files
# changed makes it anew, in seconds, so that mim finds a new config.
$(STAMP): $(LOCKED) setup.py pyproject.toml model-index.yml $(SHIPPED)
	@$(BIN)/python -m pip install -q -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## synthetic people -> train on the CPU -> AP -> pictures (about 5 minutes)
	@$(BIN)/lrfg demo

test: setup  ## lint and all tests
	@$(BIN)/ruff check .
	@$(BIN)/python -m pytest -q -n $(TEST_PROCESSES) --dist loadfile --cov --cov-report=term

lint: setup  ## style only
	@$(BIN)/ruff check .

$(DOCS)/.ready: requirements/docs.txt
	@$(PYTHON) -m venv $(DOCS)
	@$(DOCS)/bin/python -m pip install -q -q --disable-pip-version-check --no-deps -r requirements/docs.txt
	@touch $@

docs: $(DOCS)/.ready  ## build the documentation site in site/, with a small environment of its own
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs build --quiet --strict
	@echo "site/index.html; with search: $(PYTHON) -m http.server -d site"

clean:  ## remove the environments and what demo, docs and tests wrote
	rm -rf $(VENV) $(DOCS) site outputs work_dirs .coverage* .hypothesis .ruff_cache
