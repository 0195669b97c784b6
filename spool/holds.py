"""Why a host takes no chunks though it lives: a sentence and a cure for each code.

A daemon writes its holds into status.json: {"holds": [{"code": "schedule", "when": ..., "next": ...}]}. Commands and
pages make sentences of them here. A code is never renamed and never means something new."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from spool.reasons import plain


class Sort(NamedTuple):
    """One sort of hold. `stops`: what is rendered stands still meanwhile, and goes back to the queue if it lasts."""

    sentence: str
    cure: str
    stops: bool = True


SORTS: Mapping[str, Sort] = {
    "paused": Sort("{host} is paused by {who} since {since}.", "To go on: render host resume {host}"),
    "sick": Sort("{host} failed chunks of {jobs} one after the other, so it pauses itself. The last time: {text}",
                 "Look after that computer (render log JOB); when it is mended: render host resume {host}", stops=False),
    "finishing": Sort("{host} was asked by {who} to end when its chunks are done.",
                      "To render there again, start on it: renderd", stops=False),
    "schedule": Sort("{host} renders at set times only ({when}); next: {next}.",
                     "To change that: when: in /etc/renderd/renderd.yaml there, then: render host reload {host}"),
    "person": Sort("Somebody works at {host}; it renders when nobody did for {minutes} minutes.",
                   "To change that: idle_minutes: in /etc/renderd/renderd.yaml there, then: render host reload {host}"),
    "blender": Sort("Somebody's own Blender runs on {host} (process {pid} of {who}).",
                    "It goes on when that is closed. To change that: beside_blender: in /etc/renderd/renderd.yaml "
                    "there, then: render host reload {host}"),
    "memory": Sort("{host} is short of memory: {text}.",
                   "It goes on by itself when there is enough. Close there what nobody needs; limits: memory_pressure: "
                   "and memory_left: in /etc/renderd/renderd.yaml there"),
}
_UNKNOWN = {"who": "somebody", "since": "some time", "jobs": "several jobs", "text": "see its log", "when": "see its "
            "settings", "next": "not known", "minutes": "some", "pid": "not known"}


class Hold(NamedTuple):
    """One of a host, with what is known of it."""

    code: str
    facts: Mapping[str, Any]

    @property
    def stops(self) -> bool:
        return _sort(self.code).stops

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, **self.facts}


def of(status: Mapping[str, Any]) -> list[Hold]:
    """Those that a status.json tells of; what makes no sense in it is passed over."""
    found = status.get("holds")
    return [Hold(one["code"], {k: v for k, v in one.items() if k != "code"}) for one in _dicts(found)
            if isinstance(one.get("code"), str)]


def sentence_and_cure(host: str, hold: Hold) -> tuple[str, str]:
    """For people. Never fails: unknown codes and missing facts are said so."""
    sort = _sort(hold.code)
    words = _UNKNOWN | {name: _words(fact) for name, fact in hold.facts.items()} | {"host": plain(host)}
    return sort.sentence.format_map(words), sort.cure.format_map(words)


def explain(host: str, holds: Iterable[Hold]) -> list[dict[str, str]]:
    """As every --json has them."""
    said = [(one.code, *sentence_and_cure(host, one)) for one in holds]
    return [{"code": plain(code), "text": text, "cure": cure} for code, text, cure in said]


def _sort(code: str) -> Sort:
    return SORTS.get(code) or Sort(f"{{host}} takes nothing: {plain(code).replace('{', '(').replace('}', ')')}.", "")


def _words(fact: object) -> str:
    if isinstance(fact, list | tuple):
        return ", ".join(plain(one) for one in fact[:4]) + (f" and {len(fact) - 4} more" if len(fact) > 4 else "")
    return plain(fact)


def _dicts(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
