.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
TOOLS := $(VENV)/tools
TEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := build/uv/bin/uv
LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

# Hundreds of processes are started by tests, and each would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-all test-rest test-again soak mutants check check-lowest format bench openapi docs dist lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@echo "Making the environment in $(VENV) (once, about two minutes)"
	@$(PYTHON) -c 'import sys; sys.exit("i247 needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): requirements-dev.lock $(READY)
	@echo "Adding what tests and measurements need (once, about a minute)"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

run: $(READY) ## Start the mesh until Ctrl-C
	@exec $(BIN)/i247 up --examples

test: $(TOOLS) ## Run the tests: few cases and examples, PostgreSQL where SQL differs, nothing that takes long
	@$(TEST)

test-all: $(TOOLS) ## Run all tests, with all examples, and all stores on both databases
	@$(TEST) --thorough

test-rest: $(TOOLS) ## Run what `make test` leaves out: both together are `make test-all`
	@$(TEST) --thorough --rest

test-again: $(TOOLS) ## Run the tests that failed last, one after another with nothing beside them
	@$(BIN)/python -m pytest --thorough --last-failed --last-failed-no-failures none

check: $(TOOLS) ## Check format, lint, types, import contracts and derived files; must pass before each commit
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@mkdir -p build; $(BIN)/lint-imports --no-cache > build/imports.txt || (cat build/imports.txt; exit 1)
	@$(BIN)/i247 openapi --check

check-lowest: $(UV) ## Run the demo with the lowest versions that pyproject.toml allows
	@$(UV) venv --quiet --clear --python $(PYTHON) build/lowest
	@$(UV) pip install --quiet --python build/lowest --resolution lowest-direct --editable .
	@build/lowest/bin/python -m tests.lowest

format: $(TOOLS) ## Put the code in its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(TOOLS) ## Bring faults upon a network under load for MINUTES=10; SEED repeats a run
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

mutants: $(TOOLS) ## Change COUNT=100 places by SEED=1 in PACKAGE=shared/audit, and print what no test notices
	@$(BIN)/python -m tests.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),100) --package "$(PACKAGE)" --tests "tests/$(TESTS)"

bench: $(TOOLS) ## Measure the hot path against the bare application and a common proxy
	@$(BIN)/i247 bench

openapi: $(READY) ## Write what is derived from the code: OpenAPI document, tables of the documents, compose file
	@$(BIN)/i247 openapi

docs: $(TOOLS) ## Build the documents as a site in build/site
	@rm -rf build/site
	@$(BIN)/zensical build --strict

dist: $(TOOLS) ## Build the wheel and the sdist in dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build

$(UV):
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet uv

lock: $(UV) ## Resolve the dependencies anew into the two lock files
	@$(LOCK) --upgrade --group dev --output-file requirements-dev.lock pyproject.toml
	@$(LOCK) --upgrade --group install --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

clean: ## Remove the environment, caches and builds, but never the state in var/
	@rm -rf $(VENV) build dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
