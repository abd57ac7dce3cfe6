# Every target does its own set-up; a second run finds it done. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# A file's tests run in one worker, one after the other: they share what their fixtures start.
SPREAD := -n 2 --dist loadfile --no-loadscope-reorder
FAST := not slow and not processes and not browser and not real_data and not soak
PATHS := src tests scripts $(wildcard benchmarks)

.PHONY: help demo test check lint fast soak bench accept contact-sheet lock clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/.stamp-run ## a sample shop, start to finish; prints an address to open (ARGS="--customers 500")
	$(BIN)/opportune demo $(ARGS)

check: lint fast ## format, lint, types, arrows and fast tests, in under 90 s

test: lint $(VENV)/.stamp-browser $(VENV)/.stamp-node ## all of it: what lands must pass this
	$(PYTEST) $(SPREAD) -m "not soak" $(ARGS)

lint: $(VENV)/.stamp-dev
	$(BIN)/ruff format --check --quiet $(PATHS) || { echo "run: $(BIN)/ruff format $(PATHS)"; exit 1; }
	$(BIN)/ruff check --quiet $(PATHS)
	$(BIN)/mypy
	PATH="$(BIN):$$PATH" $(BIN)/lint-imports --no-logo

fast: $(VENV)/.stamp-dev
	$(PYTEST) $(SPREAD) -m "$(FAST)" $(ARGS)

soak: $(VENV)/.stamp-dev ## fuzz, chaos and large benchmarks; writes benchmarks/reports/
	$(BIN)/python scripts/soak.py $(ARGS)

bench: $(VENV)/.stamp-dev ## the benchmarks, against the rivals of the same run
	$(PYTEST) benchmarks --override-ini=python_files="bench_*.py test_*.py" --benchmark-enable --timeout=3600 -p no:xdist -s $(ARGS)

accept: $(VENV)/.stamp-dev ## rewrite the snapshots; read the diff before you commit it
	OPPORTUNE_ACCEPT=1 $(PYTEST) tests/snapshots $(ARGS)
	git --no-pager diff --stat -- tests/snapshots

contact-sheet: $(VENV)/.stamp-browser ## pictures of the starter pack's mails; look at them before you commit them
	$(BIN)/python scripts/contact_sheet.py

lock: $(VENV)/.stamp-dev ## pin the requirements anew (UPGRADE=1: take the newest)
	scripts/lock.sh

clean: ## remove what was built here, the virtual environment included
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# The development requirements are a superset, so a development environment serves `make demo` too.
$(VENV)/.stamp-run: requirements.txt pyproject.toml scripts/environment.sh
	@if [[ -e $(VENV)/.stamp-dev && ! requirements-dev.txt -nt $(VENV)/.stamp-dev ]]; then :; else scripts/environment.sh run; fi
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.txt pyproject.toml scripts/environment.sh
	@scripts/environment.sh dev
	@touch $@

$(VENV)/.stamp-browser: $(VENV)/.stamp-dev
	@scripts/environment.sh browser
	@touch $@

$(VENV)/.stamp-node: browser/package.json browser/package-lock.json $(VENV)/.stamp-dev
	@scripts/environment.sh node
	@touch $@
