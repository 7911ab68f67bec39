# mock-kalshi: everything here works on a machine with python3 (3.11 or newer), make and a compiler.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
ARGS   ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test check compile bench lock compatibility clean

help: ## this list
	@echo "mock-kalshi: a Kalshi exchange on your laptop. First time? \`make run\`."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Options go through ARGS: make run ARGS='--port 9191 --seed 7', make test ARGS='tests/unit -x'."

setup: $(STAMP) ## a virtual environment with exactly the locked packages (quick when it is there already)

# The lock is installed with hashes; our own package needs nothing from outside then.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mock-kalshi needs Python 3.11 or newer; say which: make setup PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## start the exchange with the demo scenario at http://127.0.0.1:9090
	$(BIN)/mock-kalshi up $(ARGS)

test: setup ## every test
	$(BIN)/pytest -n auto $(ARGS)

check: setup ## style, types, who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

compile: setup ## the core as machine code, for the sources that are here (some 15 s, needs a C compiler)
	$(BIN)/python scripts/compile_core.py

bench: setup ## speed, each figure as a ratio to a ceiling measured in the same run
	-$(BIN)/python scripts/compile_core.py
	$(BIN)/python -m loadtest $(ARGS)

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock

compatibility: setup ## render docs/COMPATIBILITY.md from the contract and the coverage table
	$(BIN)/python scripts/compatibility.py

clean: ## remove the environments and caches, keep every state directory
	rm -rf $(VENV) .venv-sdk .venv-ts .venv-v1 .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
