# Every target makes or refreshes .venv by itself; a second run skips that.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Tests write tens of thousands of small files and keep none: in memory, where there is room for them.
ROOMY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "TMPDIR=/dev/shm" }')
# The first interpreter that really is 3.11 or newer.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

TYPES := PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

SEEDS ?= 100000
PLAYED ?= 250
ROUNDS ?=
EXAMPLES ?= 5

.PHONY: help demo play page pictures image test cover run lint style format soak chaos bench lock clean

help:  ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(VENV)/$(if $(findstring --processes,$(ARGS)),.dev,.sandbox)  ## See the bot work, with nothing but this machine (ARGS='--prompt "a fox in the snow"')
	@$(BIN)/python -m bot demo $(ARGS)

play: $(VENV)/.sandbox  ## Be a member in the browser, with nothing but this machine (ARGS='--port 8000')
	@$(BIN)/python -m bot play $(ARGS)

run: $(VENV)/.sandbox  ## Run the bot with the settings in .env
	@$(BIN)/python -m bot run $(ARGS)

# The types take half a minute of one core: they are checked beside the tests and told after them. Tests start hundreds
# of processes, each of which would compile the bot anew where PYTHONDONTWRITEBYTECODE is set. In a fresh clone the tests
# themselves are compiled first, once and not by five processes. Many tests wait: two cores have work for five at a time.
# The simulation's seeds replay where the order of sets is the same. What checks the makers' own tools is in `make soak`.
test: style  ## Lint, type-check, check the import contracts, run all tests (of the simulation PLAYED=250 seeds)
	@types=$$(mktemp); $(TYPES) > $$types 2>&1 & typing=$$!; \
	  unset PYTHONDONTWRITEBYTECODE; export PYTHONHASHSEED=0; \
	  [ -d tests/__pycache__ ] || $(BIN)/python -m pytest -q --collect-only > /dev/null 2>&1; \
	  $(ROOMY) SEEDS=$(PLAYED) $(BIN)/python -m pytest -q -n 5 --dist worksteal -m 'not tool' $(ARGS); tested=$$?; \
	  wait $$typing; typed=$$?; cat $$types; rm $$types; exit $$((tested > typed ? tested : typed))

cover: $(VENV)/.dev  ## Which lines and branches the tests reach, but for those of the simulation and the kills
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal --cov --cov-report=term \
	  $(or $(ARGS),--ignore tests/simulation --ignore tests/chaos)

lint: style  ## ruff, pyright strict, import contracts, Dockerfile
	@$(TYPES)

style: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/hadolint Dockerfile

format: $(VENV)/.dev  ## Let ruff write the layout
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

soak: $(VENV)/.dev  ## Simulate SEEDS=100000 runs with crashes everywhere; order EXAMPLES=5 of each model, draw other properties
	@PYTHONHASHSEED=0 SEEDS=$(SEEDS) $(BIN)/python -m pytest -n 2 -q tests/simulation -k invariant $(ARGS)
	@EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -n 2 -q tests/models $(ARGS)
	@$(BIN)/python -m pytest -n 2 -q --hypothesis-profile=others -m hypothesis $(ARGS)
	@$(BIN)/python -m pytest -n 2 -q -m tool $(ARGS)

chaos: $(VENV)/.dev  ## Kill real processes for ROUNDS=100 rounds; with ARGS='--postgres --processes 5' while 10,000 orders are made
	@$(BIN)/python -m tests.chaos.run $(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

bench: $(VENV)/.dev  ## Measure speed, memory, requests; BASE=COMMIT compares; writes docs/benchmarks.md (ARGS=--quick: not)
	@$(BIN)/python -m bench $(if $(BASE),--base $(BASE)) $(ARGS)

page: $(VENV)/.dev  ## Make the page in the browser anew from its sources (Node comes with the checks)
	@$(BIN)/python -m sandbox.discord.page.make $(ARGS)

pictures: $(VENV)/.dev  ## Take the README's pictures with the page (needs Chromium)
	@PYTHONPATH=. $(BIN)/python docs/pictures.py

image: $(VENV)/.dev  ## Build the image with docker, podman or buildah, and try it (deploy/README.md)
	@deploy/image $(ARGS)

lock: $(VENV)/.dev  ## Pin requirements/*.in again (newest versions, with hashes, no index in them)
	@for set in dev sandbox run installer; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    $$([ $$set = dev ] && echo --upgrade || echo -c requirements/dev.txt) \
	    requirements/$$set.in -o requirements/$$set.txt || exit 1; done

clean:  ## Remove what was made here
	@rm -rf $(VENV) demo-output .coverage .coverage.* .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Drover needs Python 3.11 or newer; none was found. Install one, or name it: make PYTHON=/path/to/python3.12"; exit 2; }
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)

# Each prints how long it took, in seconds.
$(VENV)/.sandbox: requirements/install.sh requirements/installer.txt requirements/sandbox.txt pyproject.toml | $(VENV)/bin/python
	@start=$$(date +%s); requirements/install.sh $(VENV) sandbox \
	  && $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . \
	  && $(BIN)/python -m compileall -q bot cogs sandbox \
	  && touch $@ && echo "Installed what the bot and the stand-ins need in $$(($$(date +%s) - start)) s."

$(VENV)/.dev: requirements/dev.txt $(VENV)/.sandbox
	@start=$$(date +%s); requirements/install.sh $(VENV) dev \
	  && touch $@ && echo "Installed what the checks need in $$(($$(date +%s) - start)) s."
