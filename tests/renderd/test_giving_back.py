"""When and how much of a claim is given away; and to whom not."""

import time
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import pytest

from renderd.giving_back import ENOUGH, LOOK, START, Appetite, Giver, Share, share, surplus
from spool import atomic, beats, claim, hosts, hungry, journal, opening, queue
from spool.claim import Claim
from spool.layout import Incarnation, Spool
from tests.bench.counting import counted
from tests.spool import played
from tests.spool.played import Daemon

Guest = Callable[..., Incarnation]


@pytest.mark.parametrize(("begun", "free", "seconds", "start", "guests", "found"), [
    (1, 11, 10.0, 5.0, 1, Share(5, 1)),         # 6 here take 60 s, 6 there 65 s
    (1, 1, 10.0, 5.0, 1, Share(0, 1)),
    (1, 1, 4.0, 5.0, 1, None),                  # done before the other has started
    (1, 9, 0.1, 3.0, 9, None),
    (1, 9, 60.0, 5.0, 20, Share(0, 9)),         # as many pieces as frames
    (1, 9, 60.0, 5.0, 0, None),
    (1, 9, 0.0, 5.0, 3, None),                  # nothing is known yet
    (0, 2, 60.0, 5.0, 5, Share(1, 1)),          # something stays
    (1, 30, 10.0, 5.0, 2, Share(10, 2)),
])
def test_what_ends_soonest_is_shared(begun: int, free: int, seconds: float, start: float, guests: int,
                                     found: Share | None) -> None:
    assert share(begun, free, seconds, start, guests) == found


def test_a_share_always_saves_a_start() -> None:
    for begun in (0, 1, 2):
        for free in range(1, 14):
            for seconds in (0.5, 2.0, 7.0, 100.0):
                for guests in (1, 2, 5, 50):
                    found = share(begun, free, seconds, 3.0, guests)
                    if found:
                        given = free - found.keep
                        ends = max((begun + found.keep) * seconds, 3.0 + -(-given // found.pieces) * seconds)
                        assert ends <= (begun + free) * seconds - 3.0
                        assert begun + found.keep >= 1 and given >= found.pieces >= 1


@pytest.mark.parametrize(("begun", "free", "seconds", "found"), [         # usual are 4 s, 40 s in a chunk
    (1, 9, 40.0, Share(0, 9)),
    (1, 9, 8.0, Share(0, 5)),               # two of 16 s in each: what is under way takes twice what it took so far
    (0, 9, 100.0, Share(1, 8)),             # something stays
    (1, 9, 7.0, None),                      # hardly dearer than others
    (1, 1, 100.0, Share(0, 1)),
    (1, 1, 9.0, None),                      # dear, but not worth a chunk of its own
    (4, 2, 30.0, Share(0, 2)),
    (1, 0, 100.0, None),
    (1, 9, 0.0, None),                      # nothing is known yet
])
def test_of_dear_frames_only_those_at_work_stay(begun: int, free: int, seconds: float, found: Share | None) -> None:
    assert surplus(begun, free, seconds, usual=4.0, lasting=40.0) == found


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "farm"))


@pytest.fixture(name="mine")
def fixture_mine(spool: Spool, tmp_path: Path) -> Claim:
    _, job = played.add(spool, f"{tmp_path}/out/####.png", frames="1-12", chunk=12)
    found = Daemon.born(spool).take(job)
    assert found is not None
    return found


@pytest.fixture(name="guest")
def fixture_guest(spool: Spool) -> Guest:
    """A host that lives and is hungry."""
    def made(name: str = "ws02", programs: tuple[str, ...] = ("true",)) -> Incarnation:
        me = Daemon.born(spool, name).me
        hosts.write(spool, name, "host", {"programs": list(programs)})
        hungry.say(spool, me)
        return me
    return made


def give(spool: Spool, mine: Claim, giver: Giver | None = None, done: int = 2) -> Claim | None:
    giver = giver or Giver(spool, seconds=60.0)
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        frames = [f for f in mine.info.frames if f > done]
        return giver.give(mine, frames[:1], frames[1:], time.monotonic(), lines)


def waiting(spool: Spool, mine: Claim) -> list[str]:
    return [str(name) for name in claim.waiting_chunks(spool, mine.job)]


