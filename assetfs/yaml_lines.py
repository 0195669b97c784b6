"""A YAML file as words with their lines, before YAML guesses what they mean."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import yaml

LARGEST = 64 * 1024         # bytes of a settings file; YAML is read at some 100 kB a second
LARGEST_OF_FILM = 256 * 1024    # of project.yaml and people.yaml


@dataclass(frozen=True)
class Word:
    """A scalar as it stands in the file; `reads_as` is what YAML 1.1 takes it for (str, int, bool, ...)."""

    text: str
    reads_as: str
    line: int


@dataclass(frozen=True)
class Items:
    """A list."""

    values: "tuple[Value, ...]"
    line: int


@dataclass(frozen=True)
class Entry:
    """`key: value`; the key is a text, whatever YAML takes it for."""

    key: str
    line: int
    value: "Value"


@dataclass(frozen=True)
class Block:
    """`key: value` lines; every key once."""

    entries: tuple[Entry, ...]
    line: int


Value = Word | Items | Block


def read(
    path: Path, example: str = "slots: 2", largest: int = LARGEST, trusted: bool = True
) -> tuple[Block, list[str]]:
    """The file's lines, and its problems as `file:line: what, and what to do`. What is trusted may not be writable
    for everyone; what is not (the film's files) may be, but may be no link."""
    try:
        text = text_of(path, largest, trusted)
    except ValueError as error:
        return Block((), 1), [f"{path}:1: {error}"]
    return parsed(path, text, example)


def parsed(path: Path, text: str, example: str) -> tuple[Block, list[str]]:
    """As `read`, for a text that would stand in that file."""
    nothing = Block((), 1)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None or (isinstance(root, yaml.ScalarNode) and _word(root).reads_as == "null"):
            return nothing, []
        if not isinstance(root, yaml.MappingNode):
            return nothing, [f"{path}:{_line(root)}: settings are lines like {example}; this is something else."]
        problems: list[str] = []
        found = _block(path, root, problems, set())
    except yaml.MarkedYAMLError as error:
        return nothing, [_syntax(path, error, example)]
    except (yaml.YAMLError, ValueError):
        return nothing, [f"{path}:1: it holds control characters; delete them."]
    except RecursionError:
        return nothing, [f"{path}:1: brackets stand in brackets without end; write lines like {example}."]
    return found, problems


def text_of(path: Path, largest: int, trusted: bool) -> str:
    """The file's text; ValueError says what is wrong with the file."""
    follow = 0 if trusted else os.O_NOFOLLOW
    try:
        # O_NONBLOCK: a named pipe must not stop the start of the daemon.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | follow), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ValueError("this is not a file; move it away.")
            if trusted and mode & stat.S_IWOTH:
                raise ValueError("everyone may write this file, so it is not trusted; chmod o-w it.")
            data = file.read(largest + 1)
            if len(data) > largest:
                raise ValueError(f"this file has more than {largest} bytes, and settings need few; move it away.")
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}); make it readable or move it away.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8; save the file as UTF-8.") from error


def _syntax(path: Path, error: yaml.MarkedYAMLError, example: str) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if error.problem and "\\t" in error.problem:
        return f"{path}:{line}: a tab stands here; YAML wants spaces."
    return f"{path}:{line}: this is not YAML ({error.problem or error.context}); write lines like {example}."


def _block(path: Path, node: yaml.MappingNode, problems: list[str], seen: set[int]) -> Block:
    """The first entry of every key; the others are problems, for YAML lets the last one win in silence."""
    first: dict[str, Entry] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name in first:
            problems.append(
                f"{path}:{_line(key)}: {name} stands in line {first[name].line} already; delete one."
            )
            continue
        first[name] = Entry(name, _line(key), _value(path, value, problems, seen))
    return Block(tuple(first.values()), _line(node))


def _value(path: Path, node: yaml.Node, problems: list[str], seen: set[int]) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return _word(node)
    if id(node) in seen:                # an alias: ten lines of them are a billion words, or a ring
        problems.append(f"{path}:{_line(node)}: a * elsewhere repeats these lines; write them out there.")
        return Word("", "null", _line(node))
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _block(path, node, problems, seen)
    return Items(tuple(_value(path, item, problems, seen) for item in node.value), _line(node))


def _word(node: yaml.ScalarNode) -> Word:
    return Word(node.value, node.tag.rpartition(":")[2], _line(node))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
