# mock-kalshi: everything here works on a machine with python3 (3.11 or newer), make and a compiler.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
ARGS   ?=

# The types are checked for the oldest Python (pyproject.toml) and for this one, which calls more things deprecated.
NEWEST := 3.14

.DEFAULT_GOAL := help
.PHONY: help setup ui ui-types ui-check run test check compile bench load lock compatibility clean

help: ## this list
	@echo "mock-kalshi: a Kalshi exchange on your laptop. First time? \`make run\`."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Options go through ARGS: make run ARGS='--port 9191 --seed 7', make test ARGS='tests/unit -x'."

setup: $(STAMP) ## a virtual environment with exactly the locked packages (quick when it is there already)
	@test "$(origin PYTHON)" != "command line" || test "$$($(BIN)/python -V)" = "$$($(PYTHON) -V)" || \
	  { echo "$(VENV) is of $$($(BIN)/python -V); for another Python remove it first: make clean"; exit 1; }

# The lock is installed with hashes; our own package needs nothing from outside then.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "mock-kalshi needs Python 3.11 or newer; say which: make setup PYTHON=python3.12"; exit 1; }
	@echo "Setting up, once: a minute or a few, as the line is. What is downloaded stays in $(VENV)."
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The trading screen needs node and npm; without them everything else works.
UI_STAMP := sandbox/ui_dist/.stamp
UI_FILES := $(shell find ui -type f -not -path '*/node_modules/*' 2>/dev/null)
HAS_NPM  := $(shell command -v npm 2>/dev/null)

# `npm ci` refuses a lock without the other platforms' optional packages, which a partial mirror does not have;
# `npm install --no-save` takes exactly the locked versions too and leaves the lock alone.
ui: $(UI_STAMP) ## build the trading screen (needs node 20 or newer and npm)

$(UI_STAMP): $(UI_FILES)
	@command -v npm >/dev/null || \
	  { echo "The trading screen needs node 20 or newer and npm (Debian: apt-get install nodejs npm)."; exit 1; }
	@echo "Building the trading screen, once: half a minute or more."
	cd ui && npm install --no-save --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

ui-types: setup ## ui/src/api/schema.d.ts anew from the venue's OpenAPI document
	$(BIN)/python scripts/ui_types.py

ui-check: $(UI_STAMP) ## the screen's types, style, import zones and unit tests
	cd ui && npm run --silent check && npm test --silent
	$(BIN)/python scripts/ui_types.py --check

run: setup $(if $(HAS_NPM),$(UI_STAMP)) ## start the exchange with the demo scenario at http://127.0.0.1:9090
	$(BIN)/mock-kalshi up $(ARGS)

test: setup $(if $(HAS_NPM),$(UI_STAMP)) ## every test
	$(BIN)/pytest -n auto $(ARGS)

check: setup ## style, types, who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --python-version $(NEWEST)
	$(BIN)/lint-imports

compile: setup ## the engine and FIX as machine code, for the sources that are here (about a minute, needs a C compiler)
	$(BIN)/python scripts/compile_core.py

bench: setup ## speed, each figure as a ratio to a ceiling measured in the same run
	-$(BIN)/python scripts/compile_core.py
	$(BIN)/python -m loadtest $(ARGS)

# Locust patches the standard library for gevent: it has an environment of its own.
LOAD_STAMP := .venv-load/.ready

$(LOAD_STAMP): loadtest/requirements.txt
	test -x .venv-load/bin/pip || $(PYTHON) -m venv .venv-load
	.venv-load/bin/pip install --quiet --disable-pip-version-check -r loadtest/requirements.txt
	@touch $@

load: setup $(LOAD_STAMP) ## a minute of REST, WebSocket and FIX users; report in loadtest/results/load.html
	$(BIN)/python -m loadtest load --python .venv-load/bin/python $(ARGS)

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --all-extras --generate-hashes --upgrade \
	  --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements.lock

compatibility: setup ## render docs/COMPATIBILITY.md from the contract and the coverage table
	$(BIN)/python scripts/compatibility.py

clean: ## remove the environments and caches, keep every state directory
	rm -rf ui/node_modules sandbox/ui_dist
	rm -rf $(VENV) .venv-load .venv-newest .venv-official .venv-sdk .venv-ts .venv-v1 .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
