# make demo   installs what is needed, makes the demo case and serves it (make demo SCAN=path: your own scan)
# make test   installs what is needed and runs every test
SHELL := /bin/bash
PYTHON := .venv/bin/python
CANTLIE := .venv/bin/cantlie
PORT ?= 8765
DEMO_FLAGS ?=
# Open3D's bundled TBB disables numba's tbb layer, and the workqueue layer aborts on concurrent calls.
export NUMBA_THREADING_LAYER := omp

# While a browser or a server is waited for, another test has the core.
TEST_WORKERS ?= $(shell expr `getconf _NPROCESSORS_ONLN` + 1)

.PHONY: demo test setup setup-test check check-python check-client test-client lint format protocol bench pictures lock clean

demo: setup
	@$(CANTLIE) demo --cases cases --port $(PORT) $(if $(SCAN),--scan "$(SCAN)") $(DEMO_FLAGS)

test: setup-test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check test-client
	@$(PYTHON) -m pytest -q -n $(TEST_WORKERS) --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

test-client:
	@cd headset_client && npm run --silent test

setup:
	@bash .ci/setup.sh run

setup-test:
	@bash .ci/setup.sh test

check: check-python check-client

check-python:
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports
	@$(PYTHON) -m streaming.protocol_typescript --check

check-client:
	@cd headset_client && npm run --silent check

lint: check

format:
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .
	@cd headset_client && npm run --silent format

protocol:
	@$(PYTHON) -m streaming.protocol_typescript

bench:
	@for file in benchmarks/*.py; do echo "== $$file"; $(PYTHON) $$file; done

# Takes the pictures of docs/images/tools anew, from the running program over an invented patient: look at each.
pictures:
	@CANTLIE_KEEP_PICTURES=1 $(PYTHON) -m pytest -q tests/browser/test_pictures.py

lock:
	@$(PYTHON) -m piptools compile --quiet --extra dev --strip-extras --no-emit-index-url --no-emit-find-links \
	  --no-emit-options --no-emit-trusted-host --unsafe-package torch --unsafe-package setuptools --unsafe-package pip \
	  --no-header --output-file requirements.lock pyproject.toml
	@sed -i '1i # Compiled by `make lock`. torch is installed first, by its own pin, so that a GPU machine gets its CUDA build.' \
	  requirements.lock

clean:
	rm -rf .venv headset_client/node_modules streaming/static
