# Needs Python 3.11 or newer (with venv), make, and the network for pip. Nothing else.
PY := .venv/bin/python
RUN := .venv/.installed
DEV := .venv/.installed-dev
WORKERS ?= 2
TESTS ?= tests
DEMO ?=

.PHONY: help demo demo-reset test test-long lint format docs bench pictures clean

help:
	@echo "make demo        install, build the demo database once, open the console"
	@echo "make demo-reset  build the demo database anew and open the console"
	@echo "make test        the whole test suite (TESTS=tests/domain for a part)"
	@echo "make test-long   the same with the long property tests"
	@echo "make lint        format, lint, strict types, import rule, house rules, documents"
	@echo "make format      mend what the formatter and the linter can mend"
	@echo "make docs        print the documents that are made from the program"
	@echo "make bench       the speed budgets against their floors (QUICK=1: two minutes)"
	@echo "make pictures    draw the snapshots anew, after a change of a screen"

# The stamps keep pip from running each time; a changed list of dependencies runs it again.
$(RUN): pyproject.toml constraints.txt tools/venv.sh
	@sh tools/venv.sh .venv "" && touch $@

$(DEV): $(RUN)
	@sh tools/venv.sh .venv dev && touch $@

demo: $(RUN)
	@.venv/bin/sage-tui demo $(DEMO)

demo-reset: $(RUN)
	@.venv/bin/sage-tui demo --reset $(DEMO)

test: $(DEV)
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -q $(TESTS)

test-long: $(DEV)
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -q --hypothesis-profile long $(TESTS)

lint: $(DEV)
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m tools.lint
	@$(PY) -m tools.docs --check

format: $(DEV)
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

docs: $(DEV)
	@$(PY) -m tools.docs

bench: $(DEV)
	@$(PY) -m bench

pictures: $(DEV)
	@$(PY) -m pytest -q --snapshot-update tests/tui

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
