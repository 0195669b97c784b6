# make demo    a film from a bundled scene, rendered by two daemons
# make test    everything that must hold (CI runs this)
# make test-nfs  real NFS clients and a server in virtual machines, with faults (about 40 minutes; needs ../shared/nfslab)
# make check   lint, types, arrows between the packages
# make bench   timings, as ratios inside one run, into docs/PERFORMANCE.md (about 30 minutes)
# make fuzz    nonsense for everything that reads, a million inputs, ten minutes; INPUTS=100000 for fewer
# make soak    six daemons under random faults for MINUTES=60; SEED=1 for the same faults again

SHELL := /bin/bash
BIN := .venv/bin
# The system's Python where it can be used, as on a workstation: distributions build it to run fast, not all others do.
PYTHON = $(shell /usr/bin/python3 -Ic 'import ensurepip, sys; sys.version_info < (3, 11) and sys.exit(1)' 2>/dev/null \
           && echo /usr/bin/python3 || echo python3)
OURS := spool assetfs renderd render_cli webview
APT := blender ffmpeg strace bindfs chromium subversion git
NFS_APT := qemu-system-x86 mmdebstrap e2fsprogs kmod
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: demo test test-nfs check bench apt venv soak fuzz

demo: APT := blender ffmpeg
demo: apt venv
	@$(BIN)/python etc/demo/demo.py

# Two at a time, but for the system tests: some of them look at all programs of the computer.
test: apt venv check
	$(BIN)/python -m pytest -n 2 --dist worksteal --ignore=tests/system
	$(BIN)/python -m pytest tests/system

# Where nothing can be installed, the last line says what is missing.
test-nfs: venv
	@$(MAKE) -s apt APT="$(NFS_APT)" || true
	@$(BIN)/python -m tests.faults

check: venv
	$(BIN)/ruff check .
	$(BIN)/mypy $(OURS)
	$(BIN)/python -m pytest tests/test_architecture.py

bench: apt venv .venv-peers/ready
	$(BIN)/python -m tests.bench

# Other queues of files, measured beside ours. Nothing of ours imports them.
.venv-peers/ready:
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install -q dirq==1.8 huey==3.5.4 persist-queue==1.1.0
	@touch $@

soak: apt venv
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED))

fuzz: .venv-fuzz/ready
	.venv-fuzz/bin/python -m tests.fuzz $(if $(INPUTS),--inputs $(INPUTS))

# The fuzzer brings a compiled library, so it has an environment of its own.
.venv-fuzz/ready: setup.cfg pyproject.toml
	@$(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/pip install -q -e '.[fuzz]'
	@touch $@

# Only what is missing is installed; nothing is upgraded.
apt:
	@missing=""; for p in $(APT) python3-venv; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi

# Who runs a command may not be allowed to write here, and would compile all modules anew each time.
venv: .venv/ready
	@$(BIN)/python -m compileall -q $(OURS)

.venv/ready: setup.cfg pyproject.toml
	@echo "making .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q -e '.[dev]'
	@touch $@
