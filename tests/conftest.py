"""Tests that need the .blend files beside the repository say so where these are missing."""

from pathlib import Path

import pytest

BLENDS = Path(__file__).resolve().parents[1].parent / "shared" / "blends"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if BLENDS.is_dir():
        return
    missing = pytest.mark.skip(reason="../shared/blends is not beside this repository")
    for item in items:
        module = getattr(item, "module", None)
        if hasattr(module, "BLENDS") or "farm" in getattr(item, "fixturenames", ()):
            item.add_marker(missing)
