"""The example settings file and docs/CONFIG.md, from the table of settings."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from renderd.settings import TABLE, as_yaml, default_of

EXAMPLE_HEAD = """\
# Settings of renderd on this computer. Copy this file to /etc/renderd/renderd.yaml (for all) or to
# ~/.config/renderd/renderd.yaml (for you), and take the # away before what you change.
# `renderd --show-config` tells what counts and where it came from.
"""

PAGE_HEAD = """\
# Settings

<!-- Made by python -m renderd.settings; change the table in renderd/settings.py instead. -->

Every setting has a default except `spool`. These places are read, and a later one wins:

1. the default
2. `/etc/renderd/*.yaml`, in the order of their names
3. `~/.config/renderd/*.yaml` (or `$XDG_CONFIG_HOME/renderd/*.yaml`)
4. the environment: `RENDERD_SLOTS=2`; the parts of a list stand between commas
5. flags: `--slots 2`

A list replaces the earlier list as a whole. An empty environment variable counts as not set.
`renderd --show-config` prints every value and where it came from. All errors are told at once, each with its
file and line. A settings file that everyone may write is refused, and so is one in such a folder.
YAML reads some words in its own way (`no` as a switch, `22:00` as 1320): where a text is wanted, such a word
is refused until it stands in quotes.

| setting | default | value | meaning |
|---|---|---|---|
"""


def example() -> str:
    """The example file: every setting commented out, with its help above."""
    blocks = [EXAMPLE_HEAD]
    for name, field in TABLE.items():
        text = f"{field.metadata['help']} ({_first_up(field.metadata['kind'].words)}.)"
        wrapped = textwrap.wrap(text, 98, initial_indent="# ", subsequent_indent="# ")
        value = field.metadata["example"] or default_of(field)
        blocks.append("\n".join([*wrapped, f"#{as_yaml(name, value)}", ""]))
    return "\n".join(blocks)


def page() -> str:
    """docs/CONFIG.md."""
    return PAGE_HEAD + "".join(_row(name) for name in TABLE)


def _row(name: str) -> str:
    field = TABLE[name]
    value = default_of(field)
    default = as_yaml(name, value).partition(": ")[2]
    cells = [
        f"`{name}`",
        f"`{default}`" if value not in (None, "") else "none",
        field.metadata["kind"].words,
        field.metadata["help"],
    ]
    return f"| {' | '.join(cells)} |\n"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def main(arguments: Sequence[str]) -> None:
    """Write the example and the page to the two paths given, or print both."""
    if len(arguments) == 2:
        Path(arguments[0]).write_text(example(), encoding="utf-8")
        Path(arguments[1]).write_text(page(), encoding="utf-8")
    else:
        print(example(), page(), sep="\n")
