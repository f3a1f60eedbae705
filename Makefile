# Every target does its own set-up: it needs only Python 3.11 or newer, pip, git and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(abspath $(VENV))/bin
READY := $(VENV)/.ready
LOCK ?= requirements.lock
JOBS ?= 2
ARGS ?=
REQUIREMENTS = --require-hashes --requirement $(LOCK)

export LOCK

RESOLVE = uv pip compile pyproject.toml --extra verify --group dev --universal \
	--python-version 3.11 --generate-hashes --no-header --quiet --upgrade

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): $(LOCK) pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(REQUIREMENTS)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(READY) ## Emit a project with default options into demo/ and train it.
	test -e demo || $(BIN)/copier copy --defaults --vcs-ref HEAD "$(CURDIR)" demo
	$(MAKE) --no-print-directory -C demo train PYTHON="$(BIN)/python"
	@echo "Learning curves: $$(ls -t demo/runs/*/curves.png | head -n 1)"

.PHONY: test
test: lint ## Run the whole suite; ARGS go to pytest.
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadgroup $(ARGS)

.PHONY: test-oldest
test-oldest: ## Run the suite on the oldest versions that pyproject.toml allows.
	$(MAKE) test VENV=.venv-oldest LOCK=requirements-oldest.lock

# It upgrades pip, which knows dependency groups since 25.1.
.PHONY: test-newest
test-newest: ## Run the suite on the newest versions that pip finds, without a lock.
	rm -rf .venv-newest
	$(PYTHON) -m venv --upgrade-deps .venv-newest
	$(MAKE) test VENV=.venv-newest LOCK=pyproject.toml REQUIREMENTS="--group dev '.[verify]'"

.PHONY: lint
lint: $(READY) ## Check style and types.
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary

.PHONY: format
format: $(READY) ## Format the code.
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

.PHONY: golden
golden: $(READY) ## Write the golden files anew, to be reviewed as code.
	$(BIN)/python tests/golden.py

.PHONY: lock
lock: ## Resolve dependencies anew into both lock files; needs uv.
	$(RESOLVE) --resolution highest --output-file requirements.lock
	$(RESOLVE) --resolution lowest-direct --output-file requirements-oldest.lock

.PHONY: clean
clean: ## Remove the environment, the demo and caches.
	rm -rf .venv .venv-oldest .venv-newest demo .pytest_cache .ruff_cache .mypy_cache
