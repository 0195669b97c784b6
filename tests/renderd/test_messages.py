"""The daemon's inbox: what it does, what it refuses, and that nothing stops it."""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from renderd.messages import KINDS, Inbox
from spool import atomic, beats, messages, opening
from spool.fitness import helping, locks, share
from spool.layout import Incarnation, Spool
from spool.messages import Message

Log = pytest.LogCaptureFixture


@pytest.fixture
def spool(tmp_path: Path, caplog: Log) -> Spool:
    caplog.set_level(logging.INFO, "renderd")
    made = opening.init(str(tmp_path / "farm"))
    messages.open_inbox(made, "ws07")
    return made


@pytest.fixture
def me(spool: Spool) -> Incarnation:
    """A doctor that has begun."""
    me = beats.new_incarnation("ws03")
    atomic.make_folder(spool.doctor(me), spool.mode)
    return me


def look(spool: Spool, **kinds: Callable[[Spool, Message], None]) -> None:
    Inbox(spool, "ws07", kinds or KINDS).look()


def test_a_message_is_given_to_what_does_its_kind(spool: Spool) -> None:
    done = []
    messages.send(spool, "ws07", "pause", minutes=5)
    look(spool, pause=lambda where, message: done.append(message.body["minutes"]))
    assert done == [5]


def test_an_unknown_kind_is_refused_removed_and_told(spool: Spool, caplog: Log) -> None:
    messages.send(spool, "ws07", "dance")
    look(spool)
    assert "message-refused" in caplog.text and "dance" in caplog.text
    assert os.listdir(spool.inbox("ws07")) == []


def test_what_cannot_be_removed_is_told_once(spool: Spool, caplog: Log) -> None:
    os.mkdir(f"{spool.inbox('ws07')}/folder")
    inbox = Inbox(spool, "ws07")
    inbox.look()
    inbox.look()
    assert caplog.text.count("message-refused") == 1


def test_a_message_that_fails_stops_no_other(spool: Spool, caplog: Log) -> None:
    done = []

    def work(where: Spool, message: Message) -> None:
        if not message.body["good"]:
            raise ZeroDivisionError
        done.append(message)

    messages.send(spool, "ws07", "work", good=False)
    messages.send(spool, "ws07", "work", good=True)
    look(spool, work=work)
    assert len(done) == 1 and "bug" in caplog.text


def ask(spool: Spool, me: object, step: object) -> Path:
    """Sends a step and lets the daemon do it; where the reply must be."""
    name = messages.send(spool, "ws07", "doctor", step=step, by=str(me))
    look(spool)
    return Path(spool.doctor(me) if isinstance(me, Incarnation) else spool.root, helping.reply_name(name))


def test_it_tells_a_doctor_its_mount_and_clock(spool: Spool, me: Incarnation) -> None:
    said = json.loads(ask(spool, me, "facts").read_text())
    assert said["boot"] == beats.boot_tag()
    assert {found["line"] for found in said["findings"]} == {"mount", "clock"}


def test_it_takes_part_in_a_race_and_touches_nothing_else(spool: Spool, me: Incarnation) -> None:
    folder = Path(spool.doctor(me))
    for name in ("race-000", "race-001", "race-0001", "other", helping.MET):
        (folder / name).touch()
    said = json.loads(ask(spool, me, "race").read_text())
    assert said["won"] == ["000", "001"]
    assert {p.name for p in folder.iterdir() if not p.name.startswith("reply")} == {
        "won-000@helper", "won-001@helper", "race-0001", "other", helping.MET}


def test_it_answers_new_names_as_it_sees_them(spool: Spool, me: Incarnation) -> None:
    folder = Path(spool.doctor(me))
    for number in ("00", "01", "99"):
        (folder / f"new-{number}").touch()
    assert json.loads(ask(spool, me, "see").read_text()) == {"seen": 3}
    assert {"seen-00", "seen-01", "seen-99"} <= {p.name for p in folder.iterdir()}


def test_it_says_which_locks_it_got(spool: Spool, me: Incarnation) -> None:
    tested = share.on(spool, me)
    for kind in locks.KINDS:
        locks.prepare(tested, kind)
    with locks.held(tested, "flock"):
        assert json.loads(ask(spool, me, "lock").read_text())["flock"] is False
    assert json.loads(ask(spool, me, "lock").read_text())["flock"] is True


@pytest.mark.parametrize("by", ["", "..", "../jobs", "ws03", "ws03.1.0000000/../..", "ws03.1.9f2c41aa\n", 7])
def test_a_doctor_that_is_none_is_refused(spool: Spool, caplog: Log, by: object) -> None:
    before = sorted(str(p) for p in Path(spool.root).rglob("*"))
    ask(spool, by, "facts")
    assert "message-refused" in caplog.text
    assert sorted(str(p) for p in Path(spool.root).rglob("*")) == before


def test_an_unknown_step_is_refused(spool: Spool, me: Incarnation, caplog: Log) -> None:
    assert not ask(spool, me, "dance").exists()
    assert "message-refused" in caplog.text


def test_a_doctor_that_has_left_is_no_fault(spool: Spool, caplog: Log) -> None:
    ask(spool, beats.new_incarnation("ws03"), "facts")
    assert "refused" not in caplog.text and "trouble" not in caplog.text


def test_a_link_in_the_place_of_the_doctors_folder_is_not_followed(spool: Spool, tmp_path: Path, caplog: Log) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "race-000").touch()
    me = beats.new_incarnation("ws03")
    os.symlink(home, spool.doctor(me))
    ask(spool, me, "race")
    assert "message-refused" in caplog.text
    assert os.listdir(home) == ["race-000"]
