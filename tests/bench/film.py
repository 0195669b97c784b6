"""A film of 255 assets to measure the page with, as large as one that a school made; or of 4 or 40 times as many.

    python -m tests.bench.film DIR [--times 1|4|40] [--only-make]

DIR becomes a folder of projects: people.yaml with twelve people and their pictures, and the project `film`, made from
the configuration `cycles`. The same DIR and times give the same film, to the byte. The .blend files of a type are one
file under many names (hard links), so that 10,200 of them need no room; nothing in them is what the sidecars say.
"""

import argparse
import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetfs import project, shipped
from assetfs.configuration import AssetType
from assetfs.errors import AssetError
from assetfs.names import TEMPLATES
from tests.bench import film_pages
from tests.bench.film_faces import face, png, side_by_side

ASSETS = {"prop": 99, "mat": 50, "shot": 40, "comp": 40, "ani": 12, "char": 6, "set": 6, "video": 2}
FRAMES = 100
DAY = 86_400
LAST_CHANGE = 1_795_000_000         # in November 2026: the film's own time, so that it is always the same

PEOPLE = {"ana": "Ana", "bela": "Béla", "chidi": "Chidi", "dana": "Dana", "emre": "Emre", "fatou": "Fatou",
          "greta": "Greta", "hiro": "浩", "ines": "Inês", "jonas": "Jonas", "katya": "Катя", "lev": "Lev"}
GERMAN = ("greta", "jonas")

LOOKS = ("old", "wet", "tiny", "giant", "rusty", "golden", "broken", "soft", "striped", "hollow", "sleepy", "burnt",
         "paper", "frozen", "dusty", "upside-down")
THINGS = {
    "prop": ("kettle", "ladder", "lantern", "bucket", "umbrella", "clock", "spoon", "suitcase", "violin", "mailbox",
             "rope", "anchor", "teapot", "crate", "broom", "globe", "candle", "mirror", "chair", "piano", "öllampe",
             "kite", "drum", "key", "bottle", "barrel", "hat", "boot", "map", "book", "jar", "wheel"),
    "mat": ("wood", "stone", "brick", "cloth", "copper", "glass", "mud", "moss", "skin", "paper", "rust", "leather",
            "sand", "water", "ice", "žula"),
    "ani": ("walk", "run", "jump", "sit", "wave", "fall", "climb", "sneeze", "dance", "whisper", "carry", "stumble"),
    "char": ("onion", "baker", "captain", "grandmother", "robot", "fox", "postman", "twin"),
    "set": ("harbour", "küche", "attic", "forest", "market", "station", "bridge", "roof"),
    "video": ("film", "trailer"),
}
DEEDS = ("wakes up", "finds the key", "falls asleep", "runs away", "comes home", "sees the sea", "tells a lie",
         "is lost", "laughs", "waits for the boat")
REMARKS = ("", "", "", "Seen from afar only.", "Please keep it below 20,000 faces.",
           "The light comes from the left, as in the drawing that hangs beside the door.",
           "Ask before you change the scale: three shots use it already, and one of them is rendered.")
# How often each state comes up, while a film is half made.
STATES = {"todo": 5, "started": 3, "blocked": 3, "animated": 3, "usable": 6, "render": 2, "rendered": 3, "fix": 1,
          "hold": 1, "done": 6}
ROLES = (("Director", "ana"), ("Writer", "lev"), ("Camera", "hiro"), ("Animation", "fatou"), ("Light", "chidi"))
EXTERNAL = (("Oak texture", "https://example.org/oak", "A. Maker", "CC0-1.0"),
            ("Sea sounds", "https://example.org/sea", "B. Listener", "CC-BY-4.0"),
            ("Typeface of the titles", "", "", ""))


@dataclass(frozen=True)
class Planned:
    """An asset before it is written; `stem` is its file's name without the endings."""

    kind: AssetType
    stem: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.kind.directory}/{self.stem}.blend"


@dataclass(frozen=True)
class Film:
    folder: Path
    assets: dict[str, int]
    sidecar_bytes: int
    seconds: float


