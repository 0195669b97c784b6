"""What `render why` prints: for programs, and for people in lines that fit the terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from render_cli import ink, table
from render_cli.words import count, duration, plain, short
from spool.obstacles import Found
from spool.why import farm, host
from spool.why import job as of_job
from spool.why.answers import Answer

OLD = 60.0          # seconds after which it is told how old a daemon's own words are
WIDEST = 120
MOST_HOSTS = 40     # that are shown one by one


def told(what: Found) -> dict[str, Any]:
    return {"code": what.code, "text": what.text, "cure": what.cure}


# -- for programs

def job_told(found: of_job.Why) -> dict[str, Any]:
    return {"job": found.job, "state": found.state, "reasons": [told(one) for one in found.reasons],
            "hosts": [_host_told(one.host, one.state, one.alive, one.what, one.now, one.age_s) | {"may": one.may}
                      for one in found.hosts]}


def host_told(found: host.Why) -> dict[str, Any]:
    return {"host": found.host, "state": found.state, "reasons": [told(one) for one in found.reasons],
            "jobs": [{"job": one.job, "priority": one.priority, "may": one.may} | told(one.what)
                     for one in found.jobs], "now": found.now, "age_s": found.age_s, "more": found.more}


def farm_told(found: farm.Why) -> dict[str, Any]:
    return {"reasons": [told(one) for one in found.reasons],
            "jobs": [{"job": one.job, "priority": one.priority, "waiting": one.waiting, "running": one.running}
                     | told(one.what) for one in found.jobs],
            "hosts": [_host_told(one.host, one.state, one.alive, one.what, one.now, one.age_s) for one in found.hosts],
            "held": found.held, "more": found.more}


def _host_told(name: str, state: str, alive: bool, what: Found, now: list[str], age_s: float | None) -> dict[str, Any]:
    return {"host": name, "state": state, "alive": alive} | told(what) | {"now": now, "age_s": age_s}


# -- for people

def job_page(found: of_job.Why) -> list[str]:
    rows = [_row(_word(one), one.what, _aside(one)) for one in found.hosts[:MOST_HOSTS]]
    return [*reasons(found.reasons), *_block(rows), *_rest(len(found.hosts) - MOST_HOSTS, "computer")]


def host_page(found: host.Why) -> list[str]:
    rows = [_row(_yes(one.may, one.what), one.what, "", f"{short(one.job)}: ") for one in found.jobs]
    return [*reasons(found.reasons), *_block(rows), *_rest(found.more, "job")]


def farm_page(found: farm.Why) -> list[str]:
    jobs = [_row(_yes(one.what.code in ("next", "being-rendered"), one.what),
                 one.what, "", f"{short(one.job)}, {count(one.waiting, 'frame')}: ") for one in found.jobs]
    hosts = [_row(ink.paint(one.state, "rendering" if one.now else "" if one.alive else "failed"), one.what, "")
             for one in found.hosts[:MOST_HOSTS]]
    return [*reasons(found.reasons), *_block(jobs), *_rest(found.more, "job"), *_block(hosts),
            *_rest(len(found.hosts) - MOST_HOSTS, "computer")]


def reasons(found: Iterable[Found]) -> list[str]:
    """Each reason, and below it what helps."""
    return [line for one in found for line in (*_wrapped(one.text, ""), *_wrapped(one.cure, "  "))]


def _row(word: str, what: Found, aside: str, before: str = "") -> tuple[str, str, str]:
    return word, f"{before}{what.text}{aside}", what.cure


def _block(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """The words under one another, the sentences beside them; a cure that many share stands once."""
    width = max((table.breadth(word) for word, _, _ in rows), default=0)
    said = set[str]()
    for word, text, cure in rows:
        first, *more = _wrapped(text, " " * (width + 4)) or [""]
        yield f"  {word}{' ' * (width - table.breadth(word))}  {first.lstrip()}"
        yield from more
        if cure not in said:
            yield from _wrapped(cure, " " * (width + 6))
        said.add(cure)


def _rest(more: int, word: str) -> Iterator[str]:
    if more > 0:
        yield f"  and {count(more, word)} more"


def _word(one: Answer) -> str:
    return _yes(one.may, one.what)


def _yes(may: bool, what: Found) -> str:
    if what.code in ("slots-full", "no-room"):
        return ink.paint("busy", "held")
    return ink.paint("yes", "done") if may else ink.paint("no", "failed")


def _aside(one: Answer) -> str:
    """How old its own words are, if that matters."""
    return f" (said {duration(one.age_s)} ago)" if one.age_s and one.age_s > OLD and not one.may else ""


def _wrapped(text: str, indent: str) -> list[str]:
    width = min(WIDEST, table.terminal_width())
    return textwrap.wrap(plain(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False)
