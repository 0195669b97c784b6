"""A settings file as words with their lines, before YAML guesses what they mean."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import yaml

LARGEST = 64 * 1024     # bytes of a settings file; YAML is read at some 100 kB a second


@dataclass(frozen=True)
class Word:
    """A scalar as it stands in the file; `reads_as` is what YAML 1.1 takes it for (str, int, bool, ...)."""

    text: str
    reads_as: str
    line: int


@dataclass(frozen=True)
class Entry:
    """`key: value` of the file's top level; the value is None where it is neither word nor list of words."""

    key: str
    line: int
    value: Word | list[Word] | None


def read(path: Path) -> tuple[list[Entry], list[str]]:
    """The file's entries, and its problems as `file:line: what, and what to do`."""
    try:
        root = yaml.compose(_text(path), Loader=yaml.SafeLoader)
    except ValueError as error:
        return [], [f"{path}:1: {error}"]
    except yaml.MarkedYAMLError as error:
        return [], [_syntax(path, error)]
    except yaml.YAMLError:
        return [], [f"{path}:1: it holds control characters; delete them."]
    except RecursionError:
        return [], [f"{path}:1: brackets stand in brackets without end; write lines like slots: 2."]
    if root is None or (isinstance(root, yaml.ScalarNode) and _word(root).reads_as == "null"):
        return [], []
    if not isinstance(root, yaml.MappingNode):
        return [], [f"{path}:{_line(root)}: settings are lines like slots: 2; this is something else."]
    return _once(path, [_entry(key, value) for key, value in root.value])


def _text(path: Path) -> str:
    """The file's text; ValueError says what is wrong with the file."""
    try:
        # O_NONBLOCK: a named pipe must not stop the start of the daemon.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise ValueError("this is not a file; move it away.")
            if mode & stat.S_IWOTH:
                raise ValueError("everyone may write this file, so it is not trusted; chmod o-w it.")
            data = file.read(LARGEST + 1)
            if len(data) > LARGEST:
                raise ValueError(f"this file has more than {LARGEST} bytes, and settings need few; move it away.")
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}); make it readable or move it away.") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8; save the file as UTF-8.") from error


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if error.problem and "\\t" in error.problem:
        return f"{path}:{line}: a tab stands here; YAML wants spaces."
    return f"{path}:{line}: this is not YAML ({error.problem or error.context}); write lines like slots: 2."


def _entry(key: yaml.Node, value: yaml.Node) -> Entry:
    name = key.value if isinstance(key, yaml.ScalarNode) else "?"
    if isinstance(value, yaml.ScalarNode):
        return Entry(name, _line(key), _word(value))
    items = value.value if isinstance(value, yaml.SequenceNode) else [value]
    words = [_word(item) for item in items if isinstance(item, yaml.ScalarNode)]
    return Entry(name, _line(key), words if len(words) == len(items) else None)


def _once(path: Path, entries: list[Entry]) -> tuple[list[Entry], list[str]]:
    """The first entry of every key; the others are problems, for YAML lets the last one win in silence."""
    first: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        if first.setdefault(entry.key, entry) is not entry:
            before = first[entry.key].line
            problems.append(f"{path}:{entry.line}: {entry.key} stands in line {before} already; delete one.")
    return list(first.values()), problems


def _word(node: yaml.ScalarNode) -> Word:
    return Word(node.value, node.tag.rpartition(":")[2], _line(node))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
