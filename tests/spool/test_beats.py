"""Who is alive, without any clock."""

import os

import pytest

from spool import beats
from spool.beats import DEAD
from spool.layout import Incarnation, Spool
from tests.spool.played import Daemon


def living(spool: Spool) -> list[str]:
    return sorted(map(str, beats.living(spool)))


def test_a_beat_is_a_rename_to_the_next_number(spool: Spool, daemon: Daemon) -> None:
    assert daemon.beat() and daemon.beat()
    assert living(spool) == [f"{daemon.me}!2"]


def test_who_was_declared_dead_cannot_beat(spool: Spool, daemon: Daemon) -> None:
    assert beats.declare_dead(spool, daemon.last, Daemon.born(spool, "ws02").me)
    assert not daemon.beat()


def test_who_has_beaten_since_cannot_be_declared_dead(spool: Spool, daemon: Daemon) -> None:
    other, seen = Daemon.born(spool, "ws02"), daemon.last
    daemon.beat()
    assert not beats.declare_dead(spool, seen, other.me)
    assert daemon.beat()


def test_of_two_who_declare_the_same_dead_one_did(spool: Spool, daemon: Daemon) -> None:
    others = [Daemon.born(spool, host) for host in ("ws02", "ws03")]
    assert [beats.declare_dead(spool, daemon.last, o.me) for o in others] == [True, False]


@pytest.mark.parametrize(("own", "dead"), [(DEAD - 1, False), (DEAD, True)])
def test_a_life_is_judged_after_six_beats_of_the_observer(spool: Spool, daemon: Daemon, own: int, dead: bool) -> None:
    other = Daemon.born(spool, "ws02")
    other.observe()
    for _ in range(own):
        other.beat()
    assert bool(other.observe()) == dead


def test_an_observer_that_does_not_beat_judges_nobody(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    assert not any(other.observe() for _ in range(5 * DEAD))


def test_who_beats_now_and_then_is_never_judged(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    for _ in range(4):
        for _ in range(DEAD - 1):
            other.beat()
            assert not other.observe()
        daemon.beat()


def test_nobody_judges_itself(spool: Spool, daemon: Daemon) -> None:
    for _ in range(3 * DEAD):
        assert beats.Observer(daemon.me).judge([daemon.last], 99) == []
        daemon.beat()


def test_a_retired_life_has_no_beat(spool: Spool, daemon: Daemon) -> None:
    other = Daemon.born(spool, "ws02")
    beats.retire(spool, daemon.me)
    assert living(spool) == [f"{other.me}!0"]


def test_a_former_life_of_this_boot_whose_process_is_gone_is_known(spool: Spool) -> None:
    me = beats.new_incarnation("ws01")
    boot, other_boot, no_process = me.nonce[:4], f"{int(me.nonce[:4], 16) ^ 1:04x}", 4_190_001
    gone = beats.born(spool, Incarnation("ws01", no_process, f"{boot}0000"))
    for other in (Incarnation("ws02", no_process, f"{boot}0001"), Incarnation("ws01", os.getpid(), f"{boot}ffff"),
                  Incarnation("ws01", no_process, f"{other_boot}0000"), me):
        beats.born(spool, other)
    assert beats.former_lives(spool, me) == [gone]
