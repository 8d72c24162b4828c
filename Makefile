# The commands of the README. Every one makes what it needs on a bare machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
STATE ?= .onyxia-demo
PORT ?= 8000
# 1: VS Code too.
WITH_VSCODE ?=

.PHONY: demo test unit integration e2e lint docs clean
.PHONY: cluster cluster-up cluster-down cluster-packages cluster-test bench-launch bench-gateway bench-proxy bench-refresh bench-storm bench
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
	@exec $(VENV)/bin/onyxia-hub demo --port $(PORT) --state-dir $(STATE) $(if $(filter-out 0 no,$(WITH_VSCODE)),--with-vscode)

## All tests: unit, then real servers beside a real browser (both wait more than they compute), then pods on a real Kubernetes.
test: $(VENV)/.dev
	$(MAKE) unit
	$(MAKE) --jobs=2 integration e2e
	$(MAKE) cluster-test

unit: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/unit

integration: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/integration

e2e: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/e2e --ignore=tests/e2e/cluster

## Needs root for a cluster of its own; ONYXIA_TEST_KUBECONFIG names another one to use instead.
cluster-test: $(VENV)/.dev
	$(VENV)/bin/python -m pytest tests/e2e/cluster

## The whole platform on a one-node Kubernetes on this machine: Keycloak, OpenBao, SeaweedFS, the chart.
cluster: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.cluster.site up

## The one-node Kubernetes alone.
cluster-up: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.cluster up

## End what `make cluster` or `make cluster-up` started; built programs and images are kept.
cluster-down: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.cluster.site down

## The Debian packages that the cluster needs and this machine lacks.
cluster-packages: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.cluster packages

## One launch beside plain JupyterHub and KubeSpawner, on the same cluster: a ratio.
bench-launch: $(VENV)/.dev
	$(VENV)/bin/python -m tests.bench.launch

## What the gateway costs, beside asking the program directly and jupyter-server-proxy: ratios.
bench-gateway: $(VENV)/.dev
	$(VENV)/bin/python -m tests.bench.gateway

## configurable-http-proxy beside traefik, as the proxy before hub and services: ratios.
bench-proxy: $(VENV)/.dev
	$(VENV)/bin/python -m tests.bench.proxy

## Storms of 200 and 1000 launches beside plain JupyterHub and KubeSpawner, on KWOK's nodes: ratios.
bench-storm: $(VENV)/.dev
	$(VENV)/bin/python -m tests.load.storm

## 1000, 3000 and 5000 services whose credentials are renewed at once: latency, memory and writes.
bench-refresh: $(VENV)/.dev
	$(VENV)/bin/python -m tests.load.refresh --services 1000 3000 5000

## Both, and the plot of docs/performance.md.
bench: $(VENV)/.dev
	$(MAKE) bench-storm
	$(MAKE) bench-refresh
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(VENV)/bin/python -m tests.load.plot

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
