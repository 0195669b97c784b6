# make demo    a film from a bundled scene, rendered by two daemons
# make test    everything that must hold (CI runs this)
# make check   lint, types, arrows between the packages
# make bench   timings, as ratios inside one run

SHELL := /bin/bash
BIN := .venv/bin
APT := blender ffmpeg strace
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: demo test check bench apt venv

demo: apt venv
	@$(BIN)/python etc/demo/demo.py

test: apt venv check
	$(BIN)/python -m pytest

check: venv
	$(BIN)/ruff check .
	$(BIN)/mypy spool assetfs renderd render_cli
	$(BIN)/python -m pytest tests/test_architecture.py

bench: apt venv
	$(BIN)/python -m tests.bench

# Only what is missing is installed; nothing is upgraded.
apt:
	@missing=""; for p in $(APT) python3-venv; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

venv: .venv/ready
.venv/ready: setup.cfg pyproject.toml
	@echo "making .venv"
	@python3 -m venv .venv
	@$(BIN)/pip install -q -e '.[dev]'
	@touch $@
