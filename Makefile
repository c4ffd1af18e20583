# `make` lists the targets. `make demo` and `make test` each work as the only command.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-versions test-slow bench fuzz lint format clean
BIN := .venv/bin

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## system packages (apt, as root), .venv and .venv/bin/smartboot
	@./scripts/setup.sh

demo: setup ## read a card profile from a virtual UICC and show its accounts
	@./scripts/demo.sh

test: setup lint ## lint, types and the whole test suite, the real PC/SC stack included
	@./scripts/test.sh

test-versions: setup ## the suite with python3.11, 3.12 and 3.13, those on PATH
	@./scripts/versions.sh

test-slow: setup ## the long property runs
	@$(BIN)/pytest -m slow -n auto

bench: setup ## TPDUs, wire time, start-up, codecs, beside other programs
	@$(BIN)/python -m benchmarks

SECONDS ?= 60
fuzz: setup ## fuzz what reads foreign bytes: make fuzz SECONDS=60 TARGET=wbxml
	@$(BIN)/python -c 'import atheris' 2>/dev/null \
	  || PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	@$(BIN)/python -m tests.fuzz run --seconds $(SECONDS) $(TARGET)

lint: setup ## ruff, formatting and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --strict smartboot

format: setup ## let ruff format the code
	@$(BIN)/ruff format .

clean: ## remove .venv and caches
	rm -rf .venv .venvs .cache .fuzz .benchmarks .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist .coverage
