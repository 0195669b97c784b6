"""A line of `render doctor`: how fit the share is in one respect, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

OK, WARNING, WRONG, UNTESTED = "ok", "warning", "wrong", "untested"
STATES = (UNTESTED, OK, WARNING, WRONG)         # from harmless to bad


@dataclass(frozen=True)
class Finding:
    """What one check found. `code` is a key of TROUBLES, empty where nothing is wrong."""

    line: str
    state: str
    text: str
    cure: str = ""
    code: str = ""
    host: str = ""              # the other host that took part, or is meant

    def of(self, host: str) -> "Finding":
        return replace(self, host=host)

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def good(line: str, text: str) -> Finding:
    return Finding(line, OK, text)


def untested(line: str, text: str) -> Finding:
    return Finding(line, UNTESTED, text)


def from_json(found: Mapping[str, Any]) -> Finding:
    """What another host's daemon found; strange words become empty ones."""
    words = {name: str(found.get(name, ""))[:1000] for name in ("line", "text", "cure", "code", "host")}
    state = found.get("state")
    return Finding(state=state if state in STATES else UNTESTED, **words)


def worst(findings: Iterable[Finding]) -> str:
    """The state of all together: ok, warning or wrong."""
    return max((f.state for f in findings if f.state != UNTESTED), key=STATES.index, default=OK)
