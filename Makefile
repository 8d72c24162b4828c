# The commands of the README. Every one makes what it needs on a bare machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
STATE ?= .onyxia-demo
PORT ?= 8000

.PHONY: demo test unit integration e2e lint docs clean
.DELETE_ON_ERROR:

# One stamp for each set of packages, redone when pyproject.toml changes.
$(VENV)/.demo: pyproject.toml
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Onyxia Hub and the parts of its embedded default ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(VENV)/.demo
	@echo "Installing the test and lint tools ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[demo,test,lint]'
	@touch $@

## Log in, choose a service, use it: the whole platform on this machine.
demo: $(VENV)/.demo
	@exec $(VENV)/bin/onyxia-hub demo --port $(PORT) --state-dir $(STATE)

## All tests: unit, then real servers, then a real browser.
test: unit integration e2e

unit: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/unit

integration: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/integration

e2e: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/e2e

## Style, types, import direction, and that the generated docs are up to date.
lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python docs/generate.py --check

## Write the reference pages from traits and schemas.
docs: $(VENV)/.dev
	$(VENV)/bin/python docs/generate.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
