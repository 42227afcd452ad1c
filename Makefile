# Every target explains itself: `make` lists them.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# Two processes take half of the tests each, in their order, so that few fixtures are made twice; who is done first helps.
IN_TWO := -n 2 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help install demo test gpu lint format types browser wheel check bench data clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(READY): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m perturbdash.warm
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: $(READY)  ## create the environment in .venv and compile what is compiled

demo: $(READY)  ## install and open the dashboard on its demo data
	$(BIN)/perturbdash app --demo

test: $(READY_DEV)  ## install and run all tests that need no browser
	$(BIN)/python -m pytest -q $(IN_TWO) --durations 20 -m "not browser and not wheel"

gpu: $(READY_DEV)  ## tests on a CUDA device (needs a torch that is built for it; docs/cluster.md)
	$(BIN)/python -m pytest -q -rs -m cuda

browser: $(READY_DEV)  ## tests in Chromium (/usr/bin/chromium, or CHROMIUM=path)
	$(BIN)/python -m pytest -q $(IN_TWO) --durations 20 -m browser

wheel: $(READY_DEV)  ## build the wheel, install it in an empty folder and open it
	$(BIN)/python -m pytest -q -m wheel

lint: $(READY_DEV)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY_DEV)  ## ruff: mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY_DEV)  ## mypy, strict
	$(BIN)/mypy

check: test lint types browser wheel  ## everything that must pass before a change lands

bench: $(READY)  ## benchmarks as ratios: one machine, growth, other tools (BENCH="--full --write docs/performance.md")
	$(BIN)/python -m benchmarks $(BENCH)

data: $(READY)  ## make the demo data set again from its seed
	$(BIN)/python -m perturbdash.simulation.demo --out data

clean:  ## remove the environment and what was built
	rm -rf $(VENV) benchmarks/.venv build dist *.egg-info .mypy_cache .ruff_cache
