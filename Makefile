# Everything sets itself up: a stamp in the virtual environment remembers what was installed.
#
#   make finetune              fine-tune a language model on Shakespeare's plays, or go on with it
#   make generate              continue a prompt with what `make finetune` learned
#   make test                  the tests, without PyTorch
#   make conformance           the tests against PyTorch 2.13.0, in an environment of their own
#   make lint                  formatter, linter, type checker
#   make stubs                 what editors and type checkers see of the package
#   make bench                 the benchmark against PyTorch
#   make bench-NAME            a part: memory, first-step, capture, recording, small, operators,
#                              gemm, convolution
#   make clean                 remove environments, caches and build results
#
# Options go through ARGS: make finetune ARGS="--short --out runs/try"

PYTHON ?= python3
ARGS ?=
VENV := .venv
CONFORMANCE := .venv-conformance
WORKERS ?= 2

# One thread for each BLAS where the tests themselves run side by side.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.PHONY: help finetune generate test conformance lint format stubs bench wheel clean

help:
	@sed -n 's/^#   //p' Makefile

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet -e '.[text,plot]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet -e '.[test]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet -e '.[dev]'
	@touch $@

$(CONFORMANCE)/bin/python:
	$(PYTHON) -m venv $(CONFORMANCE)

$(CONFORMANCE)/.installed: pyproject.toml | $(CONFORMANCE)/bin/python
	$(CONFORMANCE)/bin/python -m pip install --quiet torch==2.13.0 expecttest
	$(CONFORMANCE)/bin/python -m pip install --quiet -e '.[test]'
	@touch $@

finetune: $(VENV)/.run
	$(VENV)/bin/loxley finetune --resume $(ARGS)

generate: $(VENV)/.run
	$(VENV)/bin/loxley generate --adapter runs/finetune $(ARGS)

test: $(VENV)/.test
	$(ONE_THREAD) $(VENV)/bin/python -m pytest -n $(WORKERS) --ignore=tests/conformance $(ARGS)

conformance: $(CONFORMANCE)/.installed
	$(ONE_THREAD) $(CONFORMANCE)/bin/python -m pytest -n $(WORKERS) tests/conformance $(ARGS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m tools.stubs --check
	$(VENV)/bin/python -m tools.stubs.stubtest

stubs: $(VENV)/.run
	$(VENV)/bin/python -m tools.stubs

format: $(VENV)/.dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(CONFORMANCE)/.installed
	$(CONFORMANCE)/bin/python benchmarks/run.py $(ARGS)

# The recording of operators is timed inside the program that records them.
bench-%: $(CONFORMANCE)/.installed
	$(CONFORMANCE)/bin/python $(if $(filter recording,$*),-m loxley) benchmarks/$(subst -,_,$*).py $(ARGS)

wheel: $(VENV)/.dev
	$(VENV)/bin/python -m build --wheel

clean:
	rm -rf $(VENV) $(CONFORMANCE) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
