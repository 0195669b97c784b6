"""What `render why` prints: for programs, and for people in lines that fit the terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from render_cli import ink, table
from render_cli.words import count, duration, plain, short
from spool.obstacles import Found
from spool.why import farm, host
from spool.why import job as of_job
from spool.why.answers import BUSY, UNHEARD, Answer

OLD = 60.0          # seconds after which it is told how old a daemon's own words are
WIDEST = 120
TOLD_BELOW = ("nobody-fits", "nobody-free", "takes-none")      # they lead to what stands there
TOLD_ABOVE = ("no-host", "no-host-ever")            # of the farm: no job needs to repeat it
MOST_HOSTS = 40     # that are shown one by one


def told(what: Found) -> dict[str, Any]:
    return {"code": what.code, "text": what.text, "cure": what.cure}


# -- for programs: always the same keys, whatever was asked

def job_told(found: of_job.Why) -> dict[str, Any]:
    return _told(found.reasons, job=found.job, state=found.state, hosts=[
        _host_told(one.host, one.state, one.alive, one.what, one.now, one.age_s, one.may) for one in found.hosts])


def host_told(found: host.Why) -> dict[str, Any]:
    alive, what = found.state not in UNHEARD, found.reasons[0]
    return _told(found.reasons, host=found.host, state=found.state, more=found.more,
                 hosts=[_host_told(found.host, found.state, alive, what, found.now, found.age_s)],
                 jobs=[_job_told(one.job, one.priority, one.what, may=one.may) for one in found.jobs])


def farm_told(found: farm.Why) -> dict[str, Any]:
    hosts = [_host_told(one.host, one.state, one.alive, one.what, one.now, one.age_s) for one in found.hosts]
    jobs = [_job_told(one.job, one.priority, one.what, waiting=one.waiting, running=one.running) for one in found.jobs]
    return _told(found.reasons, more=found.more, hosts=hosts, jobs=jobs)


def nothing_told(what: Found) -> dict[str, Any]:
    """Of a spool that cannot be looked at."""
    return _told([what], state="unknown")


def _told(found: Iterable[Found], **more: Any) -> dict[str, Any]:
    return {"job": None, "host": None, "state": None, "reasons": [told(one) for one in found], "hosts": [], "jobs": [],
            "more": 0} | more


def _host_told(name: str, state: str, alive: bool, what: Found, now: list[str], age_s: float | None,
               may: bool | None = None) -> dict[str, Any]:
    return {"host": name, "state": state, "alive": alive, "may": may} | told(what) | {"now": now, "age_s": age_s}


def _job_told(job: str, priority: int, what: Found, may: bool | None = None, waiting: int | None = None,
              running: int | None = None) -> dict[str, Any]:
    return {"job": job, "priority": priority, "may": may, "waiting": waiting, "running": running} | told(what)


# -- for people

def job_page(found: of_job.Why) -> list[str]:
    rows = [_row(_word(one), one.what, _aside(one)) for one in found.hosts[:MOST_HOSTS]]
    return [*reasons(found.reasons, rows_follow=bool(rows)), *_block(rows),
            *_rest(len(found.hosts) - MOST_HOSTS, "computer")]


def host_page(found: host.Why) -> list[str]:
    rows = [_row(_yes(one.may, one.what), one.what, "", f"{short(one.job)}: ") for one in found.jobs]
    return [*reasons(found.reasons, rows_follow=bool(rows)), *_block(rows), *_rest(found.more, "job")]


def farm_page(found: farm.Why) -> list[str]:
    jobs = [_row(_yes(one.what.code in ("next", "being-rendered"), one.what),
                 one.what, "", f"{short(one.job)}, {count(one.waiting, 'frame')}: ") for one in found.jobs]
    hosts = [_row(ink.paint(one.state, "rendering" if one.now else "" if one.alive else "failed"), one.what, "")
             for one in found.hosts[:MOST_HOSTS]]
    return [*reasons(found.reasons), *_block(jobs), *_rest(found.more, "job"), *_block(hosts),
            *_rest(len(found.hosts) - MOST_HOSTS, "computer")]


def reasons(found: Sequence[Found], *, rows_follow: bool = False) -> list[str]:
    """Each reason, and below it what helps."""
    cures = {one.code: "" if rows_follow and one.code in TOLD_BELOW else one.cure for one in found}
    return [line for one in found for line in (*_wrapped(one.text, ""), *_wrapped(cures[one.code], "  "))]


def _row(word: str, what: Found, aside: str, before: str = "") -> tuple[str, str, str]:
    if before and what.code in TOLD_ABOVE:
        return word, before.rstrip(": "), ""
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
    if what.code in BUSY or what.code == "would-take":
        return ink.paint("busy" if what.code in BUSY else "not now", "held")
    return ink.paint("yes", "done") if may else ink.paint("no", "failed")


def _aside(one: Answer) -> str:
    """How old its own words are, if that matters."""
    return f" (said {duration(one.age_s)} ago)" if one.age_s and one.age_s > OLD and not one.may else ""


def _wrapped(text: str, indent: str) -> list[str]:
    width = min(WIDEST, table.terminal_width())
    return textwrap.wrap(plain(text), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False)
