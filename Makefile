# What a person types. Each target can be run from any folder (make -C PATH TARGET) and needs no standard input.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
BIN := $(ROOT)/.venv/bin
CODE := streams encoders index tests

.PHONY: help setup demo test check format lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' "$(ROOT)/Makefile"

setup:  ## Install what is missing: Java, Maven, Python 3.11, the pinned packages in .venv, the Kafka jars
	@"$(ROOT)/deploy/setup.sh"

demo: setup  ## Run the whole pipeline on a local Kafka with a made corpus (options: ARGS="--threshold 0.5")
	@cd "$(ROOT)" && "$(BIN)/ebr" demo $(ARGS)

test: setup  ## Run every test, on a real broker (options: ARGS="-k NAME")
	@cd "$(ROOT)" && "$(BIN)/pytest" $(ARGS)

check: setup  ## Lint, format, types, import contracts
	@cd "$(ROOT)" && echo "== lint" && "$(BIN)/ruff" check $(CODE)
	@cd "$(ROOT)" && echo "== format" && "$(BIN)/ruff" format --check $(CODE)
	@cd "$(ROOT)" && echo "== types" && "$(BIN)/mypy" $(CODE)
	@cd "$(ROOT)" && echo "== import contracts" && "$(BIN)/lint-imports"

format: setup  ## Rewrite the code in the one format, with the lint's safe fixes
	@cd "$(ROOT)" && "$(BIN)/ruff" check --fix $(CODE) && "$(BIN)/ruff" format $(CODE)

lock: setup  ## Resolve pyproject.toml again into requirements.txt (all packages together, with hashes)
	@"$(BIN)/python" -m venv "$(ROOT)/var/lock"
	@"$(ROOT)/var/lock/bin/pip" install --quiet --disable-pip-version-check uv
	@cd "$(ROOT)" && var/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.txt

clean:  ## Remove the virtual environment, caches and data of local runs (a running broker of var/broker is stopped first)
	@cd "$(ROOT)" && if [ -x .venv/bin/ebr ] && [ -d var/broker ]; then .venv/bin/ebr broker stop; fi
	@cd "$(ROOT)" && rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
