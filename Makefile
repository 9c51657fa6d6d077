# What a person types. `make demo` and `make test` need nothing but Python 3.11 with venv, and make: they fetch the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/dev.lock.txt
READY := $(VENV)/.ready
PAGE := dashboards/status/dist/index.html
PAGE_SOURCES := $(shell find dashboards/status dashboards/texts -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: demo test soak check bench lock clean browser reference

demo: $(READY) $(PAGE)
	$(BIN)/gridpost demo $(ARGS)

test: $(READY) $(PAGE) browser
	@if [ -n "$(ARGS)" ]; then exec $(BIN)/python -m pytest $(ARGS); else exec $(BIN)/python packaging/run_tests.py; fi

soak: $(READY) $(PAGE) browser
	GRIDPOST_SOAK=1 $(BIN)/python -m pytest -rA --durations=20 $(ARGS)

check: $(READY) $(PAGE)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell

bench: $(READY)
	$(BIN)/python -m bench road $(ARGS)
	$(BIN)/python -m bench telemetry $(ARGS)

# The environment: hashes of every package are in the lock, so a changed file on the way is refused.
$(READY): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Gridpost needs Python 3.11 or newer with venv: apt install python3 python3-venv (or PYTHON=/path/to/python3.11 make ...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(PAGE): $(READY) $(PAGE_SOURCES)
	$(BIN)/python packaging/build_page.py
	@touch $@

# What pip cannot bring: a browser and Chinese glyphs for the page's tests, and a second Modbus hand.
browser:
	@packaging/system_parts.sh

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --extra proxy --extra demo --extra apprise -o requirements/run.lock.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --extra proxy --extra demo --extra apprise --group dev --group build -o $(LOCK)

clean:
	rm -rf $(VENV) dashboards/status/dist dashboards/status/node_modules tests/docs/node/node_modules

# Pages under docs/reference and Grafana's dashboards, which are made from the code.
reference: $(READY)
	$(BIN)/python packaging/reference.py
	$(BIN)/python -m dashboards.grafana
