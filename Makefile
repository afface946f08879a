# make run     a server from this checkout: installs what it needs into .venv, makes the home
#              .stellwerk, starts everything, says how to connect
# make test    all tests; as root on Debian it installs the clients and servers they talk to
# make check   what is quick: ruff, mypy, import contracts, the fast tests
# make bench   measurements, beside Prosody and ejabberd where those are installed
# make bench-restart   services restarted and killed while people talk: what they notice, as a table;
#              RESTART="--muc-times 5 --router-times 5" for less (--help for all)
# make docs    what is made of the code in docs/: the import graph (graph), the table of standards (compliance)
#
# PYTHON=python3.12 chooses the interpreter for .venv, STELLWERK_HOME another home, WORKERS how many
# tests run at a time.

VENV := .venv
BIN := $(VENV)/bin
export STELLWERK_HOME ?= $(CURDIR)/.stellwerk
WORKERS ?= 4
BENCH ?= route
RESTART ?=
# Of editable installation some versions warn at length.
INSTALL := PYTHONWARNINGS=ignore:Editable $(BIN)/python -m pip install --quiet --disable-pip-version-check

# The first that is new enough and can make virtual environments; else the first new enough.
PYTHON ?= $(shell for modules in sys,venv,ensurepip sys; do \
	for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		$$python -c "import $$modules; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
			&& echo $$python && exit; done; done)

.PHONY: run test check bench bench-restart docs graph compliance clean test-tools
.DELETE_ON_ERROR:

run: $(VENV)/installed
	@test -e "$(STELLWERK_HOME)/stellwerk.toml" || $(BIN)/stellwerk init
	@exec $(BIN)/stellwerk up

test: $(VENV)/installed-dev test-tools
	@STELLWERK_TESTS_REQUIRE_ALL=$(if $(filter true,$(CI)),1) \
		$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadscope -m "not slow and not real_server"

bench: $(VENV)/installed-bench
	$(BIN)/python -m bench.$(BENCH)

bench-restart: $(VENV)/installed-bench
	$(BIN)/python -m bench.restart $(RESTART)

docs: graph compliance

graph: $(VENV)/installed-dev
	$(BIN)/python docs/import_graph.py

compliance: $(VENV)/installed-dev
	$(BIN)/python docs/compliance.py

test-tools:
	@sh tests/tools.sh

clean:
	rm -rf $(VENV) *.egg-info build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# A stamp per set of dependencies, older than setup.cfg only after that has changed.
$(VENV)/installed: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing Stellwerk and what it depends on into $(VENV) …"
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing Stellwerk and what its tests need into $(VENV) …"
	@$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing Stellwerk and what its measurements need into $(VENV) …"
	@$(INSTALL) --editable '.[bench]'
	@touch $@ $(VENV)/installed

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and none was found" \
		"(Debian: apt install python3 python3-venv; or make PYTHON=/path/to/python)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) cannot make virtual" \
		"environments (Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv $(VENV)
