"""Signs and colours. A state is always told by its word; sign and colour only help to find it."""

import sys
from typing import IO

import click

_UNICODE = {"open": "○", "rendering": "▶", "held": "‖", "done": "✓", "failed": "✗", "cancelled": "–", "broken": "!",
            "inbox": "·", "sent back": "!",
            "full": "█", "empty": "░", "part": "▒", "wait": "·"}
_ASCII = {"open": "o", "rendering": ">", "held": "=", "done": "+", "failed": "x", "cancelled": "-", "broken": "!",
          "inbox": ".", "sent back": "!",
          "full": "#", "empty": ".", "part": ">", "wait": "."}
_COLOURS = {"rendering": "cyan", "held": "yellow", "done": "green", "failed": "red", "broken": "red",
            "sent back": "red"}


def sign(name: str, stream: IO[str] | None = None) -> str:
    """The sign of a state, or of a piece of a bar; plain ASCII where the terminal knows no more."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    return (_UNICODE if encoding.lower().startswith("utf") else _ASCII)[name]


def state(word: str) -> str:
    return paint(f"{sign(word)} {word}", word)


def paint(text: str, word: str) -> str:
    """The text in the colour of a state; click takes it out where no terminal reads."""
    return click.style(text, fg=_COLOURS[word]) if text and word in _COLOURS else text


def bar(done: int, failed: int, whole: int, width: int = 10, stream: IO[str] | None = None) -> str:
    """A bar that is full only when everything is done, and shows failures from the first on."""
    good = done * width // whole if whole else width
    bad = min(width - good, -(-failed * width // whole)) if whole else 0
    return (paint(sign("full", stream) * good, "done") + paint(sign("failed", stream) * bad, "failed")
            + sign("empty", stream) * (width - good - bad))


def note(text: str) -> None:
    """Something worth knowing, to stderr."""
    click.echo(f"note: {text}", err=True)


def warn(text: str, cure: str = "") -> None:
    """Something that may go wrong, to stderr."""
    click.echo(click.style("warning:", fg="yellow") + f" {text}", err=True)
    if cure:
        click.echo(f"  {cure}", err=True)
