# One set-up for everything: needs only python3 (3.11 to 3.14, with venv), make and git.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
# Without compiled modules, each of the thousand programs that the tests start reads the sources anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := $(BIN)/python -m compileall -q src phonegen

# The first of these that is 3.11 to 3.14 and can make an environment.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)

help:
	@echo "make run     check the shipped example phone, publish to an example register, show its pages"
	@echo "make serve   the same register, and its pages stay up until Ctrl-C"
	@echo "make test    run the tests; make test-full also runs the long sweeps"
	@echo "make attack  attack a served register on this computer; print what was tried and what held"
	@echo "make oracles install the programs that tests compare with (once)"
	@echo "make mutate  change trusted modules and see whether their tests notice; mutate-full does so with every listed module"
	@echo "make check   linters, types, import directions, generated documents and texts"
	@echo "make wheel   build the wheel into dist/"
	@echo "make release build wheel, source archive, SBOM and SHA256SUMS into dist/, the same bytes each time"
	@echo "make setup   only set up the environment in $(VENV)"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 to 3.14 with venv was found." >&2; \
		echo "Debian, Ubuntu: apt install python3 python3-venv    Fedora: dnf install python3    macOS: brew install python@3.13" >&2; \
		exit 1; fi
	@echo "Setting up $(VENV) with $(PYTHON) (once; about a minute)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: $(STAMP)
	@$(BIN)/python examples/run.py

serve: $(STAMP)
	@$(BIN)/python examples/run.py --serve

release: $(STAMP)
	@$(BIN)/python scripts/release.py

wheel: $(STAMP)
	@$(BIN)/python -m hatchling build --target wheel --directory dist

test: $(STAMP)
	@$(COMPILE)
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-full: $(STAMP)
	@$(COMPILE)
	@SOUSVEIL_FULL=1 $(BIN)/python -m pytest -n auto --dist worksteal

test-changed: $(STAMP)
	@$(BIN)/python scripts/test_changed.py

attack: $(STAMP)
	@$(COMPILE)
	@$(BIN)/python -m tests.attack

oracles: $(STAMP)
	@$(BIN)/python -m tests.make_oracles

mutate: $(STAMP)
	@$(BIN)/python scripts/mutate.py

mutate-full: $(STAMP)
	@$(BIN)/python scripts/mutate.py --all

check: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/build_docs.py --check
	@$(BIN)/python scripts/extract_texts.py --check
	@$(BIN)/python scripts/extract_messages.py --check

# Keeps the versions that are locked already; `make lock UPGRADE=--upgrade` takes the newest. The lock of what people run has the
# versions of the development lock. uv goes into an environment of its own where it is not installed.
UV := $(shell command -v uv 2>/dev/null)
COMPILE_LOCK = "$$uv" pip compile --universal --generate-hashes --no-emit-index-url --only-binary :all: --python-version 3.11 \
	pyproject.toml --quiet --custom-compile-command "make lock" --extra investigation --extra register
lock:
	@uv="$(UV)"; [ -n "$$uv" ] || { made=$$(mktemp -d); trap 'rm -rf "$$made"' EXIT; \
		$(PYTHON) -m venv "$$made" && "$$made/bin/python" -m pip install --quiet --disable-pip-version-check uv && uv="$$made/bin/uv"; } \
	&& $(COMPILE_LOCK) --extra cluster --extra dev -o requirements.lock $(UPGRADE) \
	&& $(COMPILE_LOCK) --constraint requirements.lock -o requirements-runtime.lock $(UPGRADE)

.PHONY: help setup run serve wheel release test test-full test-changed attack oracles mutate mutate-full check lock
