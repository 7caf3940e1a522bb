# Two commands for a newcomer: `make demo` and `make test`. `make help` lists the rest.
#
# Everything Python lives in .venv and is installed from lists with hashes (requirements.lock,
# requirements-dev.lock). A stamp file per list makes the second run instant.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8080
SIP_PORT ?= 5070
VENV := .venv
BIN := $(VENV)/bin
CLIENT := intake/web/client
DEMO := demo-data
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PACKAGES := crypto config intake bots

export PYTHONUTF8 = 1

# ---------------------------------------------------------------- for everybody

.PHONY: help
help: ## this list
	@echo "Erstkontakt. Two commands to begin with: make demo, make test."; echo
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: demo
demo: export ERSTKONTAKT_LISTEN_PORT = $(PORT)
demo: export ERSTKONTAKT_PUBLIC_URL = http://127.0.0.1:$(PORT)
demo: $(VENV)/.runtime ## a throw-away network with demo counsellors on http://127.0.0.1:8080 (PORT=… changes it)
	@# With baresip the telephone door is open, too, for softphones on this machine.
	@if command -v baresip >/dev/null; then export ERSTKONTAKT_HOTLINE=baresip \
	  ERSTKONTAKT_HOTLINE_ADDRESS=127.0.0.1:$(SIP_PORT) \
	  ERSTKONTAKT_HOTLINE_ACCOUNTS="sip:hotline@127.0.0.1:$(SIP_PORT);regint=0"; fi; \
	$(BIN)/erstkontakt init --demo $(DEMO); \
	exec $(BIN)/erstkontakt serve --config $(DEMO)/erstkontakt.toml

.PHONY: demo-matrix
demo-matrix: $(VENV)/.runtime ## the same with a Matrix homeserver of its own, to play help-seeker and service phone with Element
	@ERSTKONTAKT_LISTEN_PORT=$(PORT) ERSTKONTAKT_PUBLIC_URL=http://127.0.0.1:$(PORT) $(BIN)/erstkontakt init --demo $(DEMO)
	@ERSTKONTAKT_LISTEN_PORT=$(PORT) ERSTKONTAKT_PUBLIC_URL=http://127.0.0.1:$(PORT) exec $(BIN)/python -m deploy.demo_matrix $(DEMO) http://127.0.0.1:$(PORT)

.PHONY: demo-clean
demo-clean: ## forget the demo network and everything written in it
	rm -rf $(DEMO)

.PHONY: test
test: tools $(VENV)/.dev $(CLIENT)/node_modules/.package-lock.json ## lint, types, contracts, front end, all tests; installs what it needs
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory -k -j3 --output-sync=target test-browser test-scenarios test-doors test-units client-check lint types contracts
	@$(MAKE) --no-print-directory coverage
	@echo "make test: everything is green"

.PHONY: test-asterisk
test-asterisk: tools $(VENV)/.dev ## the telephone door with a real Asterisk, from the system or in .venv/asterisk (needs root once, 690 MB)
	@command -v asterisk >/dev/null || deploy/asterisk/prepare $(VENV)/asterisk
	$(BIN)/python -m pytest -q -m asterisk tests/hotline

.PHONY: bench
bench: tools $(VENV)/.dev ## speed, size and memory against floors measured beside them; fails if a goal is missed
	$(BIN)/python -m tests.bench

# ---------------------------------------------------------------- installing

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version 2>&1 || echo none). Set PYTHON=… to choose one."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "The venv module of Python is missing. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The build tool comes first and from the same locked list; what has no wheel is built with it, and the project is linked in
# (editable) with it. So nothing is ever fetched that has no hash in the list.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@sed -n '/^setuptools==/,/[^\\]$$/p' requirements.lock > $(VENV)/build-tool.txt
	$(PIP) install --quiet --require-hashes -r $(VENV)/build-tool.txt
	$(PIP) install --quiet --require-hashes --no-build-isolation --use-pep517 -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --quiet --require-hashes --no-build-isolation --use-pep517 -r requirements-dev.lock
	@touch $@

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package-lock.json $(CLIENT)/package.json
	cd $(CLIENT) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

.PHONY: tools
tools: ## what tests and bench need beside Python: Chromium, Node.js, PostgreSQL, baresip (installed with apt where that is allowed)
	@deploy/tools.sh

# ---------------------------------------------------------------- the parts of `make test`

