"""Who is hungry: a name for each life that has a beat."""

import os

import pytest

from spool import atomic, beats, check, clean, hungry, opening
from spool.layout import Spool
from tests.spool import played
from tests.spool.played import Daemon


def test_who_is_hungry_is_seen_until_it_says_otherwise(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    hungry.say(spool, daemon.me)
    hungry.say(spool, other.me)
    hungry.say(spool, other.me)
    assert sorted(map(str, hungry.now(spool))) == sorted(map(str, [daemon.me, other.me]))
    hungry.unsay(spool, daemon.me)
    hungry.unsay(spool, daemon.me)
    assert hungry.now(spool) == [other.me] and not check.check(spool).problems


def test_the_dead_are_not_hungry(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    hungry.say(spool, other.me)
    beats.declare_dead(spool, other.last, daemon.me)
    assert hungry.now(spool) == []


def test_a_spool_from_before_has_no_folder_for_it(spool: Spool, daemon: Daemon) -> None:
    os.rmdir(f"{spool.root}/hungry")
    older = opening.open_spool(spool.root)
    assert hungry.now(older) == []
    hungry.unsay(older, daemon.me)
    hungry.say(older, daemon.me)
    assert hungry.now(older) == [daemon.me] and not check.check(older).problems


def test_nobody_hungry_costs_one_listing(spool: Spool, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    listed, real = [], atomic.every_name
    monkeypatch.setattr(atomic, "every_name", lambda folder: (listed.append(folder), real(folder))[1])
    hungry.now(spool)
    assert listed == [spool.folder("hungry")]


def test_what_is_left_of_the_dead_is_swept(spool: Spool, daemon: Daemon) -> None:
    gone = played.life("ws07")
    hungry.say(spool, gone)
    hungry.say(spool, daemon.me)
    atomic.touch(f"{spool.root}/hungry/notes.txt")
    clean.apply(spool, clean.plan(spool, 0, clean.server_now(spool) + 1e6))
    assert sorted(os.listdir(spool.folder("hungry"))) == sorted([str(daemon.me), "notes.txt"])
    assert clean.left_alone(spool) == ["hungry/notes.txt"]
