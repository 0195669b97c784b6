"""Settings from all their sources: each value with its origin, or what is wrong there.

    default < /etc/renderd/*.yaml < ~/.config/renderd/*.yaml < environment RENDERD_NAME < flag --name

A later source replaces a value, also a list, as a whole. An empty environment variable counts as not set.
"""

import difflib
import os
import pwd
import socket
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from assetfs import yaml_lines
from renderd import kinds
from renderd.errors import SettingsError
from renderd.kinds import Kind
from renderd.settings import TABLE, Settings, default_of
from spool.host_names import host_name

ETC = Path("/etc/renderd")
PREFIX = "RENDERD_"

# What a source gives: (name, value, origin), or the problem as a sentence.
Given = tuple[str, Any, str] | str
Table = Mapping[str, Kind]


def load(
    environ: Mapping[str, str],
    flags: Mapping[str, object] | None = None,
    *,
    etc_dir: Path = ETC,
    home: Path | None = None,
    host: str | None = None,
) -> Settings:
    """The settings from all sources; `flags` holds values by setting name, None means not given.

    `host` is the name the computer gives itself. Raises SettingsError with all that is wrong at once.
    """
    home = home or _home(environ)
    values = _defaults(home, host or socket.gethostname())
    origins = dict.fromkeys(TABLE, "default")
    problems = []
    for given in _given(environ, flags or {}, etc_dir, home):
        if isinstance(given, str):
            problems.append(given)
        else:
            name, values[name], origins[name] = given
    if problems:
        raise SettingsError(problems)
    return Settings(**values, origins=origins)


def _defaults(home: Path, host: str) -> dict[str, Any]:
    values: dict[str, Any] = {name: default_of(f) for name, f in TABLE.items()}
    values["host"] = host_name(host)
    values["blender"] = tuple(kinds.at_home(path, home) for path in values["blender"])
    return values


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir)


def _given(
    environ: Mapping[str, str], flags: Mapping[str, object], etc_dir: Path, home: Path
) -> Iterator[Given]:
    """What all sources say, the weakest first."""
    table = {name: f.metadata["kind"] for name, f in TABLE.items()}
    user_dir = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "renderd"
    yield from from_files(etc_dir, table, home)
    yield from from_files(user_dir, table, home)
    yield from from_environment(environ, table, home)
    yield from from_flags(flags, table, home)


def from_files(folder: Path, table: Table, home: Path) -> Iterator[Given]:
    """What the settings files of a folder say, in the order of their names; a missing folder says nothing."""
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
        writable = os.stat(folder).st_mode & stat.S_IWOTH
    except FileNotFoundError:
        return
    except OSError as error:
        yield f"{folder}: cannot be read ({error.strerror}); make it readable for the daemon's user."
        return
    if writable:
        yield f"{folder}: everyone may write this folder, so it is not trusted; chmod o-w it."
        return
    for name in names:
        if name.endswith(".yml"):
            yield f"{folder / name}:1: only files that end in .yaml are read; rename it."
        elif name.endswith(".yaml"):
            yield from _from_file(folder / name, table, home)


def _from_file(path: Path, table: Table, home: Path) -> Iterator[Given]:
    lines, problems = yaml_lines.read(path)
    yield from problems
    for entry in lines.entries:
        where = f"{path}:{entry.line}"
        if entry.key not in table:
            yield f"{where}: there is no setting {entry.key}; {_nearest(entry.key, table)}"
            continue
        try:
            yield entry.key, _from_yaml(entry, table[entry.key], home), where
        except ValueError as error:
            yield f"{where}: {error}"


def _from_yaml(entry: yaml_lines.Entry, kind: Kind, home: Path) -> Any:
    """The value of an entry; ValueError says what is wrong and what to do."""
    if kind.named:
        return _from_names(entry, kind, home)
    if kind.many:
        items = entry.value.values if isinstance(entry.value, yaml_lines.Items) else ()
        words = [item for item in items if isinstance(item, yaml_lines.Word)]
        if not isinstance(entry.value, yaml_lines.Items) or len(words) < len(items):
            raise ValueError(f"{entry.key} must be {kind.words}; write {entry.key}: [one, two].")
        return tuple(_from_word(entry.key, word, kind, home) for word in words)
    if not isinstance(entry.value, yaml_lines.Word):
        raise ValueError(f"{entry.key} must be {kind.words}; write one value, not a list.")
    return _from_word(entry.key, entry.value, kind, home)


