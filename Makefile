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
venv:  ## install the program, the tests' tools, the styles and the font
	$(SET_UP) --with-tests

.PHONY: lock
lock: venv  ## write requirements*.lock again from requirements*.in (newest versions allowed there)
	$(BIN)/python tools/lock.py $(ARGS)

# ---- the program

.PHONY: demo
demo: program  ## one woman's journey in the terminal, then the pages on this machine (ARGS=--no-serve)
	@$(BIN)/patency demo $(ARGS)

.PHONY: serve
serve: program  ## serve the pages
	@$(BIN)/patency serve $(ARGS)

.PHONY: worker
worker: program  ## do the work that waits: dispatch events, run jobs
	@$(BIN)/patency worker $(ARGS)

# ---- tests

.PHONY: test
test: venv  ## the whole suite, on SQLite and, where there is one, on PostgreSQL
	@$(BIN)/python tools/run_tests.py $(ARGS)

.PHONY: screenshots
screenshots: venv  ## a picture of every page, at two sizes in both languages, into screenshots/
	@PATENCY_SCREENSHOTS=screenshots $(BIN)/pytest -q -n 0 tests/browser/test_every_page.py $(ARGS)

.PHONY: unit
unit: venv  ## the core's tests and the protocol's examples, in seconds, without Django
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -p no:django -p no:cov -n 2 tests/unit $(wildcard tests/spec) $(ARGS)

.PHONY: coverage
coverage: venv  ## which lines and branches of the core no unit test takes
	@$(BIN)/pytest -q -p no:django --cov=patency.core tests/unit $(wildcard tests/spec) $(ARGS)

.PHONY: trace-mutants
trace-mutants: venv  ## take away each carrier of a sentence and see its check fail
	@$(BIN)/python tools/trace_mutants.py $(ARGS)

.PHONY: bench-decide
bench-decide: venv  ## decisions a second on one core
	@$(BIN)/python bench/decide.py $(ARGS)

.PHONY: bench-forecast
bench-forecast: venv  ## the forecast on women held out, beside the usual methods (PATENCY_FEDCYCLE names the table)
	@$(BIN)/python bench/forecast.py $(ARGS)

.PHONY: bench-simulate
bench-simulate: venv  ## what each booking policy costs women on pretend clinics (about 15 minutes)
	@$(BIN)/python bench/simulate.py $(ARGS)

.PHONY: bench-plan
bench-plan: venv  ## the nightly plan of one clinic with both visits, and of a nation
	@$(BIN)/python bench/plan.py $(ARGS)

.PHONY: bench-release
bench-release: venv  ## the 7:00 release beside pretix and pgbench, on one PostgreSQL in one run
	@$(BIN)/python bench/release.py $(ARGS)

.PHONY: bench-pages
bench-pages: venv  ## every page with many women on SQLite and PostgreSQL: time, statements, weight
	@$(BIN)/python bench/pages.py $(ARGS)

.PHONY: bench-ridge
bench-ridge: venv  ## the ridge filter beside scikit-image's frangi, one thread each
	@env OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 $(BIN)/python bench/ridge.py $(ARGS)

.PHONY: bench-reading
bench-reading: venv  ## the draft reading on pretend examinations, with abstention beside every accuracy
	@$(BIN)/python bench/reading.py $(ARGS)

.PHONY: bench-imaging
bench-imaging: venv bench-ridge  ## the draft reading on the phantom made from physics, by dose and detectability (15 minutes)
	@$(BIN)/python bench/imaging.py $(ARGS)

.PHONY: bench-viewer
bench-viewer: venv  ## frames a second of the film beside the report, in a browser
	@$(BIN)/python bench/viewer.py $(ARGS)

.PHONY: bench-dicom
bench-dicom: venv  ## the DICOM door beside Orthanc and dcmtk: worklist queries, C-STORE, WADO-RS
	@$(BIN)/python bench/dicom.py $(ARGS)
	@$(BIN)/python bench/wado.py $(filter --json,$(ARGS))

# ---- checks: everything but tests

.PHONY: check
check: export PATENCY_MODE := test
check: venv  ## format, lint, types, floor plan, migrations, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/patency manage makemigrations --check --dry-run
	$(BIN)/patency docs --check

.PHONY: format
format: venv  ## write the code in the agreed form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

.PHONY: docs
docs: venv  ## write the generated documents again
	$(BIN)/patency docs

.PHONY: clean
clean:  ## remove what make made: .venv, node_modules, caches (no data)
	rm -rf .venv node_modules src/patency/doors/web/static/made .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* htmlcov build dist
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
