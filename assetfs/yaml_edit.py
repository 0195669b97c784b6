"""Adds to a YAML file that people write, and leaves every line of theirs as it is."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from assetfs import writing, yaml_lines
from assetfs.errors import BadProject
from assetfs.names import is_text, shown
from assetfs.yaml_lines import Block, Items, Value


def quoted(value: object) -> str:
    """A value in the quotes of JSON is one in YAML, if what YAML does not take is written as \\x7f."""
    return shown(json.dumps(value, ensure_ascii=False))


def flow(values: Mapping[str, object]) -> str:
    """{key: "value"}"""
    return "{" + ", ".join(f"{key}: {quoted(value)}" for key, value in values.items()) + "}"


def add_item(path: Path, key: str, values: Mapping[str, str], example: str) -> None:
    """One more item in the list that stands under `key`."""
    with writing.alone(path.parent):
        text = _text_of(path)
        wanted, _ = _said_by(path, text, example)
        wanted[key] = [*(wanted.get(key) or ()), dict(values)]
        try:
            after = with_item(text, key, flow(values))
        except (yaml.YAMLError, ValueError, RecursionError):
            after = text
        _write(path, text, after, wanted, f"{key}:\n- {flow(values)}", example)


def add_lines(path: Path, lines: str, example: str) -> None:
    """New keys at the end of the file, which is made if it is not there."""
    with writing.alone(path.parent):
        text = _text_of(path) if os.path.lexists(path) else ""
        joint = "" if not text or text.endswith("\n") else "\n"
        wanted = _said_by(path, text, example)[0] | _said_by(path, lines, example)[0]
        _write(path, text, text + joint + lines, wanted, lines, example)


def _text_of(path: Path) -> str:
    try:
        return yaml_lines.text_of(path, yaml_lines.LARGEST_OF_FILM, trusted=False)
    except ValueError as error:
        raise BadProject(f"{shown(str(path))}: {error}", "Then try again.") from None


def _said_by(path: Path, text: str, example: str) -> tuple[Any, list[str]]:
    """What it says, and what is wrong in it."""
    block, problems = yaml_lines.parsed(path, text, example)
    return _plain(block), problems


def _plain(value: Value) -> Any:
    if isinstance(value, Block):
        return {entry.key: _plain(entry.value) for entry in value.entries}
    return [_plain(item) for item in value.values] if isinstance(value, Items) else value.text


def _write(path: Path, before: str, after: str, wanted: object, by_hand: str, example: str) -> None:
    """Only if the new text says just what is wanted: a program that does not understand a file leaves it alone."""
    right = is_text(after) and _said_by(path, after, example) == (wanted, _said_by(path, before, example)[1])
    if not right:
        raise BadProject(f"{shown(str(path))} is written in a way that a program cannot add to.",
                         f"Write these lines into it: {by_hand}")
    data = after.encode()
    if len(data) > yaml_lines.LARGEST_OF_FILM:
        raise BadProject(f"{shown(str(path))} would have more than {yaml_lines.LARGEST_OF_FILM} bytes, and then nobody "
                         "could read it.", "Take out what is no longer needed, or add less.")
    if os.path.lexists(path):
        writing.replace(path, data)
    else:
        writing.create(path, data)


def with_item(text: str, key: str, item: str) -> str:
    """The text with one more item in that list, which is made if it is not there."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ValueError("these are no lines like key: value")
    found = next((pair for pair in root.value if pair[0].value == key), None) if root is not None else None
    if found is None:
        return text + ("\n" if text and text[-1] != "\n" else "") + f"{key}:\n- {item}\n"
    name, value = found
    if isinstance(value, yaml.SequenceNode) and value.flow_style:
        end = value.end_mark.index - 1
        return text[:end].rstrip() + (", " if value.value else "") + item + text[end:]
    if isinstance(value, yaml.SequenceNode):
        return _after_line(text, _end(value), f"{' ' * value.start_mark.column}- {item}")
    if isinstance(value, yaml.ScalarNode) and not value.value:
        return _after_line(text, name.end_mark.index, f"- {item}")
    raise ValueError(f"{key} is no list")


def _after_line(text: str, index: int, line: str) -> str:
    """The text with one more line after the one that `index` is in; the comment at its end stays there."""
    end = text.find("\n", index) + 1
    return f"{text[:end]}{line}\n{text[end:]}" if end else f"{text}\n{line}\n"


def _end(node: yaml.Node) -> int:
    """Where what stands in the node ends: a block's own end is where the next thing begins, after comments."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index - (node.end_mark.column == 0))
