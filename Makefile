# Targets of Xinyong. Needs Python 3.11 or newer, make and a package index; nothing else is reached.
#   make run     closes June, July and August 2025 of a synthetic Huzhou under ./var
#   make test    runs all tests
# PYTHON=python3.12 make run   chooses the interpreter.  XINYONG_HOME=/some/where make run   chooses the data directory.

PYTHON ?= python3
XINYONG_HOME ?= var
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
PIP := "$(BIN)/python" -m pip --disable-pip-version-check

export XINYONG_HOME
export DAGSTER_DISABLE_TELEMETRY := 1
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run test test-slow torture lint format bench bench-intake bench-exports dev contracts lock clean clean-all install install-dev

help:            ## this list
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/^([a-z-]+):.*## */\1\t/' | expand -t 12

$(VENV)/bin/python:
	"$(PYTHON)" -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": call make PYTHON=python3.12 run, or install one")'
	"$(PYTHON)" -m venv "$(VENV)"

$(RUN_STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --require-hashes --requirement requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch "$@"

$(DEV_STAMP): requirements-dev.lock $(RUN_STAMP)
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	@touch "$@"

install: $(RUN_STAMP)            ## environment in .venv, remade when the lock changes
install-dev: $(DEV_STAMP)        ## the same with test and lint tools

run: $(RUN_STAMP)                ## closes three months of the synthetic city
	"$(BIN)/xinyong" demo

test: $(DEV_STAMP)               ## all tests
	"$(BIN)/python" -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(DEV_STAMP)          ## what takes minutes: months closed one by one against months replayed
	"$(BIN)/python" -m pytest -m slow

torture: $(DEV_STAMP)            ## kills closes at every durable write and at random, compares what comes of it (an hour)
	"$(BIN)/python" -m tests.torture

lint: $(DEV_STAMP)               ## ruff, mypy, sqlfluff, contract drift
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/sqlfluff" lint --disable-progress-bar dbt_project/models dbt_project/tests
	"$(BIN)/python" -m ingest.contract_render --check
	"$(BIN)/python" -m exports.rules_doc --check

format: $(DEV_STAMP)             ## rewrites Python files in the house format
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

bench: $(RUN_STAMP)              ## cold process to finished close of one month, by stage
	"$(BIN)/python" benchmarks/close_month.py

bench-intake: $(DEV_STAMP)       ## file to staging against a bare read: xlsx, csv, codes
	"$(BIN)/python" benchmarks/intake.py

bench-exports: $(RUN_STAMP)      ## what goes out of 500,000 enterprises, grown from the release of make run
	"$(BIN)/python" benchmarks/exports.py

dev: $(RUN_STAMP)                ## Dagster UI; a month can be closed from there
	@mkdir -p "$(XINYONG_HOME)/dagster" && cp orchestration/dagster.yaml "$(XINYONG_HOME)/dagster/dagster.yaml"
	DAGSTER_HOME="$$(cd "$(XINYONG_HOME)/dagster" && pwd)" "$(BIN)/dagster" dev -w workspace.yaml

contracts: $(RUN_STAMP)          ## regenerates templates, dbt sources, dictionary and rules from contracts and seeds
	"$(BIN)/python" -m ingest.contract_render
	"$(BIN)/python" -m exports.rules_doc

lock:                            ## pins the newest versions that requirements*.in allow (needs pip-tools)
	"$(PYTHON)" -m piptools compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --output-file requirements.lock requirements.in
	"$(PYTHON)" -m piptools compile --quiet --generate-hashes --allow-unsafe --no-strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --output-file requirements-dev.lock requirements-dev.in
	sed -i.former '/^# The following packages/d' requirements.lock && rm requirements.lock.former

clean:                           ## removes caches and what was built, keeps data and environment
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -exec rm -rf {} +

clean-all: clean                 ## also removes the environment and the demonstration's data in ./var
	rm -rf "$(VENV)" var
