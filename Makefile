# Everything a fresh machine needs beyond Python ≥ 3.11 and make is set up here, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test lint audit check bench docs sample clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=... 需要 Python 3.11 以上")'
	@echo "setting up $(VENV) 正在建立运行环境 ..." >&2
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev benchmarks/peers.txt
	$(PIP) -e '.[bench]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/peers -r benchmarks/peers.txt
	@touch $@

demo: $(VENV)/.run ## raw submissions of the sample to a release under out/demo
	rm -rf out/demo
	$(BIN)/shuibei-index demo --out out/demo

test: $(VENV)/.dev ## all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev ## format, lint, types, generated pages unchanged
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tools/make_pages.py --check

$(VENV)/.audit: $(VENV)/.dev
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $(VENV)/audit 'pip-audit>=2.7'
	@touch $@

audit: $(VENV)/.audit ## dependencies: pinned, licensed, known faults
	$(BIN)/python tools/audit_dependencies.py

check: lint audit test ## what CI runs: format, lint, types, pages unchanged, dependencies, tests

bench: $(VENV)/.bench ## all benchmarks; each prints its ratios to a floor or a peer in the same run
	@for b in benchmarks/bench_*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

docs: $(VENV)/.dev ## renew the value tables of the methodology pages, and the month worked through
	$(BIN)/python tools/make_pages.py
	$(BIN)/python tools/make_month_page.py

sample: $(VENV)/.dev ## make the bundled sample again (same seed, same bytes)
	$(BIN)/python tools/make_sample.py

clean: ## remove what was made here, the environment included
	rm -rf $(VENV) out build dist
