# Every command of the project. `make` lists them.
#
#   PYTHON=python3.12   the Python to use (default: the one .venv was made with, else python3)
#   ARGS=...            handed on to the program: make demo ARGS=--no-serve

.DEFAULT_GOAL := help
SHELL := /bin/sh
.SHELLFLAGS := -eu -c

BIN := .venv/bin
CHOSEN := $(or $(PYTHON),$(wildcard $(BIN)/python),python3)
SET_UP = @command -v $(CHOSEN) >/dev/null || { \
	echo "Patency was not set up: no $(CHOSEN) on this machine. Python 3.11 to 3.13 can be used." \
	"Install one, or name it: make venv PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	$(CHOSEN) tools/python_version.py; $(CHOSEN) tools/bootstrap.py

.PHONY: help
help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

.PHONY: program
program:
	$(SET_UP)

.PHONY: venv
venv:  ## install the program, the tests' tools and the font into .venv and node_modules
	$(SET_UP) --with-tests

.PHONY: lock
lock: venv  ## write requirements*.lock again from requirements*.in (newest versions allowed there)
	$(BIN)/python tools/lock.py $(ARGS)