def test_a_hungry_host_gets_the_tail(spool: Spool, mine: Claim, guest: Guest) -> None:
    guest()
    short = give(spool, mine)
    assert short is not None and short.info.frames == (1, 2, 3, 4, 5, 6, 7)
    assert waiting(spool, mine) == ["000.0008-0012"]
    said = [e for e in journal.events(spool, mine.job.job) if e["event"] == "cut"]
    assert [(e["chunk"], e["kept"], e["frames"]) for e in said] == [("000.0001-0012", "000.0001-0007", "8-12")]


def test_a_cut_that_cannot_be_noted_was_made(spool: Spool, mine: Claim, guest: Guest,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    guest()
    monkeypatch.setattr(journal.Journal, "write", share_is_full)
    short = give(spool, mine)
    assert short is not None and short.info.frames == (1, 2, 3, 4, 5, 6, 7) and claim.ours(spool, short)


def share_is_full(*_: object, **more: object) -> None:
    raise OSError(ENOSPC, "No space left on device")


def test_each_hungry_host_gets_a_piece(spool: Spool, mine: Claim, guest: Guest) -> None:
    for name in ("ws02", "ws03", "ws04"):
        guest(name)
    give(spool, mine)
    assert len(waiting(spool, mine)) == 3


def test_who_waits_for_what_was_given_already_gets_no_more(spool: Spool, mine: Claim, guest: Guest) -> None:
    guest()
    giver = Giver(spool, seconds=60.0)
    short = give(spool, mine, giver)
    assert give(spool, short, giver) == short and len(waiting(spool, mine)) == 1


@pytest.mark.parametrize("hosts_there", [ENOUGH, 3 * ENOUGH])
def test_of_many_hungry_hosts_no_more_are_asked_than_can_be_helped(spool: Spool, mine: Claim, guest: Guest,
                                                                   hosts_there: int) -> None:
    for number in range(hosts_there):
        guest(f"ws{number + 10}")
    giver = Giver(spool, seconds=0.1)
    with counted(spool.folder("hosts")) as count:
        for _ in range(3):
            give(spool, mine, giver)
    assert count.calls["open"] == 2 * ENOUGH        # folder and file


def test_whoever_can_help_is_found_among_many_who_cannot(spool: Spool, mine: Claim, guest: Guest) -> None:
    for number in range(3 * ENOUGH):
        guest(f"ws{number + 10}", programs=("blender",))
    guest()
    giver, looks = Giver(spool, seconds=60.0), 4        # ENOUGH are asked at each
    assert any(give(spool, mine, giver) is not mine for _ in range(looks)) and waiting(spool, mine)


@pytest.mark.parametrize("why", ["nobody", "dead", "other program", "unknown", "held", "quick", "edited", "avoided"])
def test_nothing_is_given_where_nobody_would_be_quicker(spool: Spool, mine: Claim, guest: Guest, why: str) -> None:
    giver = Giver(spool, seconds=0.1 if why == "quick" else 60.0)
    if why not in ("nobody", "other program", "unknown"):
        guest()
    if why == "dead":
        [beat] = [b for b in beats.living(spool) if b.owner.host == "ws02"]
        beats.declare_dead(spool, beat, mine.name.owner)
    elif why == "other program":
        guest(programs=("blender",))
    elif why == "unknown":
        hungry.say(spool, Daemon.born(spool, "ws02").me)
    elif why == "held":
        queue.hold(spool, played.where(spool, mine.job))
    elif why == "edited":
        mine = mine._replace(data=mine.data.replace(b'"true"', b'"false"'))
    elif why == "avoided":
        name = mine.name._replace(chunk=mine.name.chunk.tried_on("ws02"))
        atomic.move(mine.path, there := f"{spool.running(mine.job.job)}/{name}")
        mine = mine._replace(name=name, path=there)
    assert give(spool, mine, giver) is mine and not waiting(spool, mine)


def test_a_frame_that_takes_ever_longer_is_a_reason_to_give(spool: Spool, mine: Claim, guest: Guest) -> None:
    guest()
    giver = Giver(spool, seconds=0.1)
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        assert giver.give(mine, [3], [4, 5, 6], time.monotonic(), lines) is mine
        short = giver.give(mine, [3], [4, 5, 6], time.monotonic() - 600, lines)
    assert short is not None and short.info.frames == (1, 2, 3, 4)


def test_it_looks_after_each_frame_and_else_now_and_then(spool: Spool, mine: Claim) -> None:
    giver = Giver(spool, born=time.monotonic() - 9)
    assert not giver.due()
    giver.published(wall=3.0, rendered=2.0)
    assert giver.due() and giver.seconds == 2.0 and round(giver.start) == START + 7
    give(spool, mine, giver)
    assert not giver.due()
    giver.published(wall=4.0, rendered=2.0)
    assert giver.due() and giver.seconds == 4.0 and round(giver.start) == START + 7


@pytest.fixture(name="quick")
def fixture_quick(spool: Spool, mine: Claim) -> None:
    """Another host that lives, is not hungry, and whose frames of this job took 4 s."""
    with journal.Journal(spool, mine.job.job, Daemon.born(spool, "ws02").me.host) as lines:
        for frame in range(101, 121):
            lines.write("frame", chunk="009.0101-0120", frame=frame, round=0, seconds=4.0)


@pytest.mark.usefixtures("quick")
def test_the_end_of_a_dear_chunk_is_given_away_at_once(spool: Spool, mine: Claim) -> None:
    giver = Giver(spool, seconds=12.0)              # where 4 s are usual
    short = give(spool, mine, giver)
    assert short is not None and short.info.frames == (1, 2, 3)
    assert waiting(spool, mine) == ["000.0004-0004", "000.0005-0006", "000.0007-0008", "000.0009-0010", "000.0011-0012"]
    assert give(spool, short, giver) == short, "nothing is left that nobody began"


@pytest.mark.usefixtures("quick")
def test_the_own_frames_of_a_dear_chunk_are_no_reason_to_expect_dear_ones(spool: Spool, mine: Claim) -> None:
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        for frame in (1, 2):
            lines.write("frame", chunk=mine.name.chunk.stem, frame=frame, round=0, seconds=24.0)
    give(spool, mine, Giver(spool, seconds=12.0))
    assert len(waiting(spool, mine)) == 5


@pytest.mark.usefixtures("quick")
def test_a_host_that_had_dear_frames_only_hears_from_others_what_is_usual(spool: Spool, mine: Claim) -> None:
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        lines.write("frame", chunk="008.0099-0099", frame=99, round=0, seconds=24.0)
    give(spool, mine, Giver(spool, seconds=24.0))
    assert waiting(spool, mine)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("why", ["usual here", "short", "held", "starting"])
def test_a_chunk_that_lasts_as_expected_stays_whole(spool: Spool, mine: Claim, why: str) -> None:
    giver = Giver(spool, seconds={"short": 1.0, "starting": 0.0, "usual here": 15.0}.get(why, 24.0))
    if why == "usual here":                         # a slow host
        with journal.Journal(spool, mine.job.job, "ws01") as lines:
            lines.write("frame", chunk="008.0099-0099", frame=99, round=0, seconds=8.0)
    elif why == "held":
        queue.hold(spool, played.where(spool, mine.job))
    since = time.monotonic() - (90 if why == "starting" else 0)
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        assert giver.give(mine, [3], [*range(4, 13)], since, lines) is mine


def test_a_host_that_is_alone_keeps_its_dear_frames(spool: Spool, mine: Claim) -> None:
    with journal.Journal(spool, mine.job.job, "ws01") as lines:
        lines.write("frame", chunk="008.0099-0099", frame=99, round=0, seconds=4.0)
    assert give(spool, mine, Giver(spool, seconds=24.0)) is mine


def test_once_a_program_is_loaded_its_first_frame_is_looked_at_soon(spool: Spool) -> None:
    giver = Giver(spool, born=time.monotonic() - 9)
    before = giver.next
    giver.begins(9.0)
    assert giver.next < before - LOOK and round(giver.start) == START + 9
    giver.published(wall=3.0, rendered=2.0)
    assert round(giver.start) == START + 9, "the start counts once"


def test_who_lost_the_claim_hears_so(spool: Spool, mine: Claim, guest: Guest) -> None:
    guest()
    claim.lose(spool, mine.job, mine.name)
    for _ in claim.waiting_chunks(spool, mine.job):         # and somebody else has it
        Daemon.born(spool, "ws05").take(mine.job)
    assert give(spool, mine) is None


def test_a_daemon_says_once_that_it_is_hungry(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    real = atomic.touch
    monkeypatch.setattr(atomic, "touch", lambda path: (made.append(path), real(path))[1])
    first, second = Daemon.born(spool).me, Daemon.born(spool).me
    made.clear()
    appetite = Appetite(spool)
    for _ in range(3):
        appetite.is_now(True, first)
    assert len(made) == 1 and hungry.now(spool) == [first]
    appetite.is_now(True, second)               # born again
    assert hungry.now(spool) == [second]
    appetite.is_now(False, second)
    assert atomic.names(spool.folder("hungry")) == []
