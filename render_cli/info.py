"""`render info`: what a .blend says about itself, for people and as JSON."""

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import click

from assetfs.blend import BlendFile, Scene, read_scenes
from assetfs.errors import AssetError
from render_cli import place
from spool import paths

_HEADS = ("  SCENE", "FRAMES", "STEP", "FPS", "SIZE", "ENGINE", "FORMAT", "CAMERA")
_MAY_SHRINK = (0, 7, 5, 6)  # scene, camera, engine, format
_LEAST = 9
_GAP = "  "
_SHOWN = 20  # markers, pictures ... of one file
_NAMES = 3  # scenes in one line


@click.command("info")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print a list with one object per file.")
def info(files: Sequence[str], as_json: bool) -> None:
    """Show version, scenes and render settings of .blend files.

    Reads the files without Blender and writes nothing. A star marks the scene that Blender shows,
    and renders unless told another one. Long names are shortened to the width of the terminal; a
    pipe and --json get them whole.

    \b
    Examples:
      render info shot010.blend
      render info --json *.blend | jq '.[].scenes[].name'

    \b
    Exit status:
      0  all files were read
      1  a file is broken, or is no .blend; the others were read
    """
    if as_json:
        found = [_look(name) for name in files]
        click.echo(json.dumps([_as_object(name, one) for name, one in zip(files, found, strict=True)], indent=1))
    else:
        found = list(_printed(map(_look, files)))
    if any(isinstance(one, AssetError) for one in found):
        sys.exit(AssetError.exit_code)


def printable(text: str) -> str:
    """The text on one line of a terminal: control characters, lone bytes and the like as escapes."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    if 0xDC80 <= ord(char) <= 0xDCFF:  # a byte that is no UTF-8
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


def _look(name: str) -> BlendFile | AssetError:
    try:
        return read_scenes(name)
    except AssetError as wrong:
        return wrong


def _as_object(name: str, found: BlendFile | AssetError) -> dict[str, Any]:
    if isinstance(found, AssetError):
        return {"file": name, "error": found.message, "hint": found.hint}
    return {
        "file": name,
        "named": _named(found.path),
        "blender": found.version_text,
        "compression": found.compression,
        "complete": True,  # or reading it had failed
        "current": found.current,
        "rend": [scene._asdict() for scene in found.rend],
        "scenes": [
            scene._asdict() | {"markers": [marker._asdict() for marker in scene.markers],
                               "frame_rate": round(scene.frame_rate, 3), "size": scene.size}
            for scene in found.scenes
        ],
        "images": found.images,
        "libraries": found.libraries,
        "missing": found.missing,
    }


def _printed(found: Iterable[BlendFile | AssetError]) -> Iterator[BlendFile | AssetError]:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    between = ""
    for one in found:
        if isinstance(one, AssetError):
            _print_error(one)
        else:
            click.echo(between + "\n".join(report(one, width)))
            between = "\n"
        yield one


def _print_error(wrong: AssetError) -> None:
    click.echo(f"render: {printable(wrong.message)}", err=True)
    if wrong.hint:
        click.echo(printable(wrong.hint), err=True)


def report(found: BlendFile, width: int | None = None) -> Iterator[str]:
    """The lines about one file; the table has at most `width` columns where that is possible."""
    packing = "not compressed" if found.compression == "none" else found.compression
    yield f"{printable(found.path)}: Blender {found.version_text}, {packing}, complete"
    if sent := _named(found.path):
        yield f"  on every computer: {printable(sent)}"
    yield ""
    yield from _table([_HEADS, *(_row(found, scene) for scene in found.scenes)], width)
    yield ""
    yield from _listed("output", _grouped(found.scenes, lambda scene: [scene.output]))
    yield from _listed("REND", [f"{scene}, {_frames(start, end)}" for scene, start, end in found.rend] or ["none"])
    yield from _listed("notes", _grouped(found.scenes, _notes))
    yield from _listed("markers", _grouped(found.scenes, _markers))
    yield from _listed("images", [_with_state(found, path) for path in found.images])
    yield from _listed("libraries", [_with_state(found, path) for path in found.libraries])


def _named(path: str) -> str:
    """As jobs name the file for all computers; "" if it lies under no named path."""
    path = os.path.realpath(path)
    sent = paths.named(path, {name: os.path.realpath(folder) for name, folder in place.known_paths().items()})
    return "" if sent == path else sent


def _row(found: BlendFile, scene: Scene) -> tuple[str, ...]:
    return (
        ("* " if scene.name == found.current else "  ") + printable(scene.name),
        _frames(scene.start, scene.end),
        str(scene.step),
        f"{scene.frame_rate:.4g}",
        "{}x{}".format(*scene.size) if scene.size else "cropped",
        printable(scene.engine) or f"number {scene.engine_number}",
        scene.format or "unknown",
        "-" if scene.camera is None else printable(scene.camera),
    )


def _frames(start: int, end: int) -> str:
    return f"{start}-{end}" if start >= 0 <= end else f"{start}..{end}"


def _grouped(scenes: Sequence[Scene], say: Callable[[Scene], Iterable[str]]) -> list[str]:
    """What there is to say, each once, with the names of the scenes unless all share it."""
    about: dict[str, list[str]] = {}
    for scene in scenes:
        for line in say(scene):
            about.setdefault(line, []).append(scene.name)
    return [line if len(names) == len(scenes) else f"{line} ({_names(names)})" for line, names in about.items()]


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _notes(scene: Scene) -> Iterator[str]:
    if scene.camera is None and not any(marker.camera for marker in scene.markers):
        yield "no camera, so Blender renders nothing but a sequence"
    if scene.start > scene.end:
        yield "starts behind its end, so Blender renders nothing"
    if not scene.overwrite:
        yield "Overwrite is off, so Blender skips frames whose picture exists"
    if scene.border:
        yield "renders only its render region" + (", cropped to it" if scene.crop else "")


def _markers(scene: Scene) -> Iterator[str]:
    for marker in scene.markers:
        switch = f", camera {marker.camera}" if marker.camera else ""
        yield f"{marker.frame} {marker.name}{switch}"


def _with_state(found: BlendFile, path: str) -> str:
    return f"{path} (missing)" if path in found.missing else path


def _listed(label: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:_SHOWN]:
        yield f"  {label:<9}  {printable(line)}"
        label = ""
    if len(lines) > _SHOWN:
        yield f"  {label:<9}  and {len(lines) - _SHOWN} more (--json has all)"


def _table(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    columns = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    if width:
        _shrink(columns, sum(columns) + len(_GAP) * (len(columns) - 1) - width)
    for row in rows:
        yield _GAP.join(_fit(cell, room) for cell, room in zip(row, columns, strict=True)).rstrip()


def _shrink(columns: list[int], excess: int) -> None:
    for _ in range(excess):
        widest = max(_MAY_SHRINK, key=columns.__getitem__)
        columns[widest] = max(_LEAST, columns[widest] - 1)


def _fit(cell: str, room: int) -> str:
    """The cell in exactly so many columns."""
    if _width(cell) > room:
        while _width(cell) > room - 1:
            cell = cell[:-1]
        cell += "…"
    return cell + " " * (room - _width(cell))


def _width(text: str) -> int:
    """Columns in a terminal: two for CJK, none for combining marks."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
