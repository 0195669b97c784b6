"""A film of as many files as one likes, most of them wrong in some way, and the pages that must show it all.

    python -m tests.webview.wild_tree [--files 100000] [--seed 1]

Sidecars that are broken, of wrong types, folders or pipes; links in circles and out of the film; names in every script
and in none; .blend files without a sidecar and sidecars without a .blend. Every page is asked for, all pages of the
lists, and a sample of the assets: each must be whole, and each fault that was planted must stand at its place."""

import argparse
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.webview.browsing import Browser
from tests.webview.film_folder import FilmFolder
from tests.webview.html_page import asset_address, facts, page
from webview.app import Web
from webview.film_pages import PAGES, names
from webview.site import Site

EVERY = [one.rule.replace("<project>", "film") for one in PAGES if "<rest" not in one.rule]
SAMPLE = 300                # assets whose own page is asked for
FOLDERS = ("shots", "props", "shots/001", "характеры", "小道具", "صور", "a b/c d", "<b>&amp;", "props/\u202edeep/er")
WORDS = ("onion", "žula", "тесто", "木", "الشجرة", "עץ", "🧅", "e\u0301", "<script>", "\"quoted\"", "a\nb", "% end",
         "x..", "{{7*7}}", "x" * 120, "tab\there", "\u202egnp", "\udcff\udcfe")        # the last is no text
WRONG: dict[str, Callable[[random.Random], bytes]] = {
    "empty": lambda dice: b"",
    "cut": lambda dice: json.dumps(_right(dice)).encode()[:-dice.randrange(1, 20)],
    "a list": lambda dice: b"[1, 2, 3]",
    "binary": lambda dice: dice.randbytes(200),
    "no UTF-8": lambda dice: b'{"name": "\xff\xfe", "type": "shot", "state": "todo"}',
    "deep": lambda dice: b"[" * 5000,
    "a wrong type": lambda dice: _as_json(_right(dice) | {dice.choice(["name", "type", "support"]): {"a": 1}}),
    "too long": lambda dice: b'{"name": "' + b"x" * 3_000_000 + b'"}',
}
RARE = {"too long": 0.02}


def _right(dice: random.Random) -> dict[str, Any]:
    return {"name": dice.choice(WORDS), "type": dice.choice(["shot", "prop"]), "state": dice.choice(["todo", "done"]),
            "owner": dice.choice(["ana", "ben", None]), "rating": dice.randrange(6),
            "render_time": {str(frame): [frame / 10] for frame in range(dice.randrange(5))}}


def _as_json(said: object) -> bytes:
    return json.dumps(said).encode()


def make(folder: FilmFolder, files: int, dice: random.Random) -> dict[str, set[str]]:
    """What is wrong, by kind: paths in the film that the pages must name."""
    planted: dict[str, set[str]] = {}
    for number in range(files):
        stem = f"{dice.choice(FOLDERS)}/{dice.choice(WORDS)} {number}"
        put, = dice.choices(list(PUT), PUT.values())
        what = put(folder, stem, dice)
        if what:
            planted.setdefault(what, set()).add(f"{stem}.blend")
    return planted


def _put_right(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    folder.write(f"{stem}.blend.json", _as_json(_right(dice)))
    folder.write(f"{stem}.blend", b"BLENDER")
    return ""


def _put_sidecar_alone(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    folder.write(f"{stem}.blend.json", _as_json(_right(dice) | {"type": "shot"}))       # it has a template
    return "no blend"


def _put_blend_alone(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    folder.write(f"{stem}.blend", b"BLENDER")
    return "no sidecar"


def _put_wrong(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    kind, = dice.choices(list(WRONG), [RARE.get(kind, 1) for kind in WRONG])
    folder.write(f"{stem}.blend", b"BLENDER")
    folder.write(f"{stem}.blend.json", WRONG[kind](dice))
    return kind


def _put_pipe(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    os.mkfifo(folder.write(f"{stem}.blend", b"BLENDER").with_name(f"{os.path.basename(stem)}.blend.json"))
    return "a pipe"


def _put_folder(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    folder.write(f"{stem}.blend", b"BLENDER").with_name(f"{os.path.basename(stem)}.blend.json").mkdir()
    return "a folder"


def _put_link(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    blend = folder.write(f"{stem}.blend", b"BLENDER")
    sidecar = blend.with_name(f"{blend.name}.json")
    sidecar.symlink_to(dice.choice(["/etc/passwd", blend.name, "..", sidecar.name]))
    return "a link"


def _put_picture(folder: FilmFolder, stem: str, dice: random.Random) -> str:
    folder.write(f"{stem}.png", b"\x89PNG")
    return ""


# Each with how often it comes.
PUT = {_put_right: 40, _put_sidecar_alone: 5, _put_blend_alone: 8, _put_wrong: 30, _put_pipe: 2, _put_folder: 2,
       _put_link: 5, _put_picture: 5}


def look(folder: FilmFolder, planted: dict[str, set[str]], dice: random.Random) -> list[str]:
    """What is not as it must be."""
    site = Site(folder.projects)
    try:
        browser = Browser(Web(site))
        for address in EVERY:
            page(browser, f"{address}?as=ana")
        rows, faults = _whole_table(browser)
        for path in dice.sample(sorted(rows), min(SAMPLE, len(rows))):
            page(browser, asset_address(path))
        told = {path for path, row in rows.items() if row["problems"]} | faults
        told |= {path.removesuffix(".json") for path in faults}
        return [f"{kind}: {len(hidden)} of {len(paths)} are not told, for example {sorted(hidden)[0]!r}"
                for kind, paths in planted.items()
                if (hidden := {names.shown(path) for path in paths} - {names.shown(path) for path in told})]
    finally:
        site.index.close()


def _whole_table(browser: Browser) -> tuple[dict[str, Any], set[str]]:
    """All rows by their paths, and the paths of all faults elsewhere; each page of both is asked for."""
    rows, faults = {}, set()
    first = facts(browser, "/api/film/assets.json")
    for number in range(1, first["part"]["pages"] + 1):
        page(browser, f"/film/assets?page={number}")
        rows |= {row["path"]: row for row in facts(browser, f"/api/film/assets.json?page={number}")["rows"]}
    for number in range(1, first["faults_part"]["pages"] + 1):
        page(browser, f"/film/assets?faults={number}")
        found = facts(browser, f"/api/film/assets.json?faults={number}")["faults"]
        faults |= {fault["path"] for fault in found}
    return rows, faults


def run(files: int, seed: int, say: Callable[[str], object] = print) -> list[str]:
    """What was not as it must be; says how long it took."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as top:
        folder = FilmFolder(Path(top) / "projects")
        planted = make(folder, files, dice)
        began = time.monotonic()
        wrong = look(folder, planted, dice)
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        say(f"{files} entries, seed {seed}, looked at in {time.monotonic() - began:.1f} s, {megabytes} MB: "
            + ", ".join(f"{len(paths)} {kind}" for kind, paths in sorted(planted.items())))
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = run(asked.files, asked.seed)
    print("\n".join(found) or "Every page is whole, and every fault stands at its place.")
    sys.exit(1 if found else 0)
