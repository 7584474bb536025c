# Three words run everything: make run, make test, make setup.
# Any Python 3.11 or newer will do:  make run PYTHON=python3.12
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: run setup test format lint types imports tests outside test-thirdparty chaos lock bench picture clean

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

# Servers nobody of this project wrote; skipped with their reason where no Python 3.12, or no npm,
# is found.
outside: $(READY)
	@sh tests/ogx/setup.sh
	@sh tests/thirdparty/setup.sh || echo "thirdparty: its tests will be skipped" >&2

# The tests against them alone, with the reason of each that is skipped.
test-thirdparty: $(READY)
	@sh tests/thirdparty/setup.sh
	$(BIN)/pytest -rs tests/thirdparty

# The whole program under faults, for about a quarter of an hour:
# make chaos SEED=1 MESSAGES=3000, and with POSTGRES=1 three of it.
chaos: $(READY)
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(MESSAGES),--messages $(MESSAGES)) \
		$(if $(POSTGRES),--postgres)

# Exact versions and hashes, no index host and no download address.
lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --all-extras --group dev \
		--python-version 3.11 -o requirements.lock pyproject.toml

# What the README shows: real conversations, drawn from a terminal's screen (needs tmux), and from
# what was posted to the tests' Slack and Discord.
picture: $(READY)
	$(BIN)/python docs/picture.py $(BIN)/homeroom docs/terminal.svg
	$(BIN)/python -m docs.picture_slack docs/slack.svg
	$(BIN)/python -m docs.picture_discord docs/discord.svg

# How fast it is, beside a minimal bot without promises (QUICK=1: in a few minutes).
bench: $(READY)
	$(BIN)/python -m tests.bench $(if $(QUICK),--quick)

clean:
	rm -rf $(VENV) .venv-ogx .thirdparty build *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
