# The two commands for a fresh machine: `make demo` and `make test`. Needs Python 3.11 or later and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CONTAINER_TOOL ?= docker
# Half of what a test takes is waiting for other programs: they run side by side, a file at a time.
PYTEST_ARGS ?= --numprocesses auto --maxprocesses 4 --dist loadscope

# Tests of whole programs: real servers, a browser, days of simulated scrapes. `make test` runs them.
WHOLE_PROGRAMS := browser e2e prometheus

.DEFAULT_GOAL := help
.PHONY: help demo check test prove lint format bench soak schema dashboard image lock clean

help: ## Show what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

demo: $(VENV)/.runtime ## Serve the exporter over a simulated API at http://localhost:10423/
	$(BIN)/fusebill-exporter demo $(DEMO_ARGS)

check: $(VENV)/.dev lint ## Lint, check types and run the unit tests, in under a minute
	$(BIN)/python -m pytest $(PYTEST_ARGS) --no-cov -m "not slow and not hypothesis and not prove" \
		$(addprefix --ignore=tests/,$(WHOLE_PROGRAMS))

test: $(VENV)/.dev lint ## Lint, check types and run the whole test suite
	$(BIN)/python -m pytest $(PYTEST_ARGS)

prove: $(VENV)/.dev ## Test what is too slow for every run: thousands of clients, any input, a long outage
	$(BIN)/python -m pytest $(PYTEST_ARGS) --no-cov -m "prove or hypothesis" --hypothesis-profile=prove

lint: $(VENV)/.dev ## Lint, check the format and the types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

format: $(VENV)/.dev ## Format the code and mend what the linter can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.dev ## Measure, beside peers, what docs/performance.md quotes: 20 minutes
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev ## Run for 10 minutes and see whether memory grows
	$(BIN)/python -m benchmarks.soak

schema: $(VENV)/.dev ## Write config.schema.json anew from the code
	$(BIN)/python -m exporter.config.schema > config.schema.json

dashboard: $(VENV)/.dev ## Write the dashboards' JSON anew from the code
	$(BIN)/python -m grafana

image: ## Build the image fusebill-exporter:dev
	$(CONTAINER_TOOL) build --tag fusebill-exporter:dev \
		--build-arg VERSION=$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py) \
		--build-arg REVISION=$$(git rev-parse HEAD) .

# With the extras in the locks: pip looks for the newest of a package that is asked for with an extra
# and pinned without, and then finds that it has no hash.
COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--no-strip-extras --generate-hashes --no-header pyproject.toml

lock: $(VENV)/.dev ## Resolve the pinned dependencies anew
	$(COMPILE) --output-file requirements/runtime.txt
	$(COMPILE) --group build --constraints requirements/runtime.txt \
		--output-file requirements/build.txt
	$(COMPILE) --group dev --constraints requirements/build.txt \
		--output-file requirements/dev.txt

clean: ## Remove the virtual environment and what tools have cached
	rm -rf $(VENV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is older than Python 3.11: name a newer one with PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The package itself goes in without its dependencies and without a build environment of its own,
# so that nothing is installed but what the locks name.
$(VENV)/.runtime: $(BIN)/python requirements/build.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
