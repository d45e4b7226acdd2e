# `make demo` and `make test` do all set-up themselves, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
export OMP_NUM_THREADS ?= 1
export TF_CPP_MIN_LOG_LEVEL ?= 3
export JAX_PLATFORMS ?= cpu
# TensorFlow turns it on by itself on some CPUs alone, and needs it for images with channels first.
export TF_ENABLE_ONEDNN_OPTS ?= 1

.PHONY: demo test test-all lint bench clean

demo: $(VENV)/.demo  ## convert fixtures/tinyvit to JAX, run both, print both results and the report
	$(BIN)/python fixtures/demo.py

test: $(VENV)/.test lint  ## ruff, mypy and the tests that take seconds
	$(BIN)/python -m pytest -q -n 2 -m "not slow and not long"

test-all: $(VENV)/.test lint  ## everything, the whole libraries included
	$(BIN)/python -m pytest -q -n 2

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test  ## speed and memory on timm/models
	$(BIN)/python benchmarks/throughput.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade pip setuptools

$(VENV)/.demo: $(VENV)/bin/python pyproject.toml requirements/torch.txt
	@echo "installing ivy-s2s, torch and jax into $(VENV) ..."
	$(PIP) install -r requirements/torch.txt
	$(PIP) install -e ".[jax]"
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml $(wildcard requirements/*.txt)
	@echo "installing ivy-s2s and the frameworks that it is tested with into $(VENV) ..."
	$(PIP) install -r requirements/torch.txt
	$(PIP) install -r requirements/test.txt
	$(PIP) install --no-deps -r requirements/libraries.txt
	$(PIP) install -e ".[test]"
	@mkdir -p $(VENV)/src && ln -sfn ../.. $(VENV)/src/ivy
	@touch $@

clean:
	rm -rf $(VENV) build dist out *.egg-info
