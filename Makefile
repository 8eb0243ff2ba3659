# The one Python that is needed beforehand: 3.11 or later.
PYTHON ?= python3
BIN := .venv/bin
# The tests of a file share what is expensive, so they stay on one worker. In the order of the folders the files of
# tests/unit come last, which are short: no worker is left alone with a long one.
WORKERS := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: help setup engine local local-down bootstrap lint test soak bench clean
help: ## List what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Make .venv from the pinned requirements
	@$(PYTHON) -m localcloud.venv

engine: setup ## Get the Pulumi engine: from PATH, from its installer, or built (minutes, once)
	@$(BIN)/python -m localcloud engine

local: setup ## The whole backend on an emulated AWS, and real Terraform on it; KEEP=1 leaves it running
	@$(BIN)/python -m localcloud up $(if $(filter 1,$(KEEP)),--keep) $(if $(PORT),--port $(PORT))

local-down: setup ## Stop what `make local KEEP=1` left running
	@$(BIN)/python -m localcloud down

bootstrap: setup ## Bring STACK up, and move Pulumi's own state into the bucket that it makes (docs/bootstrap.md)
	@$(BIN)/statectl bootstrap --stack $(or $(STACK),$(error name the stack: make bootstrap STACK=prod)) $(if $(YES),--yes)

lint: setup ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint engine ## Everything: lint, units, and the real engine on the emulated AWS
	$(BIN)/pytest $(WORKERS)

soak: engine ## Every seed of the long campaigns, of which `make test` runs a few (an hour)
	$(BIN)/pytest --soak tests/statectl/campaigns tests/statectl/test_move_lock.py tests/adopt/test_origins.py

bench: engine ## What the program and the engine cost, as ratios of one run
	$(BIN)/python -m tests.bench

clean: setup ## Delete the emulated AWS and all in it; .venv and the engine stay
	@$(BIN)/python -m localcloud clean
