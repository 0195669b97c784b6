"""Who tells: nobody is told twice, and no notice gets lost, whatever the share does meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renderd import herald, sources
from renderd.herald import Herald
from renderd.telling import Case
from spool import atomic, beats, journal, notices, opening, queue, submit, view
from spool.farm_mail import Mail
from spool.layout import Incarnation, Spool
from spool.notices import Notice
from tests.spool import played

ME, OTHER = Incarnation("ws01", 1, "00000001"), Incarnation("ws02", 2, "00000002")


class Post:
    """A way that keeps what it was given; or fails as it is told."""

    def __init__(self) -> None:
        self.channels = ("mail",)
        self.sent: list[str] = []
        self.fails: Exception | None = None

    def person(self, job: object, channel: str) -> str:
        return "mia@film.example"

    def tell(self, cases: Sequence[Case]) -> str:
        if self.fails:
            raise self.fails
        self.sent += [case.notice.about for case in cases]
        return ""


@pytest.fixture(name="farm")
def fixture_farm(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    mail = Mail("farm@film.example", "{owner}@film.example", smtp="localhost:25")
    return replace(opening.init(str(tmp_path / "farm")), mail=mail)


@pytest.fixture(name="me")
def fixture_me(farm: Spool) -> Herald:
    made = Herald(farm, sources.load({}, etc_dir=Path("/nowhere"), home=Path("/nowhere")), {})
    made.way = Post()                           # type: ignore[assignment]
    beats.born(farm, ME)
    return made


def heart(count: int, owner: Incarnation = ME) -> Any:
    return SimpleNamespace(owner=owner, count=count, lost=False)


def ended(spool: Spool) -> str:
    """A job that is done, and whose owner waits for a mail."""
    planned = submit.plan(spool, played.a_job(f"{Path(spool.root).parent}/out/####.png"))
    submit.submit(spool, planned)
    notices.leave(spool, planned.job)
    queue.move(spool, planned.entry, "done")
    return planned.job.job


def look(me: Herald, *counts: int) -> None:
    for count in counts:
        me.round(heart(count))


def waiting(spool: Spool) -> list[Notice]:
    return notices.listed(spool)


def test_who_is_born_again_waits_by_its_new_beats(farm: Spool, me: Herald) -> None:
    job = ended(farm)
    look(me, 5000)
    me.forget()                                 # as lookout.py does
    look(me, 0, herald.QUIET)
    assert me.way.sent == [job]                 # type: ignore[attr-defined]


def test_a_share_that_fails_loses_no_notice(farm: Spool, me: Herald,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    job = ended(farm)
    look(me, 0)
    with monkeypatch.context() as broken:
        broken.setattr(view, "detail", lambda *_: (_ for _ in ()).throw(TimeoutError("the server is away")))
        with pytest.raises(TimeoutError):
            look(me, herald.QUIET)
    assert [n.owner for n in waiting(farm)] == [ME]
    look(me, 10, 11, 12, 12 + herald.QUIET)
    assert me.way.sent == [job]                 # type: ignore[attr-defined]
    assert waiting(farm) == []


def test_a_listing_that_misses_an_entry_on_its_way_loses_no_notice(farm: Spool, me: Herald,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    job = ended(farm)
    look(me, 0)
    with monkeypatch.context() as moving:
        moving.setattr(queue, "entries", lambda _: [])
        look(me, herald.QUIET)
    look(me, herald.QUIET + 1)
    assert me.way.sent == [job]                 # type: ignore[attr-defined]


def test_a_listing_that_misses_a_beat_takes_no_notice_from_who_tells_it(farm: Spool, me: Herald,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    ended(farm)
    beats.born(farm, OTHER)
    theirs = notices.take(farm, waiting(farm)[0], OTHER)
    with monkeypatch.context() as moving:
        moving.setattr(beats, "living", lambda _: [])
        look(me, 0)
    look(me, 1)
    assert waiting(farm) == [theirs]


def test_what_is_just_told_is_not_told_beside_it(farm: Spool, me: Herald) -> None:
    """A daemon that settled late leaves the notice once more while another one tells it."""
    job = ended(farm)
    beats.born(farm, OTHER)
    theirs = notices.take(farm, waiting(farm)[0], OTHER)
    atomic.touch(f"{farm.folder('notices')}/{job}.mail")
    look(me, 0, herald.QUIET, 100)
    assert me.way.sent == [] and theirs in waiting(farm)        # type: ignore[attr-defined]


def test_a_bug_while_telling_is_met_ten_times_and_not_for_ever(farm: Spool, me: Herald) -> None:
    job = ended(farm)
    me.way.fails = ValueError("bug")            # type: ignore[attr-defined]
    look(me, 0)
    for tries in range(notices.TRIES):
        look(me, 10_000 * (tries + 1) - 1, 10_000 * (tries + 1) + (herald.QUIET << tries))
    assert [n.tries for n in waiting(farm)] == [notices.TRIES]
    assert "untold" in {event["event"] for event in journal.events(farm, job)}
