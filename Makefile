# Each target sets up .venv from requirements.lock first; that is done once.
PYTHON ?= python3
BIN := .venv/bin
# Whole files go to one process, in the order of tests/conftest.py: the longest first.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: reports reports-full test check gallery torture bench lint docs lock clean help

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## */\t/' | expand -t 16

reports: .venv/ready  ## run the core studies; ends with the path of reports/index.html
	$(BIN)/market-reaction report

reports-full: .venv/ready  ## run all studies
	$(BIN)/market-reaction report --full

# Tests start many processes: each would compile the package again where an image forbids bytecode.
test check: export PYTHONDONTWRITEBYTECODE =

test: .venv/ready  ## run all tests
	$(BIN)/python -m pytest $(PARALLEL)

check: lint  ## style, types, and the tests a minute is enough for: while writing
	$(BIN)/python -m pytest -q $(PARALLEL) -m "not slow"

gallery: .venv/ready  ## run the studies by others and write their table into README.md
	$(BIN)/market-reaction replicate --table README.md

torture: .venv/ready  ## kill runs at 50 random moments; each must finish to the same bytes
	$(BIN)/python tests/report_runs.py 50

bench: .venv/ready  ## run the benchmarks; each prints ratios measured in one run
	set -e; for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python $$file; done

lint: .venv/ready  ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: .venv/ready  ## the reference of the package, made from docstrings, offline
	$(BIN)/python -W error docs/reference.py build/api
	@echo "$(CURDIR)/build/api/index.html; market-reaction publish --api build/api DIR lays it beside the methods"

lock:            ## pin every version anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --extra cluster --group dev --no-header \
		--upgrade pyproject.toml -o requirements.lock

clean:           ## remove what was generated, but not .venv
	[ ! -d reports ] || find reports -mindepth 1 ! -path reports/.gitignore -delete
	rm -rf dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch .venv/ready
