"""Notices: one is told by one, none is lost when its teller dies; and what farm.yaml says of mail."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from spool import atomic, farm_mail, notices
from spool.errors import BadFile, BadName
from spool.farm_mail import Mail
from spool.job import Job
from spool.layout import Entry, Incarnation, Spool
from spool.notices import Notice

Add = Callable[..., tuple[Entry, Job]]
ME, OTHER = Incarnation("ws01", 1, "00000001"), Incarnation("ws02", 2, "00000002")
MAIL = Mail("farm@film.example", "{owner}@film.example", smtp="localhost:25")


@pytest.fixture(name="telling")
def fixture_telling(spool: Spool) -> Spool:
    return replace(spool, mail=MAIL, hook=True)


def test_only_one_takes_it_and_a_dead_teller_gives_it_back(telling: Spool, add: Add) -> None:
    _, job = add()
    notices.leave(telling, job)
    first = notices.listed(telling)[1]
    assert [str(n) for n in notices.listed(telling)] == [f"{job.job}.hook", f"{job.job}.mail"]
    mine = notices.take(telling, first, ME)
    assert mine and notices.take(telling, first, OTHER) is None
    assert notices.put_back(telling, notices.listed(telling), {ME}) == 0
    assert notices.put_back(telling, notices.listed(telling), {OTHER}) == 1
    assert first in notices.listed(telling)


def test_a_try_that_failed_stands_in_the_name_and_says_why(telling: Spool, add: Add) -> None:
    notices.leave(telling, add()[1])
    mine = notices.take(telling, notices.listed(telling)[1], ME)
    assert mine
    there = notices.failed(telling, mine, "nobody is at home")
    assert (there.tries, there.owner) == (1, None) and there in notices.listed(telling)
    assert notices.read(telling, there) == {"trouble": "nobody is at home"}


def test_a_job_that_wants_no_mail_has_only_the_hook(telling: Spool, add: Add) -> None:
    notices.leave(telling, replace(add()[1], mail="no"))
    assert [n.channel for n in notices.listed(telling)] == ["hook"]


def test_a_farm_that_tells_nobody_has_no_notices(spool: Spool, add: Add) -> None:
    notices.leave(spool, add()[1])
    assert notices.FOLDER not in atomic.names(spool.root)


def test_a_notice_of_a_host_keeps_its_sentence(telling: Spool) -> None:
    notices.leave_host(telling, "ws07", "it is sick")
    assert {n.host for n in notices.listed(telling)} == {"ws07"}
    assert notices.read(telling, notices.listed(telling)[0]) == {"text": "it is sick"}


@pytest.mark.parametrize("name", ["x.mail", "host+a.letter", "../x.mail", "20261120-101530-a-7f3a.mail~0",
                                  "20261120-101530-a-7f3a.mail@x"])
def test_other_names_are_none(name: str) -> None:
    with pytest.raises(BadName):
        notices.parse(name)


def test_names_come_back_as_they_were() -> None:
    one = Notice("20261120-101530-a-7f3a", "mail", 3, ME)
    assert notices.parse(str(one)) == one


@pytest.mark.parametrize("said", [
    "x", {"smtp": "h:25"}, {"smtp": "h", "from": "a@b", "to": "a@b"}, {"smtp": "h:99999", "from": "a@b", "to": "a@b"},
    {"smtp": "h:25", "program": "sendmail", "from": "a@b", "to": "a@b"}, {"smtp": "h:25", "from": "a@b", "to": "a"},
    {"smtp": "h:25", "from": "a@b\nBcc: c@d", "to": "a@b"}, {"smtp": "h:25", "from": "a@b", "to": "a@b", "cc": "c@d"},
    {"smtp": "h:25", "from": "a@b", "to": "a@b, c@d"}, {"smtp": ["h"], "from": "a@b", "to": "a@b"}])
def test_mail_settings_that_cannot_be_meant_are_refused_with_the_file(said: object) -> None:
    with pytest.raises(BadFile, match=r"farm\.yaml"):
        farm_mail.read("farm.yaml", {"mail": said})


@pytest.mark.parametrize("owner", ["mia, x@y", "mia\nBcc: x@y", "", "mia@x", "m ia"])
def test_an_owner_that_is_no_name_has_no_address(owner: str) -> None:
    assert not MAIL.address_of(owner)
    assert MAIL.address_of("mia.m") == "mia.m@film.example"
