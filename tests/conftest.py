"""Tests that need the .blend files beside the repository say so where these are missing."""

import signal
from pathlib import Path

import pytest

BLENDS = Path(__file__).resolve().parents[1].parent / "shared" / "blends"


def pytest_configure() -> None:
    """A shell ignores Ctrl-C for what it starts in the background, and programs inherit that: tests press it too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if BLENDS.is_dir():
        return
    missing = pytest.mark.skip(reason="../shared/blends is not beside this repository")
    for item in items:
        module = getattr(item, "module", None)
        if hasattr(module, "BLENDS") or "farm" in getattr(item, "fixturenames", ()):
            item.add_marker(missing)
