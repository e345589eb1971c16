# Each target wraps one command that also runs where there is no make; README.md lists them.
PYTHON ?= python3
ARGS ?=
ifeq ($(OS),Windows_NT)
RUN := .venv/Scripts/python
else
RUN := .venv/bin/python
endif
PLAYABLE := .venv/.installed
DEVELOPABLE := .venv/.installed-dev

.PHONY: play test check bench docs judge gallery clean

play: $(PLAYABLE)  ## play the first set on this machine's loudspeakers, and record it
	$(RUN) -m livecode play patterns/first_light.py --bars 32 --record first_light $(ARGS)

test: $(DEVELOPABLE)  ## run all tests; ARGS="-k osc" for some
	$(RUN) tests $(ARGS)

check: $(DEVELOPABLE)  ## style, format and types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m mypy patterns

bench: $(DEVELOPABLE)  ## run the benchmarks; ARGS="name" for some
	$(RUN) tests/benchmarks $(ARGS)

docs: $(DEVELOPABLE)  ## write the reference pages in docs/ from the code
	$(RUN) -m livecode reference --write docs $(ARGS)

judge: $(DEVELOPABLE)  ## measure the band: every style, all checks, a table
	$(RUN) -m livecode judge $(ARGS)

gallery: $(DEVELOPABLE)  ## render a page of sounds to listen to
	$(RUN) -m livecode gallery $(ARGS)

clean:  ## remove the environment and everything made
	$(PYTHON) -c "import shutil; [shutil.rmtree(p, True) for p in '.venv build dist gallery bench-out .pytest_cache .mypy_cache .ruff_cache .hypothesis'.split()]"

$(RUN):
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" \
	  || { echo "livecode needs Python 3.11 or newer; choose one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null \
	  || { echo "This Python has no venv: install it (Debian, Ubuntu: sudo apt install python3-venv), or choose another Python: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

$(PLAYABLE): pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEVELOPABLE): pyproject.toml | $(RUN)
	$(RUN) -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(PLAYABLE) $@
