"""Real NFS for tests: ../shared/nfslab with this checkout in every guest.

    with nfs_lab("4.2", clients=2) as lab:
        lab.clients[0].sh(f"{GUEST} python3 -m spool check /spool/farm")

The guests see a copy of the checkout as it was when the lab came up, at /farm/code, and what it depends on at
/farm/python; both read-only. /farm/out is a folder of this machine that every guest may write: `lab.out`.
Skip: this machine cannot do it, and why.
"""

import fcntl
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"             # Debian's, as in the guests: what is compiled for it runs there
PACKAGES = ("spool", "renderd", "render_cli", "assetfs", "webview", "tests")
GUEST = "PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/farm/code:/farm/python"
# -P: else Python looks for the package spool in the folder where it is started, and finds the share of that name.
RENDER, RENDERD = (f"python3 -P -c 'from {main} import run; run()'" for main in ("render_cli.main", "renderd.main"))
DISK = "/srv/data/spool"                # the share, as the server's own disk has it


class Skip(Exception):
    """This machine cannot run the lab; the message says what is missing."""


@contextmanager
def nfs_lab(nfs: str = "4.2", clients: int = 2, **options: Any) -> Iterator[Any]:
    """A running nfslab.Lab with the spool's share at /spool in every client. Skip where there can be none."""
    nfslab = _module()
    with tempfile.TemporaryDirectory(prefix="nfs-") as scratch:
        code, out = Path(scratch, "code"), Path(scratch, "out")
        _copy_checkout(code)
        out.mkdir()
        shares = [{"host": str(code), "guest": "/farm/code", "ro": True},
                  {"host": str(_dependencies()), "guest": "/farm/python", "ro": True},
                  {"host": str(out), "guest": "/farm/out", "ro": False}]
        with _skipping(nfslab):
            made = _steady_lab(nfslab)(clients=clients, nfs=nfs, shares=shares, accel="tcg", verbose=False, **options)
        made.out = out
        with made:
            yield made


def reason_to_skip() -> str:
    """Why there can be no lab here; nothing if there can be one."""
    try:
        nfslab = _module()
    except Skip as skip:
        return str(skip)
    try:
        _dependencies()
        with _skipping(nfslab):
            nfslab.vm.need_qemu()
            nfslab.image.Image().ensure()
    except Skip as skip:
        return str(skip)
    except nfslab.LabError as error:        # the image cannot be built
        return str(error)
    return ""


def _steady_lab(nfslab: Any) -> Any:
    """The lab's class, with guests whose clocks run at the right speed."""

    class Steady(nfslab.lab.Lab):       # type: ignore[misc]
        def setup_server(self) -> None:
            _mend_clock(self.server)
            super().setup_server()

        def setup_client(self, vm: Any) -> None:
            _mend_clock(vm)
            super().setup_client(vm)

    return Steady


def _mend_clock(vm: Any) -> None:
    # On a busy machine an emulated kernel may measure its TSC wrong, and a second of it lasts a third of ours. It must
    # be mended before anything is measured: a daemon judges others by the number of its own beats.
    vm.sh("echo hpet >/sys/devices/system/clocksource/clocksource0/current_clocksource")
    vm.sh(f"date -s @{time.time():.2f}")


@contextmanager
def _skipping(nfslab: Any) -> Iterator[None]:
    try:
        yield
    except nfslab.LabSkip as skip:
        raise Skip(str(skip)) from None


def _module() -> Any:
    """The package nfslablib, from $NFSLAB or from beside the checkout."""
    folder = Path(os.environ.get("NFSLAB") or ROOT.parent / "shared" / "nfslab")
    if not (folder / "nfslablib").is_dir():
        raise Skip(f"There is no NFS lab at {folder}. Link it there, or say NFSLAB=/path/of/nfslab.")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    for name in ("lab", "vm", "image"):
        importlib.import_module(f"nfslablib.{name}")
    return sys.modules["nfslablib"]


def _copy_checkout(target: Path) -> None:
    """Whoever edits the checkout meanwhile does not disturb the guests."""
    target.mkdir()
    for package in PACKAGES:
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    subprocess.run([PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
                    *(target / p for p in ("spool", "renderd", "render_cli", "assetfs", "tests/fakes"))], check=False)


def _dependencies() -> Path:
    """A folder with what setup.cfg asks for, made once for PYTHON by a venv of its own, and kept."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    wanted = setup["options"]["install_requires"].strip().splitlines()
    try:
        version = subprocess.run([PYTHON, "-V"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise Skip(f"There is no {PYTHON}, the Python of the guests. It is Debian's package python3.") from None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "renderd-nfs"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / hashlib.sha256(f"{version} {wanted}".encode()).hexdigest()[:12]
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)        # two labs may start at once
        if not made.exists():
            _install(wanted, made)
    return made


def _install(wanted: list[str], made: Path) -> None:
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        for command in ([PYTHON, "-m", "venv", scratch], [f"{scratch}/bin/pip", "install", "-q", *wanted]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Skip(f"The guests' Python packages cannot be installed: {(done.stdout + done.stderr)[-300:]}"
                           " Is python3-venv there, and a package index reachable?")
        [site] = Path(scratch).glob("lib/python3*/site-packages")
        for unused in ("pip", "setuptools"):
            shutil.rmtree(site / unused, ignore_errors=True)
        subprocess.run([PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(site)],
                       check=False)
        site.rename(made)
