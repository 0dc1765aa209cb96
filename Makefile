# Every target sets itself up: Python 3.11 or later and make are enough to begin with.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo picture lint test test-pythons bench validate docs docs-validate golden lock format clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@scripts/make_venv.sh $(PYTHON) $(VENV)

demo: $(READY)  ## compare three policy levers in one county; results and a report in out/demo
	$(BIN)/sim compare scenarios/places/davidson_tn.yaml \
	    --lever cite_and_release --lever warrant_service_287g --lever ice_effort=effort:0.5,hours:2 \
	    --replications 20 --out out/demo
	@echo "The report, for a browser or to be forwarded:"
	@$(BIN)/sim report out/demo

picture: demo  ## draw the picture of the README anew
	$(BIN)/python scripts/readme_picture.py

lint: $(READY)  ## format, lint, types and architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# The engine is compiled beside the linters: else each process of the tests would begin by compiling it.
test: $(READY)  ## lint, and all tests; stops at the first that fails
	@$(BIN)/sim warmup & compiling=$$!; \
	$(MAKE) --no-print-directory lint || { kill $$compiling; exit 1; }; \
	wait $$compiling
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

test-pythons:  ## the tests on Python 3.12 and 3.13, where they are found
	@scripts/test_pythons.sh 3.12 3.13

bench: $(READY)  ## measure speed (BENCH_ARGS=--short for a quick look)
	$(BIN)/python -m experiments.speed.bench $(BENCH_ARGS)

validate: $(READY)  ## hold the model against published patterns (VALIDATE_ARGS=--short for a quick look)
	$(BIN)/sim validate $(VALIDATE_ARGS)

docs: $(READY)  ## bring the tables of the methods pages in docs/ up to date
	$(BIN)/sim docs --write docs

docs-validate: $(READY)  ## validate in full, keep the result in docs/, and bring the pages up to date
	$(BIN)/sim validate --out docs $(VALIDATE_ARGS)
	$(BIN)/sim docs --write docs

golden: $(READY)  ## accept today's numbers as the golden ones; say why in CHANGELOG.md
	EP_UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/science -k golden

lock:  ## resolve requirements.lock anew from pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --quiet uv
	$(BIN)/python -m uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 \
	    --extra dev --fork-strategy requires-python pyproject.toml -o requirements.lock $(LOCK_ARGS)

format: $(READY)  ## format the code, and fix what the linter can fix
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:  ## delete caches and build leftovers; out/, results/ and .venv/ stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
