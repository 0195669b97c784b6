"""What `make bench` measures: every row of the table with its goal, and how its numbers become a result."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from tests.bench import (
    adding,
    first_claim,
    idle,
    makespan,
    operations,
    profiles,
    queue_cost,
    reading,
    render_cpu,
    system_calls,
    trust,
)
from tests.bench.claimers import roomy_folder
from tests.bench.peers import PEERS
from tests.bench.table import Part, Result, Row

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
WAITING, CLAIMERS = (100, 10_000, 100_000, 1_000_000), (1, 8, 32)
QUICK_WAITING = (100, 5_000)
DAEMONS = (10, 100, 1000)


def at_most(value: float, goal: float, text: str) -> Result:
    return Result(text, value <= goal)


def listed(values: Iterable[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:,.0f}" if value >= 100 else str(value) for value in values)


# -- S1, S2

def queue_rows() -> Iterator[Row]:
    for count in CLAIMERS:
        yield Row(f"take and finish, {count} at it: times the bare loop", "<= 1.5")
        yield Row(f"take and finish, {count} at it: microseconds")
        yield Row(f"the bare loop, {count} at it: microseconds")
        for name in PEERS:
            yield Row(f"{name}, {count} at it: microseconds")


def flat_rows() -> Iterator[Row]:
    return (Row(f"S2: a million waiting against 100, {count} at it", "<= 1.1") for count in CLAIMERS)


def measure_queue(quick: bool) -> Iterator[Result]:
    waiting = QUICK_WAITING if quick else WAITING
    costs, peers = dict[tuple[int, int], queue_cost.Cost](), dict[tuple[str, int, int], float | None]()
    for count in waiting:
        with roomy_folder() as folder:
            costs |= {(count, cost.claimers): cost for cost in queue_cost.measure(folder, count, CLAIMERS)}
        for name in PEERS if PEERS_PYTHON.exists() else ():
            peers |= {(name, count, at_it): us for at_it, us in _of_peer(name, count).items()}
    for at_it in CLAIMERS:
        here = [costs[count, at_it] for count in waiting]
        yield at_most(max(cost.ratio for cost in here), 1.5, listed(cost.ratio for cost in here))
        yield Result(listed(cost.ours_us for cost in here))
        yield Result(listed(cost.bare_us for cost in here))
        for name in PEERS:
            yield Result(listed(peers.get((name, count, at_it)) for count in waiting))
    for at_it in CLAIMERS:
        flat = round(costs[waiting[-1], at_it].ratio / costs[waiting[0], at_it].ratio, 2)
        yield at_most(flat, 1.1, str(flat))


def _of_peer(name: str, waiting: int) -> dict[int, float | None]:
    with roomy_folder() as folder:
        said = subprocess.run([PEERS_PYTHON, "-m", "tests.bench.peers", name, folder, str(waiting),
                               *map(str, CLAIMERS)], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return {int(count): us for count, us in json.loads(said).items()}


# -- the others

def measure_makespan(quick: bool) -> Iterator[Result]:
    for mode, courses in makespan.measure(runs=1 if quick else makespan.RUNS).items():
        ratios = [course.ratio for course in courses]
        text = f"{median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        yield at_most(median(ratios), 1.15, text) if mode == "give-back" else Result(text)


def measure_cpu(quick: bool) -> Iterator[Result]:
    for scene in render_cpu.SCENES:
        found = render_cpu.measure(scene, 6, (1, 6), 1) if quick else render_cpu.measure(scene)
        yield at_most(max(found.ratios.values()), 1.05, f"{listed(found.ratios.values())}  (plain: {found.plain} s)")


def measure_first_claim(quick: bool) -> Iterator[Result]:
    found = first_claim.measure(2 if quick else first_claim.RUNS)
    yield at_most(found.total, 0.1, f"{found.total:.3f} s  (a Python that does nothing: {found.python:.3f} s)")
    yield at_most(found.to_claim, 0.1, f"{found.to_claim:.4f} s")


def measure_idle(quick: bool) -> Iterator[Result]:
    found = idle.measure(5.0 if quick else idle.WATCH)
    yield at_most(found["percent"], 0.1, f"{found['percent']} %")
    yield at_most(found["rss_mb"], 40, f"{found['rss_mb']} MB")


def measure_operations(quick: bool) -> Iterator[Result]:
    found = operations.measure((10,), 2, 200) if quick else operations.measure(DAEMONS)
    calls, names = [one.calls for one in found], [one.names for one in found]
    most = max(calls) / calls[0]
    yield at_most(most, 1.1, f"{most:.2f}")
    yield Result(f"{listed(calls)}  (of {listed(one.chunks for one in found)} chunks)")
    yield Result(listed(round(count) for count in names))


def measure_rest(quick: bool) -> Iterator[Result]:
    add, disk = adding.measure()
    yield at_most(add, 2.0, f"{add:.2f} s  ({disk:.2f} s)")
    bare, ours = system_calls.per_chunk("bare"), system_calls.per_chunk("ours")
    yield at_most(ours / bare, 1.5, f"{ours / bare:.2f}  ({ours} / {bare})")
    read = trust.measure()
    yield at_most(read["more_us"], 10, f"{read['more_us']} us  ({read['ours_us']} / {read['bare_us']} us, "
                                       f"ratio {read['ratio']})")
    with tempfile.TemporaryDirectory() as folder:
        rend = reading.measure(Path(folder))
    yield at_most(rend["rend_ms"], 30, f"{rend['rend_ms']} ms  ({rend['blender_ms']} ms)")


PARTS = (
    Part("rest", "Single figures that earlier work promised.", (
        Row("add of 10,000 chunks, on the disk (bare files, not synced)", "<= 2 s"),
        Row("system calls of a chunk: times the bare loop", "<= 1.5"),
        Row("a trusted read, beyond bare open, read and close", "<= 10 us"),
        Row(f"REND of a {reading.MB} MB zstd file (Blender opens it)", "<= 30 ms")), measure_rest),
    Part("S1", "A chunk is taken and finished, by 1, 8 and 32 processes at once (`at it`), while 100 / 10,000 / "
         "100,000 / 1,000,000 wait; a million are ten jobs. The bare loop is rename, open, read, close, unlink on "
         "names known before. The peers promise less: `tests/bench/peers.py` says what; - is where one cannot be used "
         "so; each number is of 2,000 chunks or five seconds, the first "
         "listing included. S2 is how the ratio to the bare loop grows.", (*queue_rows(), *flat_rows()), measure_queue,
         profiles.take_and_finish),
    Part("S3", f"Twenty simulated hosts of speed 1 to 4 drive the real spool code: {makespan.FRAMES:,} frames in "
         f"chunks of {makespan.CHUNK}, {makespan.HEAVY} in a row {makespan.TIMES:.0f} times as dear. The least is "
         f"all work spread over all speeds without a gap. Medians of {makespan.RUNS} films, whose dear stretch "
         f"lies elsewhere; from the best to the worst.",
         [Row(f"time of a film, {mode}: times the least possible", "<= 1.15" if mode == "give-back" else "-")
          for mode in makespan.MODES], measure_makespan, profiles.film),
    Part("S4", f"All processes of a daemon that renders {render_cpu.FRAMES} frames, against one plain `blender -a`; "
         f"{' / '.join(map(str, render_cpu.CHUNKS))} frames a chunk. The daemon's own start is taken off.",
         [Row(f"CPU of a {scene} frame: times one plain Blender's", "<= 1.05") for scene in render_cpu.SCENES],
         measure_cpu, profiles.daemon_cpu),
    Part("S5", "A real command and a real, idle daemon on one machine, default settings.", (
        Row("from the start of `render add` to the first claim", "<= 0.1 s"),
        Row("from the entry in queue/ to the first claim", "<= 0.1 s")), measure_first_claim, profiles.add),
    Part("S8", "A daemon with nothing to do, at its default settings; all threads, as the scheduler counts them.", (
        Row("idle daemon, part of a core", "<= 0.1 %"),
        Row("idle daemon, memory", "<= 40 MB")), measure_idle),
    Part("S9", f"{' / '.join(f'{count:,}' for count in DAEMONS)} real daemons in simulated time; chunks of "
         f"{operations.FRAMES * operations.FRAME:.0f} s, {operations.JOBS} open jobs of {operations.JOB_CHUNKS:,} "
         f"chunks. Counted is every call that names a path in the spool or beside the pictures, looks and beats at "
         f"their real rates included; of a thousand daemons {operations.SAMPLE} are counted, the others "
         f"stand in their way.", (
             Row("file operations of a chunk: the most, times those with the fewest daemons", "<= 1.1"),
             Row("file operations of a chunk"), Row("names that were listed, of a chunk")), measure_operations,
         profiles.calls),
)
