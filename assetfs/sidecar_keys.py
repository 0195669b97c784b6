"""The keys of a sidecar: what each must be, and how that is said."""

import json
from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Any

from assetfs.names import shown

Value = Any
Reads = Callable[[Any], Value]          # ValueError without a text if it is something else

REQUIRED = ("name", "type", "state")


def _text(value: Any) -> Any:
    return _if(isinstance(value, str), value)


def _filled(value: Any) -> Any:
    return _if(isinstance(value, str) and bool(value.strip()), value)


def _whole(value: Any) -> Any:
    # Larger than this no page and no database counts.
    return _if(isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53, value)


def _switch(value: Any) -> Any:
    return _if(isinstance(value, bool), value)


def _rating(value: Any) -> Any:
    return _if(_whole(value) in range(6), value)


def _texts(value: Any) -> Any:
    return _if(isinstance(value, list) and all(isinstance(v, str) for v in value), value, tuple)


def _text_or_texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) else _texts(value)


def _object(value: Any) -> Any:
    return _if(isinstance(value, dict), value)


def _amounts(value: Any) -> dict[str, float]:
    _refuse_odd_amounts(_object(value).values())
    return dict(zip(value, map(float, value.values()), strict=True))


def _times(value: Any) -> dict[str, tuple[float, ...]]:
    lists = _object(value).values()
    _if(set(map(type, lists)) <= {list}, lists)
    _refuse_odd_amounts(list(chain.from_iterable(lists)))
    return {key: tuple(map(float, found)) for key, found in value.items()}


def _refuse_odd_amounts(amounts: Collection[Any]) -> None:
    """All at once: a film has a million of them."""
    _if(set(map(type, amounts)) <= {int, float}, amounts)
    _if(not amounts or (min(amounts) >= 0 and max(amounts) < 1e12), amounts)


def _if(fits: bool, value: Any, made: Callable[[Any], Any] = lambda same: same) -> Any:
    if not fits:
        raise ValueError
    return made(value)


# key -> (how it is read, what it must be, what stands for "not said")
KEYS: Mapping[str, tuple[Reads, str, Value]] = {
    "name": (_filled, 'a text, like "Tree"', None),
    "type": (_filled, 'the ident of a type, like "shot"', None),
    "state": (_filled, 'the ident of a state, like "todo"', None),
    "description": (_text, "a text", ""),
    "creator": (_text, "the ident of a person, or null", None),
    "owner": (_text, "the ident of a person, or null", None),
    "support": (_texts, 'a list of idents, like ["ana", "ben"]', ()),
    "priority": (_whole, "a whole number, like 50", None),
    "render": (_switch, "true or false", None),
    "final": (_switch, "true or false", None),
    "dependencies": (_texts, 'a list of paths in the project, like ["props/tree.blend"]', ()),
    "rating": (_rating, "a whole number from 0 to 5, or null", None),
    "pipeline": (_text_or_texts, 'a text, or a list of texts, like ["light", "comp"]', ()),
    "time_budget": (_amounts, 'minutes by state, like {"todo": 30}', {}),
    "render_time": (_times, 'lists of seconds by frame, like {"12": [3.5]}', {}),
    "submitted": (_object, "what the automatic rendering wrote; delete it if in doubt", {}),
}


def values(found: Mapping[str, Any]) -> tuple[dict[str, Value], list[str]]:
    """The known keys as read, and all problems at once. null is the same as not said."""
    read: dict[str, Value] = {}
    problems = []
    for key, (reads, wanted, unsaid) in KEYS.items():
        value = found.get(key)
        if value is None and key in REQUIRED:
            problems.append(f"{key} is missing; it must be {wanted}.")
        try:
            read[key] = unsaid if value is None else reads(value)
        except ValueError:
            problems.append(f"{key} must be {wanted}, not {_short(value)}.")
    return read, problems


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = shown(json.dumps(value[:40] if isinstance(value, str) else value, ensure_ascii=False))
    return text if len(text) <= 30 else f"{text[:30]}…"
