"""Are our packages ours? `spool` and `webview` are also names of others."""

import os
from importlib.util import find_spec

from spool.fitness.finding import Finding, good
from spool.fitness.troubles import trouble

OURS = ("render_cli", "spool", "assetfs", "renderd", "webview")
HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def check() -> list[Finding]:
    found = {name: _place(name) for name in OURS}
    wrong = [trouble("foreign-package", name=name, place=place or "nowhere", ours=HOME)
             for name, place in found.items() if place != HOME]
    return wrong or [good("packages", f"All of {HOME}.")]


def _place(name: str) -> str:
    """The folder that a package would be imported from."""
    spec = find_spec(name)
    return os.path.dirname(os.path.dirname(os.path.realpath(spec.origin))) if spec and spec.origin else ""
