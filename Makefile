# Everything a developer or CI runs. `make` alone prints the targets.
#
# Needs python3 (3.10 or later, with venv) and GNU make; uv and all else are installed into .venv.
# Another interpreter for a fresh .venv: make PYTHON=python3.13 test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Environments of single targets (oldest libraries, other Pythons, a bare install).
ENVS := build/envs
INSTALLED := $(VENV)/.installed

MEMBERS := $(sort $(patsubst %/pyproject.toml,%,$(wildcard instrumentation/*/pyproject.toml)))
INSTRUMENTORS := $(patsubst instrumentation/braintrust-otel-%,%,$(MEMBERS))
PROJECTS := pyproject.toml src/braintrust_otel/_version.py $(MEMBERS:=/pyproject.toml)
# Their libraries want older versions of others, so they have environments of their own.
APART := litellm
TOGETHER := $(filter-out $(APART:%=instrumentation/braintrust-otel-%),$(MEMBERS))
EDITABLE := -e '.[all]' $(foreach member,$(TOGETHER),-e '$(member)[instruments]') \
	$(APART:%=-e instrumentation/braintrust-otel-%)

# What the spelling of is checked; ruff and mypy find their files by themselves.
TEXTS := src tests instrumentation changes conftest.py Makefile *.md \
	$(wildcard benchmarks docs examples scripts)

# Tests with other vendors' packages; each list has an environment of its own.
FRAMEWORK_TESTS := tests/conformance/test_vendors_frameworks.py
LITELLM_TESTS := $(wildcard tests/conformance/test_vendors_litellm*.py)
OPENAI_V2_TESTS := tests/conformance/test_vendors_openai_v2.py
VENDOR_TESTS := $(filter-out $(FRAMEWORK_TESTS) $(LITELLM_TESTS) $(OPENAI_V2_TESTS),\
	$(wildcard tests/conformance/test_vendors_*.py))

# Workers of the test run; 0 runs everything in one process (for a debugger).
JOBS ?= 2
# Whether coverage below the thresholds fails `make test`: yes or no.
COVERAGE_ENFORCED ?= no
# The packages that decide what is kept, sent or lost: every branch of them is tested.
COVERAGE_FULL := _model _mapping _shipping _wire
# The SDKs that lean spans are tested with: those of src/braintrust_otel/_otel/versions.py.
OLDEST_SDK := 1.30
NEWEST_SDK := 1.45
# Interpreters for `make pythons`; uv finds them, or installs them.
PYTHONS ?= 3.10 3.12 3.13

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Targets share .venv and print sections: `make -j` keeps their order.
.NOTPARALLEL:

PYTEST := $(BIN)/python -m pytest
section = @printf '\n== %s\n' '$(1)'

.PHONY: help
help: ## Print the targets
	@printf 'make TARGET, where TARGET is one of\n\n'
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) \
		| awk -F '\t' '{ printf "  %-12s %s\n", $$1, $$2 }'

# --- Set-up ---------------------------------------------------------------------------------------

.PHONY: install
install: $(INSTALLED) ## Install the workspace with all extras and tools into .venv

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo 'braintrust-otel needs Python 3.10 or later; choose one with: make PYTHON=python3.12 ...' >&2; \
		exit 1; }
	@printf 'Installing into %s (once) ...\n' '$(VENV)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip --quiet --disable-pip-version-check install 'uv>=0.8'

# `uv pip` on purpose: `uv sync` would write a lock file, which records registry addresses.
$(INSTALLED): $(PROJECTS) | $(UV)
	@$(UV) pip install --quiet --python $(BIN)/python $(EDITABLE) --group dev
	@touch $@

# --- A first look ---------------------------------------------------------------------------------

.PHONY: demo
demo: $(INSTALLED) ## Trace a small agent and print the tree (no key, no network)
	@BRAINTRUST_LOCAL=always $(BIN)/python examples/quickstart.py
	@$(BIN)/braintrust-otel trace --last
	@printf '\nLook further:\n'
	@printf '  %-44s %s\n' \
		'$(BIN)/braintrust-otel traces' 'the recent traces' \
		'$(BIN)/braintrust-otel trace ID --json' 'everything that one trace holds' \
		'$(BIN)/braintrust-otel serve' 'a server for other programs, over the same store'

# --- Checks ---------------------------------------------------------------------------------------

.PHONY: test
test: lint types contracts bare oldest suite ## Everything CI runs
	@tail -n 1 build/pytest.txt

.PHONY: lint
lint: $(INSTALLED) ## Style, formatting, spelling, change notes
	$(call section,lint)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell $(TEXTS)
	@$(BIN)/towncrier build --draft --version next >/dev/null

.PHONY: types
types: $(INSTALLED) ## mypy (strict) and basedpyright
	$(call section,types)
	$(BIN)/mypy
	$(BIN)/basedpyright

.PHONY: contracts
contracts: $(INSTALLED) ## Which package may import which
	$(call section,contracts)
	@# Its cache keeps an import of a module that was missing then as an import of the package.
	$(BIN)/lint-imports --no-logo --no-cache

# One run for all tests, so that its last line counts all of them.
.PHONY: suite
suite: $(INSTALLED) ## All tests, in random order, with coverage
	$(call section,tests)
	@mkdir -p build
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q --numprocesses $(JOBS) --dist loadgroup \
		--hypothesis-profile ci --inline-snapshot disable 2>&1 | tee build/pytest.txt
	@$(BIN)/coverage combine --quiet
	@$(MAKE) --no-print-directory coverage

.PHONY: coverage
coverage: $(INSTALLED) ## Report the coverage of the last `make suite`
	$(call section,coverage)
	$(call at_least,95,all packages)
	$(call at_least,100,$(COVERAGE_FULL),--include '$(full_patterns)')

.PHONY: unit
unit: $(INSTALLED) ## The fast tests only: units and properties
	$(PYTEST) -q tests/unit tests/property $(wildcard $(MEMBERS:=/tests))

.PHONY: docs
docs: $(INSTALLED) ## Run the code of every documentation page
	$(PYTEST) -q tests/test_docs.py

.PHONY: examples
examples: $(INSTALLED) ## Run every example against the embedded store
	$(PYTEST) -q tests/test_examples.py

.PHONY: conformance
conformance: $(INSTALLED) node ## Replay recorded exchanges, run Node.js and others' packages (needs ../shared)
	@test -d ../shared/recordings || { \
		echo 'make conformance needs the recordings in ../shared, and there are none.' >&2; exit 1; }
	$(call section,conformance)
	@mkdir -p build
	$(PYTEST) -q tests/conformance --ignore-glob='*/test_vendors_*' -rs 2>&1 | tee build/conformance.txt
	@$(MAKE) --no-print-directory vendors openai-v2 frameworks gateways 2>&1 | tee -a build/conformance.txt
	@! grep -qE '[0-9]+ (skipped|xfailed|deselected)' build/conformance.txt || { \
		echo 'make conformance skips nothing, but something was left out (see above).' >&2; exit 1; }

.PHONY: node
node: build/node/.installed ## Install the npm packages that conformance sends spans with

build/node/.installed: tests/conformance/node/package.json
	$(call section,npm packages)
	@command -v npm >/dev/null || { echo 'make conformance needs Node.js with npm.' >&2; exit 1; }
	@mkdir -p build/node
	@cp $< build/node/package.json
	@npm install --prefix build/node --no-audit --no-fund --no-package-lock --loglevel error
	@touch $@

# Other vendors' packages want other versions of much, so they never enter .venv.
.PHONY: vendors
vendors: $(INSTALLED) ## Spans under other vendors' exporters, and of their instrumentors
	$(call section,other vendors)
	$(call fresh_env,vendors)
	@$(UV) pip install --quiet --python $(ENVS)/vendors/bin/python -e . \
		-e instrumentation/braintrust-otel-openai -e instrumentation/braintrust-otel-anthropic \
		-e instrumentation/braintrust-otel-bedrock --group test --group vendors
	$(ENVS)/vendors/bin/python -m pytest -q $(VENDOR_TESTS) -rs

# It wants an older helper library than its successor does, which is in `vendors`.
.PHONY: openai-v2
openai-v2: $(INSTALLED) ## Spans of the first OpenTelemetry instrumentor of openai
	$(call section,openai-v2)
	$(call fresh_env,openai-v2)
	@$(UV) pip install --quiet --python $(ENVS)/openai-v2/bin/python -e . \
		-e instrumentation/braintrust-otel-openai -e instrumentation/braintrust-otel-anthropic \
		--group test --group openai-v2
	$(ENVS)/openai-v2/bin/python -m pytest -q $(OPENAI_V2_TESTS) -rs

# They patch clients and set global providers as they start, so they have no place beside others.
.PHONY: frameworks
frameworks: $(INSTALLED) ## Spans of frameworks and of clients themselves
	$(call section,frameworks)
	$(call fresh_env,frameworks)
	@$(UV) pip install --quiet --python $(ENVS)/frameworks/bin/python -e . \
		-e instrumentation/braintrust-otel-openai -e instrumentation/braintrust-otel-anthropic \
		--group test --group frameworks
	$(ENVS)/frameworks/bin/python -m pytest -q $(FRAMEWORK_TESTS) -rs

.PHONY: gateways
gateways: $(INSTALLED) ## Recorded exchanges through LiteLLM, with the clients that it goes with
	$(call section,gateways)
	$(call fresh_env,gateways)
	@$(UV) pip install --quiet --python $(ENVS)/gateways/bin/python -e . \
		-e 'instrumentation/braintrust-otel-litellm[instruments]' \
		-e instrumentation/braintrust-otel-openai \
		-e 'instrumentation/braintrust-otel-anthropic[instruments]' \
		-e 'instrumentation/braintrust-otel-google-genai[instruments]' \
		-e 'instrumentation/braintrust-otel-bedrock[instruments]' \
		--group test --group instrumentation/braintrust-otel-litellm/pyproject.toml:library \
		--compile-bytecode
	$(ENVS)/gateways/bin/python -m pytest -q $(LITELLM_TESTS) -rs

.PHONY: bench
bench: $(INSTALLED) ## Measure the promises beside other libraries; writes benchmarks/RESULTS.md
	$(call section,bench)
	@rm -rf build/bench
	@$(UV) build --quiet --all-packages --wheel --python $(BIN)/python --out-dir build/bench
	$(call fresh_env,bench)
	@$(UV) pip install --quiet --python $(ENVS)/bench/bin/python --group benchmarks/pyproject.toml:otel \
		"$$(echo build/bench/braintrust_otel-*.whl)[server]" build/bench/braintrust_otel_openai-*.whl
	$(call fresh_env,official)
	@$(UV) pip install --quiet --python $(ENVS)/official/bin/python --group benchmarks/pyproject.toml:official
	$(BIN)/python -m benchmarks $(TOPICS)

# --- Other environments ---------------------------------------------------------------------------

.PHONY: bare
bare: $(INSTALLED) ## Install the wheel without extras, import it, send one row
	$(call section,bare)
	@rm -rf $(ENVS)/bare build/wheels
	@$(UV) build --quiet --wheel --python $(BIN)/python --out-dir build/wheels
	@$(UV) venv --quiet --python $(BIN)/python $(ENVS)/bare
	@$(UV) pip install --quiet --python $(ENVS)/bare/bin/python build/wheels/*.whl
	$(ENVS)/bare/bin/python tests/support/house_bare.py

.PHONY: oldest latest
oldest: sdk-$(OLDEST_SDK) $(INSTRUMENTORS:%=oldest-%) ## The oldest SDK, and each instrumentor with the oldest library
latest: sdk-$(NEWEST_SDK) $(INSTRUMENTORS:%=latest-%) ## The newest SDK, and each instrumentor with the newest library

sdk-%: $(INSTALLED)
	$(call section,OpenTelemetry SDK $*)
	$(call fresh_env,$@)
	@$(UV) pip install --quiet --python $(ENVS)/$@/bin/python -e . 'opentelemetry-sdk==$*.*' --group test
	$(ENVS)/$@/bin/python -m pytest -q tests/unit/otel tests/integration/otel tests/integration/tracing

oldest-%: $(INSTALLED)
	$(call section,oldest $*)
	$(call fresh_env,$@)
	@$(UV) pip install --quiet --python $(ENVS)/$@/bin/python --resolution lowest-direct \
		-e 'instrumentation/braintrust-otel-$*[instruments]'
	$(call test_instrumentor,$@,$*)

latest-%: $(INSTALLED)
	$(call section,latest $*)
	$(call fresh_env,$@)
	@$(UV) pip install --quiet --python $(ENVS)/$@/bin/python --upgrade \
		-e 'instrumentation/braintrust-otel-$*[instruments]'
	$(call test_instrumentor,$@,$*)

.PHONY: test-lowest
test-lowest: $(INSTALLED) ## All tests with the lowest versions of all dependencies
	$(call section,lowest versions)
	$(call fresh_env,lowest)
	@$(UV) pip install --quiet --python $(ENVS)/lowest/bin/python --resolution lowest-direct $(EDITABLE)
	@$(UV) pip install --quiet --python $(ENVS)/lowest/bin/python --group test
	$(ENVS)/lowest/bin/python -m pytest -q --numprocesses $(JOBS) --dist loadgroup

.PHONY: pythons
pythons: $(PYTHONS:%=python-%) ## All tests on other Pythons (PYTHONS="3.10 3.12 ...")

python-%: $(INSTALLED)
	$(call section,Python $*)
	@$(UV) venv --quiet --clear --python $* $(ENVS)/$@
	@$(UV) pip install --quiet --python $(ENVS)/$@/bin/python $(EDITABLE) --group test
	$(ENVS)/$@/bin/python -m pytest -q --numprocesses $(JOBS) --dist loadgroup

.PHONY: clean
clean: ## Remove .venv and everything else that was made here
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .hypothesis
	rm -rf .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Used above -----------------------------------------------------------------------------------

comma := ,
space := $() $()
full_patterns = $(subst $(space),$(comma),$(foreach part,$(COVERAGE_FULL),*/braintrust_otel/$(part)/*))

# $(1) name of the environment
define fresh_env
	@$(UV) venv --quiet --clear --python $(BIN)/python $(ENVS)/$(1)
endef

# $(1) name of the environment, $(2) instrumentor
define test_instrumentor
	@# boto3, which tests want, would bring a botocore of its own.
	@$(UV) pip freeze --quiet --python $(ENVS)/$(1)/bin/python | grep '^botocore==' >$(ENVS)/$(1)/kept.txt || true
	@$(UV) pip install --quiet --python $(ENVS)/$(1)/bin/python --group test \
		--constraints $(ENVS)/$(1)/kept.txt \
		$(if $(filter $(2),$(APART)),--compile-bytecode -e instrumentation/braintrust-otel-openai --group instrumentation/braintrust-otel-$(2)/pyproject.toml:library)
	@$(UV) pip list --quiet --python $(ENVS)/$(1)/bin/python | grep -iE '^($(2)|botocore|wrapt|opentelemetry-(api|instrumentation)) '
	$(ENVS)/$(1)/bin/python -m pytest -q instrumentation/braintrust-otel-$(2)/tests
endef

# $(1) percent, $(2) what is measured, $(3) options
define at_least
	@printf '\nAt least %s %% of %s:\n' '$(1)' '$(2)'
	@$(BIN)/coverage report --skip-covered $(if $(filter yes,$(COVERAGE_ENFORCED)),--fail-under $(1)) $(3)
endef
