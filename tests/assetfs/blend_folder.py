"""The .blend files that Blender made, and what Blender itself says of them."""

import json
from pathlib import Path
from typing import Any

import pytest

BLENDS = Path(__file__).resolve().parents[2].parent / "shared" / "blends"
TRUTH: dict[str, dict[str, Any]] = (
    json.loads((BLENDS / "truth.json").read_text("utf-8")) if (BLENDS / "truth.json").exists() else {}
)
WHOLE = sorted(name for name, truth in TRUTH.items() if "error" not in truth)

needs_blends = pytest.mark.skipif(not TRUTH, reason=f"no test files at {BLENDS}")
