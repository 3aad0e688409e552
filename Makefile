# The commands of this project; `make` alone lists them. Needs Python 3.11 or newer, and nothing else.

PYTHON ?= python3
BIN := .venv/bin
LAB_ARGS ?=
TEST_ARGS ?=
# What is installed follows from these two files; their hash names the stamp, so that any change installs anew.
INPUTS := requirements.lock pyproject.toml
STAMP := .venv/installed-$(shell cat $(INPUTS) | cksum | tr -d ' \n')

.DEFAULT_GOAL := help
.PHONY: help env lab test lint bench notebooks picture servers servers-stop lock

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

env: $(STAMP) ## Make .venv with all that is locked

$(STAMP): $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: Workbench needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "make: this Python cannot make environments; install its venv package (Debian: python3-venv)" >&2; exit 1; }
	@echo "make: installing into .venv (a minute or two the first time)"
	@rm -f .venv/installed-*
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lab: env ## Open JupyterLab on the first notebook; LAB_ARGS passes options on
	@$(BIN)/jupyter lab $(LAB_ARGS) notebooks/00_start.ipynb

test: env ## Run all tests that this machine can run; TEST_ARGS passes options on
	@$(BIN)/python -m pytest $(TEST_ARGS)

lint: env ## Check style, types and the order of the rooms
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: env ## Measure speed beside other clients, and write bench/README.md
	@$(BIN)/python bench/run.py

notebooks: env ## Run all notebooks on the embedded model and keep their outputs
	@cd notebooks && WORKBENCH_LANGUAGE=en ../$(BIN)/jupyter nbconvert --to notebook --execute --inplace --ExecutePreprocessor.store_widget_state=False --ExecutePreprocessor.coalesce_streams=True *.ipynb

picture: env ## Take the README's picture of notebook 02 in JupyterLab
	@WORKBENCH_PICTURES=docs $(BIN)/python -m pytest tests/browser/test_notebook_compare.py -k grow

servers: env ## Build, install and start the real Ollama and vLLM that the tests use
	@$(BIN)/python tests/servers/run.py start

servers-stop: env ## Stop those servers
	@$(BIN)/python tests/servers/run.py stop

lock: env ## Resolve all dependencies anew
	@$(BIN)/uv lock --quiet --upgrade
	@$(BIN)/uv export --quiet --no-emit-project --all-groups --no-annotate --no-header --output-file requirements.lock
