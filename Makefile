# The commands of this project; `make` alone lists them. Needs Python 3.11 or newer, and nothing else.

PYTHON ?= python3
BIN := .venv/bin
LAB_ARGS ?=
TEST_ARGS ?=
MUTATE_ARGS ?=
# What is installed follows from these two files and the place; their checksum names the stamp, so that a change of
# them installs anew, and a new clone over a kept .venv does not.
INPUTS := requirements.lock pyproject.toml
STAMP := .venv/installed-$(shell { cat $(INPUTS); echo "$(CURDIR)"; } | cksum | tr -d ' \n')

# uv is fast, but knows neither the certificates of this machine nor the mirror that pip is told to use.
uv = mirror=$$($(BIN)/python -m pip config list | sed -n "s/^[^=]*\.index-url='\(.*\)'$$/\1/p" | head -n 1); \
  [ -z "$$mirror" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$mirror}"; \
  UV_SYSTEM_CERTS=1 VIRTUAL_ENV=.venv $(BIN)/uv

.DEFAULT_GOAL := help
.PHONY: help env lab test lint mutate bench notebooks picture servers servers-stop lock

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-14s%s\n", $$1, $$2 }' Makefile

env: $(STAMP) ## Make .venv with all that is locked

# The stamp has no prerequisites: files of a new clone are newer than anything kept, though nothing changed in them.
$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "make: $(PYTHON) is missing or older than 3.11, which Workbench needs; name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "make: $(PYTHON) cannot make environments; install its venv package (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "make: installing into .venv (a minute or two the first time)"
	@rm -f .venv/installed-*
	@# An environment that was made elsewhere, or whose Python is gone, cannot be mended.
	@{ grep -qsF "$(CURDIR)/.venv" .venv/pyvenv.cfg && $(BIN)/python -c ''; } 2>/dev/null || rm -rf .venv
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@$(uv) pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@$(uv) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# JupyterLab refuses to run as root, the only user that many containers have, unless it is told. Its printed address is
# that of the first notebook, for those who open it in a browser of their own. workbench/jupyter holds the settings by
# which it asks nobody outside.
lab: env ## Open JupyterLab on the first notebook; LAB_ARGS passes options on
	@JUPYTER_CONFIG_PATH="$(CURDIR)/workbench/jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	  $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) \
	  --LabApp.default_url=/lab/tree/notebooks/00_start.ipynb $(LAB_ARGS)

# Many tests start Python anew; where it may not keep what it compiles, each start would compile all of it once more.
test: env ## Run all tests that this machine can run; TEST_ARGS passes options on
	@$(BIN)/python -m compileall -q workbench tests
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --durations 25 $(TEST_ARGS)

lint: env ## Check style, types and the order of the rooms
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

mutate: env ## Change the product in small ways, and see whether tests notice; MUTATE_ARGS names modules
	@PYTHONPATH=tests $(BIN)/python tests/mutation/run.py $(MUTATE_ARGS)

bench: env ## Measure speed beside other clients, and write bench/README.md
	@$(BIN)/python bench/run.py

# Each in a folder where nothing is kept from before, so that all is asked and recorded anew.
notebooks: env ## Run all notebooks on the embedded model; keep their outputs, and recordings that play them again
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && cp notebooks/*.ipynb notebooks/*.csv "$$folder" && cd "$$folder" && \
	  for notebook in *.ipynb; do \
	    WORKBENCH_LANGUAGE=en WORKBENCH_MODE=record WORKBENCH_CASSETTE="$${notebook%.ipynb}.cassette" \
	      "$(CURDIR)/$(BIN)/jupyter" nbconvert --to notebook --execute --inplace \
	      --ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.record_timing=False "$$notebook" || exit 1; \
	    rm -rf .workbench; \
	  done && cp *.ipynb *.cassette "$(CURDIR)/notebooks"

picture: env ## Take the README's pictures of comparisons and of a session's controls in JupyterLab
	@WORKBENCH_PICTURES=docs $(BIN)/python -m pytest tests/browser/test_notebook_compare.py \
	  tests/browser/test_compare_reading.py tests/browser/test_controls.py -k "grow or alone or pictures"

servers: env ## Build, install and start the real Ollama and vLLM that the tests use
	@$(BIN)/python tests/servers/run.py start

servers-stop: env ## Stop those servers
	@$(BIN)/python tests/servers/run.py stop

lock: env ## Resolve all dependencies anew
	@$(uv) lock --quiet --upgrade
	@$(uv) export --quiet --no-emit-project --all-groups --no-annotate --no-header --output-file requirements.lock