# Cryptography and pure machines: every branch is tested. Only they are traced, where the rooms are tested (test-units): to
# watch every line of everything would cost half as much time again.
COMMA := ,
SPACE := $(COMMA:,=) $(COMMA:,=)
GATED := bots/conversation*.py \
  bots/danger.py \
  bots/hotline/dialogue.py \
  bots/hotline/model.py \
  bots/hotline/phrases.py \
  bots/limits.py \
  crypto/* \
  intake/appointments.py \
  intake/callbacks.py \
  intake/cases.py \
  intake/checkin*.py \
  intake/contacts.py \
  intake/disclosure.py \
  intake/handover.py \
  intake/information_flow.py \
  intake/people.py \
  intake/statistics.py

# Tests that drive programs of others (Chromium, baresip, Synapse) are tried a second time when they fail, on a busy machine most
# of all. It is never silent: the summary names each as RERUN, with what went wrong. Each is a fault to be mended. What is ours
# alone gets no second time.
OURS := $(addprefix tests/,attacks bots cli config crypto intake web) $(wildcard tests/test_*.py) \
  $(patsubst %,tests/hotline/test_%.py,baresip dialogue sentences voice webhook)
TWICE := --reruns=1 --rerun-show-tracebacks $(addprefix --rerun-exclude-path=,$(OURS))

.PHONY: test-units
test-units: $(VENV)/.dev ## unit and property tests of the rooms; every branch of the strictest ones is counted
	$(BIN)/python -m coverage run --include='$(subst $(SPACE),$(COMMA),$(GATED))' -m pytest -q $(TWICE) tests/crypto tests/bots tests/hotline tests/intake

.PHONY: test-doors
test-doors: $(VENV)/.dev ## everything else without a browser: addresses, commands, messenger, attacks, whole processes
	$(BIN)/python -m pytest -q $(TWICE) tests $(addprefix --ignore=tests/,browser scenarios crypto bots hotline intake)

.PHONY: test-browser
test-browser: $(VENV)/.dev ## tests in a real browser
	$(BIN)/python -m pytest -q $(TWICE) tests/browser

.PHONY: test-scenarios
test-scenarios: $(VENV)/.dev ## whole stories, from the person to the counsellor and back, each with the search of every byte that was written
	$(BIN)/python -m pytest -q $(TWICE) tests/scenarios

.PHONY: lint
lint: $(VENV)/.dev ## ruff, format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy

.PHONY: contracts
contracts: $(VENV)/.dev ## which room may import which (import-linter)
	$(BIN)/lint-imports --no-cache

.PHONY: client-check
client-check: $(CLIENT)/node_modules/.package-lock.json ## TypeScript strict, its tests, and: the committed pages rebuild to the same bytes
	cd $(CLIENT) && npm run --silent check
	cd $(CLIENT) && npm test --silent
	$(MAKE) --no-print-directory build-client
	git diff --exit-code --stat -- intake/web/static || { echo "The committed front end differs from its sources: commit the result of make build-client."; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard intake/web/static)" || { \
	  echo "Built files that are not committed:"; git ls-files --others --exclude-standard intake/web/static; exit 1; }

.PHONY: coverage
coverage: ## crypto/ and the state machines: every branch
	$(BIN)/python -m coverage report --omit='crypto/vectors/*' --show-missing --fail-under=100

# ---------------------------------------------------------------- for developers

.PHONY: build-client
build-client: $(CLIENT)/node_modules/.package-lock.json ## build the browser's files into intake/web/static
	cd $(CLIENT) && npm run --silent build

.PHONY: format
format: $(VENV)/.dev ## let ruff put everything in form
	$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

.PHONY: screenshots
screenshots: tools $(VENV)/.dev ## the pictures of the README, from the running pages
	$(BIN)/python -m deploy.screenshots

.PHONY: wheel
wheel: $(VENV)/.dev ## build dist/erstkontakt-*.whl
	$(PIP) wheel --quiet --no-deps --no-build-isolation --no-index --wheel-dir dist .

# Hashes come from the package index itself; no address is written, so a mirror serves as well. The delivered list has every
# extra but "dev", so that no door of the house is without its packages.
.PHONY: lock
lock: $(BIN)/pip-compile ## renew requirements*.lock from pyproject.toml (UPGRADE=1: newest versions)
	@extras=$$($(BIN)/python -c 'import tomllib; print(*(f"--extra={x}" for x in \
	  tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"] if x != "dev"))'); \
	for spec in "requirements.lock $$extras" "requirements-dev.lock $$extras --extra=dev"; do \
	  set -- $$spec; out=$$1; shift; \
	  CUSTOM_COMPILE_COMMAND="make lock" PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= \
	  $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --all-build-deps \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(if $(UPGRADE),--upgrade) \
	    "$$@" --output-file "$$out" pyproject.toml; \
	done
	@CUSTOM_COMPILE_COMMAND="make lock" PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= \
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(if $(UPGRADE),--upgrade) \
	  --output-file tests/matrix/requirements.txt tests/matrix/requirements.in

$(BIN)/pip-compile:
	$(MAKE) --no-print-directory $(VENV)/.dev

.PHONY: audit-dependencies
audit-dependencies: $(VENV)/.dev ## known weaknesses of locked packages (asks a database on the internet, so it is not part of make test)
	$(BIN)/pip-audit --disable-pip --require-hashes -r requirements.lock || { \
	  echo "Either a package has a known weakness (listed above) or the database could not be reached from here."; exit 1; }
	cd $(CLIENT) && npm audit --omit=dev

.PHONY: clean
clean: ## remove what was built and installed here (not the demo data)
	rm -rf $(VENV) $(CLIENT)/node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
