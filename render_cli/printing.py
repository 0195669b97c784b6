"""JSON for programs."""

import json
from typing import Any

import click


def as_json(found: Any) -> None:
    """To stdout, in one piece. Names of files that are no UTF-8 stay readable, and JSON stays valid."""
    click.echo(json.dumps(found, indent=1, ensure_ascii=True))
