# What a person types, here or from any other folder (make -C PATH TARGET). No target reads standard input.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN := .venv/bin
CODE := streams encoders index tests docs/trends

.PHONY: help setup demo test check format pictures lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup:  ## Install what is missing: Java, Maven, Python 3.11, the pinned packages in .venv, the Kafka jars
	@deploy/setup.sh

demo: setup  ## Run the whole pipeline on a local Kafka with a made corpus (options: ARGS="--threshold 0.5")
	@$(BIN)/ebr demo $(ARGS)

test: setup  ## Run every test, on a real broker (options: ARGS="-k NAME")
	@$(BIN)/pytest $(ARGS)

check: setup  ## Lint, format, types, import contracts
	@echo "== lint" && $(BIN)/ruff check $(CODE)
	@echo "== format" && $(BIN)/ruff format --check $(CODE)
	@echo "== types" && $(BIN)/mypy $(CODE)
	@echo "== import contracts" && $(BIN)/lint-imports

format: setup  ## Rewrite the code in the one format, with the lint's safe fixes
	@$(BIN)/ruff check --fix $(CODE) && $(BIN)/ruff format $(CODE)

pictures: setup  ## Make the pictures of docs/trends.md again: the life of a trend on a local Kafka
	@$(BIN)/python docs/trends/make.py $(ARGS)

lock: setup  ## Resolve pyproject.toml again into requirements.txt (all packages together, with hashes)
	@$(BIN)/python -m venv var/lock
	@var/lock/bin/pip install --quiet --disable-pip-version-check uv
	@var/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.txt

clean:  ## Remove the virtual environment, caches and data of local runs (a running broker of var/broker is stopped first)
	@if [ -x .venv/bin/ebr ] && [ -d var/broker ]; then .venv/bin/ebr broker stop; fi
	@[ -f deploy/setup.sh ] && rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