def make(folder: Path, times: int = 1) -> Film:
    """The folder of projects with the film in it."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    film = folder / "film"
    shipped.make(shipped.plan(film, "cycles", "The Onion at Sea"))
    _write_people(folder)
    _write_settings(film)
    dice = random.Random(times)
    planned = plan(project.read(film).types, times)
    size = 0
    for asset in (asset for group in planned.values() for asset in group):
        mapping = sidecar(dice, asset, planned)
        size += _write(film, asset, mapping, LAST_CHANGE - dice.randrange(60 * DAY))
    return Film(film, {kind: len(group) for kind, group in planned.items()}, size, time.monotonic() - began)


def plan(types: Any, times: int) -> dict[str, list[Planned]]:
    """All assets, by the ident of their type."""
    return {ident: list(_of_type(types[ident], count * times)) for ident, count in ASSETS.items()}


def _of_type(kind: AssetType, count: int) -> Iterator[Planned]:
    if kind.ident in ("shot", "comp"):
        heroes = THINGS["char"]
        for i in range(count):
            scene, shot = divmod(i, 12)
            stem = f"s{scene + 1:03}_{10 * (shot + 1):03}"
            yield Planned(kind, stem, f"{scene + 1}.{shot + 1} The {heroes[i % len(heroes)]} {DEEDS[i % len(DEEDS)]}")
        return
    things = THINGS[kind.ident]
    for i in range(count):
        thing, rest = things[i % len(things)], i // len(things)
        number, look = divmod(rest, len(LOOKS) + 1)
        words = [LOOKS[look - 1]] * (look > 0) + [thing] + [str(number + 1)] * (number > 0)
        yield Planned(kind, "_".join(words), " ".join(words).capitalize())


def sidecar(dice: random.Random, asset: Planned, planned: dict[str, list[Planned]]) -> dict[str, Any]:
    """What the JSON beside the .blend says."""
    kind, people = asset.kind, list(PEOPLE)
    state = dice.choices(kind.states, [STATES[state] for state in kind.states])[0]
    owner = None if dice.random() < 0.2 else dice.choice(people)
    found: dict[str, Any] = {
        "name": asset.name, "description": dice.choice(REMARKS), "type": kind.ident, "creator": dice.choice(people),
        "owner": owner, "support": sorted({*dice.sample(people, dice.randrange(3))} - {owner}), "state": state,
        "priority": kind.priority + dice.choice((0, 0, 0, -10, 10)), "render": kind.render, "final": kind.final,
        "dependencies": _uses(dice, asset, planned), "rating": dice.randint(2, 5) if state == "done" else None,
        "time_budget": dict(kind.time_budget),
    }
    if kind.render:
        found["render_time"] = dict(_render_times(dice))
    return found


def _uses(dice: random.Random, asset: Planned, planned: dict[str, list[Planned]]) -> list[str]:
    """As in a film: cuts use composites, these their shot, shots what is seen, and all that is seen its materials."""
    def some(kind: str, least: int, most: int) -> list[str]:
        group = planned[kind]
        return [group[i].path for i in sorted(dice.sample(range(len(group)), dice.randint(least, most)))]

    match asset.kind.ident:
        case "shot":
            return some("set", 1, 1) + some("char", 1, 3) + some("prop", 2, 8) + some("ani", 0, 3)
        case "comp":
            return [f"{planned['shot'][0].kind.directory}/{asset.stem}.blend"]
        case "set":
            return some("prop", 6, 14) + some("mat", 2, 5)
        case "char":
            return some("mat", 2, 4)
        case "prop":
            return some("mat", 1, 2)
        case "ani":
            return some("char", 1, 1)
        case "video":
            part = planned["comp"] if asset.stem == "film" else planned["comp"][:40]
            return [comp.path for comp in part]
    return []


def _render_times(dice: random.Random) -> Iterator[tuple[str, list[float]]]:
    """Seconds of every frame; some were rendered twice."""
    usual, slow = dice.uniform(4, 90), dice.sample(range(1, FRAMES + 1), 3)
    for frame in range(1, FRAMES + 1):
        runs = 2 if dice.random() < 0.15 else 1
        factor = 3 if frame in slow else 1
        yield str(frame), [round(usual * factor * dice.uniform(0.85, 1.2), 2) for _ in range(runs)]


def _write(film: Path, asset: Planned, mapping: dict[str, Any], changed: int) -> int:
    blend, lines = film / asset.path, (f"  {_json(key)}: {_json(value)}" for key, value in mapping.items())
    data = ("{\n" + ",\n".join(lines) + "\n}\n").encode()       # as assetfs writes it: a line for a key
    template = film / TEMPLATES / asset.kind.template
    try:
        os.link(template, blend)
    except OSError:                     # this filesystem has no second names, or no more of them for one file
        shutil.copy2(template, blend)
    beside = blend.with_name(f"{blend.name}.json")
    beside.write_bytes(data)
    os.utime(beside, (changed, changed))
    return len(data)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_people(folder: Path) -> None:
    lines = []
    (folder / "people").mkdir(exist_ok=True)
    for number, (ident, name) in enumerate(PEOPLE.items()):
        (folder / "people" / f"{ident}.png").write_bytes(png(face(number, 96)))
        language = "de" if ident in GERMAN else "en"
        lines.append(f"{ident}: {{name: {name}, photo: people/{ident}.png, language: {language}, projects: [film]}}\n")
    (folder / "people.yaml").write_text("".join(lines), "utf-8")


def _write_settings(film: Path) -> None:
    (film / "team.png").write_bytes(png(side_by_side([face(number, 64) for number in range(6)])))
    path = film / project.FILE
    text = path.read_text("utf-8") + "\nphoto: team.png\nroles:\n"
    text += "".join(f"  - {{role: {role}, person: {person}}}\n" for role, person in ROLES)
    text += "  - {role: Voice of the onion, name: A. Guest}\nexternal:\n"
    text += "".join("  - " + json.dumps({"what": what, "origin": origin, "author": author, "licence": licence}) + "\n"
                    for what, origin, author, licence in EXTERNAL)
    path.write_text(text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.film", description=__doc__.splitlines()[0])
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--times", type=int, default=1, choices=(1, 4, 40))
    parser.add_argument("--only-make", action="store_true", help="do not measure the pages")
    given = parser.parse_args()
    with suppress(BrokenPipeError):
        try:
            made = make(given.folder, given.times)
        except AssetError as error:
            raise SystemExit(f"{error.message} {error.hint or ''}") from None
        kinds = ", ".join(f"{kind} {count}" for kind, count in made.assets.items())
        print(f"{made.folder}: {sum(made.assets.values()):,} assets ({kinds}) in {made.seconds:.1f} s; sidecars of "
              f"{made.sidecar_bytes / 1e6:.1f} MB, {len(PEOPLE)} people", flush=True)
        if missing := film_pages.why_not():
            print(missing)
        elif not given.only_make:
            film_pages.measure(given.folder, sum(made.assets.values()))


if __name__ == "__main__":
    main()