def _from_names(entry: yaml_lines.Entry, kind: Kind, home: Path) -> Any:
    if not isinstance(entry.value, yaml_lines.Block):
        raise ValueError(f"{entry.key} must be {kind.words}; write {entry.key}: {{name: value}}.")
    found = []
    for line in entry.value.entries:
        if not isinstance(line.value, yaml_lines.Word):
            raise ValueError(f"{entry.key} must be {kind.words}; {line.key} in line {line.line} has no single value.")
        found.append(_parse(entry.key, f"{line.key}={line.value.text}", kind, home))
    return dict(found)


def _from_word(name: str, word: yaml_lines.Word, kind: Kind, home: Path) -> Any:
    if word.reads_as == "null":
        raise ValueError(f"{name} has no value; write one, or delete the line.")
    if word.reads_as in kind.yaml:
        return _parse(name, word.text, kind, home)
    if word.reads_as == "str":
        _parse(name, word.text, kind, home)
        raise ValueError(f"{name} must be {kind.words}; leave out the quotes.")
    if tuple(kind.yaml) == ("str",):
        raise ValueError(
            f"{name}: YAML takes {word.text} for {_as_yaml_reads(word)}, not for a text; "
            f"write it in quotes: {_quoted(word.text)}."
        )
    raise ValueError(f"{name} must be {kind.words}; YAML takes {word.text} for {_as_yaml_reads(word)}.")


def _as_yaml_reads(word: yaml_lines.Word) -> str:
    if word.reads_as not in ("bool", "int", "float"):
        return f"a {word.reads_as}"
    value = yaml.safe_load(word.text)
    return f"the switch {str(value).lower()}" if isinstance(value, bool) else f"the number {value}"


def _parse(name: str, text: str, kind: Kind, home: Path) -> Any:
    try:
        return kind.parse(text, home)
    except ValueError:
        raise ValueError(f"{name} must be {kind.words}, not {_quoted(text)}.") from None


def from_environment(environ: Mapping[str, str], table: Table, home: Path) -> Iterator[Given]:
    """What RENDERD_NAME=value says; lists are parted by commas."""
    for variable, text in sorted(environ.items()):
        name = variable.removeprefix(PREFIX).lower()
        if not variable.startswith(PREFIX) or not text:
            continue
        if name in table:
            yield _from_text(name, text, f"environment {variable}", table[name], home)
        elif difflib.get_close_matches(name, table, cutoff=0.8):
            # Without a near match it is taken for somebody else's variable.
            yield f"environment {variable}: there is no setting {name}; {_nearest(name, table)}"


def from_flags(flags: Mapping[str, object], table: Table, home: Path) -> Iterator[Given]:
    """What flags say; None and the empty tuple of a repeatable flag mean that it was not given."""
    for name, value in flags.items():
        if value is not None and value != ():
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            yield _from_text(name, text, f"flag --{name.replace('_', '-')}", table[name], home)


def _from_text(name: str, text: str, origin: str, kind: Kind, home: Path) -> Given:
    if kind.path and text[:1] != "~":
        text = os.path.abspath(text)  # typed in a shell, it counts from where the shell is
    try:
        if kind.named:
            return name, dict(_parse(name, part.strip(), kind, home) for part in text.split(",")), origin
        if kind.many:
            return name, tuple(_parse(name, part.strip(), kind, home) for part in text.split(",")), origin
        return name, _parse(name, text, kind, home), origin
    except ValueError as error:
        return f"{origin}: {error}"


def _nearest(name: str, table: Table) -> str:
    near = difflib.get_close_matches(name, table, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(table)}."


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
