# Three words run everything: make run, make test, make setup.
# Any Python 3.11 or newer will do:  make run PYTHON=python3.12
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: run setup test format lint types imports tests outside lock picture clean

run: $(READY)
	@$(BIN)/homeroom run

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Homeroom needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about half a minute) ..." >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock >&2
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >&2
	@touch $@

test: $(READY) format lint types imports outside tests

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

tests: $(READY)
	$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report=
	$(BIN)/coverage report

# A server nobody of this project wrote; skipped with its reason where no Python 3.12 is found.
outside: $(READY)
	@sh tests/ogx/setup.sh

# Exact versions and hashes, no index host and no download address.
lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --all-extras --group dev \
		--python-version 3.11 -o requirements.lock pyproject.toml

# What the README shows: a real conversation, drawn from a terminal's screen (needs tmux).
picture: $(READY)
	$(BIN)/python docs/picture.py $(BIN)/homeroom docs/terminal.svg

clean:
	rm -rf $(VENV) .venv-ogx build *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
