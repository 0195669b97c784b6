"""KEY=VALUE, as people write it, and what it does to the mapping of a sidecar."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assetfs.taking import SWITCHES
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.errors import Usage
from render_cli.words import near, plain

_EDIT = re.compile(r"([a-z_]+)(?:\.([A-Za-z0-9][\w.-]*))?(\+=|-=|=)(.*)", re.DOTALL | re.ASCII)
_OTHERS = {"render_time": "render asset times", "submitted": "render asset render"}    # who writes these keys


@dataclass(frozen=True)
class Edit:
    """`part` is the state in time_budget.STATE; `sign` is =, += or -=."""

    said: str
    key: str
    part: str
    sign: str
    value: str


def looks_like_one(word: str) -> bool:
    return _EDIT.fullmatch(word) is not None


def read(word: str) -> Edit:
    """The edit that the word asks for; Usage if there is no such key, or it cannot be changed so."""
    match = _EDIT.fullmatch(word)
    assert match, word
    key, part, sign, value = match[1], match[2] or "", match[3], match[4]
    if key in _OTHERS:
        raise Usage(f"{key} is not for people to set.", f"It is written by: {_OTHERS[key]}")
    if key not in (*_ONE, *_LISTS, "time_budget"):
        like = near(key, [*_ONE, *_LISTS, "time_budget"])
        raise Usage(f"There is no key {key}.", f"Did you mean {like[0]}?" if like else
                    f"There are: {', '.join([*_ONE, *_LISTS])}, time_budget.STATE. Others: with a text editor.")
    if (key == "time_budget") != bool(part):
        raise Usage(f"{plain(word)} cannot be meant.", "Minutes are set for a state: time_budget.animated=240")
    if sign != "=" and key not in _LISTS:
        raise Usage(f"{key} is no list, so nothing is added to it or taken from it.", f"Write: {key}={plain(value)}")
    return Edit(word, key, part, sign, value)


def apply(film: Film, path: str, edits: list[Edit], mapping: dict[str, Any]) -> None:
    """The mapping of the sidecar of the asset at this path, after the edits. Usage if one is not possible there."""
    for edit in edits:
        if edit.key in _LISTS:
            mapping[edit.key] = _list(film, path, edit, mapping.get(edit.key))
        elif edit.key == "time_budget":
            mapping[edit.key] = _budget(film, edit, mapping.get(edit.key) or {})
        else:
            mapping[edit.key] = _ONE[edit.key](film, edit.value.strip())
    if any(edit.key in ("type", "state") for edit in edits):
        _check_state(film, path, mapping)


def _filled(film: Film, text: str) -> str:
    if not text:
        raise Usage("An asset needs a name.", 'Write: name="Old tree"')
    return text


def _text(film: Film, text: str) -> str:
    return text


def _type(film: Film, text: str) -> str:
    return _known("type", text, film.project.types)


def _state(film: Film, text: str) -> str:
    return _known("state", text, film.project.states)


def _known(what: str, text: str, known: Mapping[str, object]) -> str:
    if text not in known:
        like = near(text, known)
        raise Usage(f"There is no {what} {plain(text)!r} in project.yaml.",
                    f"Did you mean {like[0]}?" if like else f"There are: {', '.join(known) or 'none'}.")
    return text


def _person(film: Film, text: str) -> str | None:
    return films.person(film, text) if text else None


def _priority(film: Film, text: str) -> int:
    limits = film.project.priorities
    number = limits.number(text)
    if number is None:
        raise Usage(f"{plain(text)!r} is no priority.", f"Write a number from {limits.lowest} to {limits.highest}"
                    + (f", or one of {', '.join(limits.names)}." if limits.names else "."))
    return number


def _switch(film: Film, text: str) -> bool:
    if text.lower() not in SWITCHES:
        raise Usage(f"{plain(text)!r} is neither yes nor no.", "Write yes or no.")
    return SWITCHES[text.lower()]


def _rating(film: Film, text: str) -> int | None:
    if text not in ("", *"012345"):
        raise Usage(f"{plain(text)!r} is no rating.", "Write a number from 0 to 5, or nothing for none.")
    return int(text) if text else None


# What a text says as the value of a key that has one.
_ONE: Mapping[str, Callable[[Film, str], Any]] = {
    "name": _filled, "description": _text, "type": _type, "state": _state, "owner": _person, "creator": _person,
    "priority": _priority, "render": _switch, "final": _switch, "rating": _rating,
}
# What a text says as one of several.
_LISTS: Mapping[str, Callable[[Film, str], str]] = {
    "support": films.person, "dependencies": films.asset_path, "pipeline": _text}


def _list(film: Film, path: str, edit: Edit, before: Any) -> list[str]:
    """A single += or -= takes all of its value as one; = takes several, with commas between them."""
    had = [before] if isinstance(before, str) else list(before or ())
    read = _LISTS[edit.key]
    if edit.sign == "-=":
        gone = edit.value.strip() if edit.value.strip() in had else read(film, edit.value.strip())
        return [one for one in had if one != gone]
    said = [edit.value] if edit.sign == "+=" else edit.value.split(",")
    new = [read(film, one.strip()) for one in said if one.strip()]
    if edit.key == "dependencies" and path in new:
        raise Usage(f"{plain(path)} cannot depend on itself.", "Name what it uses.")
    return list(dict.fromkeys([*had, *new] if edit.sign == "+=" else new))


def _budget(film: Film, edit: Edit, before: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing behind the = takes the state out."""
    kept = {state: minutes for state, minutes in before.items() if state != edit.part}
    if not edit.value.strip():
        return kept
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", edit.value.strip(), re.ASCII):
        raise Usage(f"{plain(edit.value)!r} are no minutes.", f"Write: {edit.key}.{edit.part}=240")
    minutes = float(edit.value)
    return dict(before) | {_state(film, edit.part): int(minutes) if minutes.is_integer() else minutes}


def _check_state(film: Film, path: str, mapping: Mapping[str, Any]) -> None:
    kind, state = film.project.types.get(mapping["type"]), mapping["state"]
    if kind and state not in kind.states:
        raise Usage(f"{plain(path)} is a {kind.ident}, and that is never {plain(state)}.",
                    f"Its states: {', '.join(kind.states)}.")
