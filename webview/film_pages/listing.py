"""Filter, sort, and cut into pages: what the address of a list asks for. What makes no sense in it is left out."""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from assetfs.people import People
from assetfs.tree import Asset
from webview.film_pages import findings, names, rows
from webview.index import Film
from webview.page import Ask

NOBODY = "-"
ON_A_PAGE = 300
STRANGE = 50                # types, states, people that nobody knows; more are a mistake in many files
BY_NAME = "name"
KEYS = ("type", "state", "owner", "find", "faulty", "sort", "page")
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; empty: all."""

    type: str
    state: str
    owner: str
    find: str
    faulty: bool
    sort: str
    down: bool
    page: int


@dataclass(frozen=True)
class Part:
    """One page of a list."""

    page: int
    pages: int
    first: int                  # counted from 1; 0 of an empty list
    last: int
    total: int


def wanted(ask: Ask) -> Wanted:
    """Of the query."""
    sort = ask.get("sort")
    column = sort.removeprefix("-")
    return Wanted(ask.get("type"), ask.get("state"), ask.get("owner"), ask.get("find").strip(),
                  ask.get("faulty") == "1", column if column in SORTS else BY_NAME, sort.startswith("-"),
                  page_number(ask.get("page")))


def page_number(text: str) -> int:
    """1 for nonsense."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 1


def part(items: Sequence[_Item], page: int, most: int = ON_A_PAGE) -> tuple[Sequence[_Item], Part]:
    """The items of that page; of the last one if there are fewer."""
    pages = max(1, -(-len(items) // most))
    page = min(max(1, page), pages)
    start = (page - 1) * most
    shown = items[start:start + most]
    return shown, Part(page, pages, start + 1 if shown else 0, start + len(shown), len(items))


def chosen(film: Film, faults: findings.Findings, want: Wanted) -> list[Asset]:
    """The assets that are asked for, by name. One with a broken sidecar has neither type nor state nor owner."""
    word = want.find.casefold()
    if not (word or want.faulty or want.type or want.state or want.owner):
        return film.kept(by_name)
    return [asset for asset in film.kept(by_name)
            if _fits(asset, want) and (not want.faulty or asset.path in faults.of_asset)
            and (not word or word in rows.name(asset).casefold() or word in asset.path.casefold())]


def _fits(asset: Asset, want: Wanted) -> bool:
    said = asset.sidecar
    if said is None:
        return not (want.type or want.state or want.owner)
    owner = said.owner or NOBODY
    return (want.type in ("", said.type) and want.state in ("", said.state) and want.owner in ("", owner))


def by_name(film: Film) -> list[Asset]:
    return sorted(film.assets.values(), key=lambda asset: (names.natural(rows.name(asset)), asset.path))


def ordered(film: Film, people: People, assets: list[Asset], want: Wanted) -> list[Asset]:
    """By the wanted column, else by name as they come. What has no value comes last, up or down."""
    if want.sort == BY_NAME:
        return assets[::-1] if want.down else assets
    value = SORTS[want.sort](film, people)
    have = [(value(asset), asset) for asset in assets]
    there = [(found, asset) for found, asset in have if found is not None]
    there.sort(key=lambda pair: pair[0], reverse=want.down)
    return [asset for _, asset in there] + [asset for found, asset in have if found is None]


def strange(counted: Counter[str], known: Container[str]) -> list[str]:
    """What is counted and not known, by name; of very many the most frequent."""
    unknown = Counter({ident: count for ident, count in counted.items() if ident not in known})
    return sorted(ident for ident, _ in unknown.most_common(STRANGE))


def counts(film: Film) -> Mapping[str, Counter[str]]:
    """How many assets have which type, state, owner."""
    said = [asset.sidecar for asset in film.assets.values() if asset.sidecar]
    return {"type": Counter(s.type for s in said), "state": Counter(s.state for s in said),
            "owner": Counter(s.owner or NOBODY for s in said)}


def _by_type(film: Film, people: People) -> Callable[[Asset], Any]:
    place = {ident: at for at, ident in enumerate(film.project.types)}
    return lambda asset: (place.get(asset.sidecar.type, len(place)), asset.sidecar.type) if asset.sidecar else None


def _by_state(film: Film, people: People) -> Callable[[Asset], Any]:
    place = {ident: at for at, ident in enumerate(film.project.states)}
    return lambda asset: (place.get(asset.sidecar.state, len(place)), asset.sidecar.state) if asset.sidecar else None


def _by_owner(film: Film, people: People) -> Callable[[Asset], Any]:
    return lambda asset: _called(people, asset.sidecar.owner) if asset.sidecar and asset.sidecar.owner else None


def _called(people: People, ident: str) -> str:
    return (people.people[ident].name if ident in people.people else ident).casefold()


def _by_priority(film: Film, people: People) -> Callable[[Asset], Any]:
    return lambda asset: film.effective.of.get(asset.path) if asset.sidecar else None


def _by_rating(film: Film, people: People) -> Callable[[Asset], Any]:
    return lambda asset: asset.sidecar.rating if asset.sidecar else None


def _by_change(film: Film, people: People) -> Callable[[Asset], Any]:
    return lambda asset: asset.blend.mtime_ns if asset.blend else None


SORTS: Mapping[str, Callable[[Film, People], Callable[[Asset], Any]]] = {
    "type": _by_type, "state": _by_state, "owner": _by_owner, "priority": _by_priority,
    "rating": _by_rating, "changed": _by_change}
