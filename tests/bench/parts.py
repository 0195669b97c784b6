"""What `make bench` measures: every row of the table with its goal, and how its numbers become a result."""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.bench import (
    adding,
    courtesy,
    first_claim,
    hungry,
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
from tests.bench.peers import LEAST_EACH, MOST, PEERS, ROUNDS
from tests.bench.table import Part, Result, Row

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
LEAST, WAITING, CLAIMERS = 100, (10_000, 100_000, 1_000_000), (1, 8, 32)
QUICK_WAITING = (5_000,)
DAEMONS = (10, 100, 1000)
OPEN_JOBS = (1, 10)


def at_most(value: float, goal: float, text: str) -> Result:
    """What is judged is what the text shows: rounded alike."""
    return Result(text, value <= goal)


def listed(values: Iterable[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:,.0f}" if value >= 100 else str(value) for value in values)


# -- S1, S2

def waiting_for(claimers: int, waiting: Sequence[int] = WAITING) -> list[int]:
    """How much waits while so many are at it, ascending; LEAST for each of them is where S2 begins."""
    return sorted({LEAST, LEAST * claimers, *waiting})


def queue_rows() -> Iterator[Row]:
    for count in CLAIMERS:
        yield Row(f"take and finish, {count} at it: times the bare loop", "<= 1.5")
        yield Row(f"take and finish, {count} at it: microseconds")
        yield Row(f"the bare loop, {count} at it: microseconds")
        for name in PEERS:
            yield Row(f"{name}, {count} at it: microseconds")


def flat_rows() -> Iterator[Row]:
    return (Row(f"S2: up to a million waiting against {LEAST * count:,}, {count} at it", "<= 1.1")
            for count in CLAIMERS)


def found_rows() -> tuple[Row, Row]:
    what = f"as a daemon finds it, {' / '.join(map(str, OPEN_JOBS))} jobs open"
    return Row(f"{what}: times the bare loop", "<= 1.5"), Row(f"{what}: microseconds")


def measure_found() -> Iterator[Result]:
    costs = []
    for jobs in OPEN_JOBS:
        with roomy_folder() as folder:
            costs.append(queue_cost.measure_found(folder, jobs))
    ratios = [cost.ratio for cost in costs]
    yield at_most(max(ratios), 1.5, listed(ratios) + _impossible(ratios))
    yield Result(f"{listed(cost.ours_us for cost in costs)}  (the bare loop: {listed(cost.bare_us for cost in costs)})")


def measure_queue(quick: bool) -> Iterator[Result]:
    here = {at_it: waiting_for(at_it, QUICK_WAITING if quick else WAITING) for at_it in CLAIMERS}
    costs, peers = dict[tuple[int, int], queue_cost.Cost](), dict[tuple[str, int, int], float | None]()
    for count in sorted({count for counts in here.values() for count in counts}):
        claimers = [at_it for at_it in CLAIMERS if count in here[at_it]]
        with roomy_folder() as folder:
            costs |= {(count, cost.claimers): cost for cost in queue_cost.measure(folder, count, claimers)}
        for name in PEERS if PEERS_PYTHON.exists() else ():
            peers |= {(name, count, at_it): us for at_it, us in _of_peer(name, count, claimers).items()}
    for at_it, counts in here.items():
        ratios = [costs[count, at_it].ratio for count in counts]
        yield at_most(max(ratios), 1.5, listed(ratios) + _impossible(ratios))
        yield Result(listed(costs[count, at_it].ours_us for count in counts))
        yield Result(listed(costs[count, at_it].bare_us for count in counts))
        for name in PEERS:
            found = listed(peers.get((name, count, at_it)) for count in counts)
            yield Result(found if PEERS_PYTHON.exists() else "not installed")
    for at_it, counts in here.items():
        yield _growth([costs[count, at_it] for count in counts if count >= LEAST * at_it])
    yield from measure_found()


def _impossible(ratios: Sequence[float]) -> str:
    """Ours does all that the bare loop does."""
    return "  (below 1: the disk was uneven)" if min(ratios) < 1 else ""


def _growth(costs: Sequence[queue_cost.Cost]) -> Result:
    base = costs[0].ratio
    worst = max(costs[1:], key=lambda cost: cost.ratio)
    grown = round(worst.ratio / base, 2)
    return at_most(grown, 1.1, f"{grown}  ({worst.ratio} with {worst.waiting:,} / {base})")


def _of_peer(name: str, waiting: int, claimers: Sequence[int]) -> dict[int, float | None]:
    with roomy_folder() as folder:
        said = subprocess.run([PEERS_PYTHON, "-m", "tests.bench.peers", name, folder, str(waiting),
                               *map(str, claimers)], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return {int(count): us for count, us in json.loads(said).items()}


# -- the others

def measure_makespan(quick: bool) -> Iterator[Result]:
    for mode, courses in makespan.measure(runs=1 if quick else makespan.RUNS).items():
        ratios = [round(course.ratio, 2) for course in courses]
        text = f"{listed(ratios)}  (median {median(ratios)})"
        yield at_most(max(ratios), 1.15, text) if mode in makespan.GIVING else Result(text)


def measure_cpu(quick: bool) -> Iterator[Result]:
    usual, short = (render_cpu.measure(scene, 6, (1, 6), 1) if quick else render_cpu.measure(scene)
                    for scene in render_cpu.SCENES)
    yield at_most(max(usual.ratios.values()), 1.05, f"{listed(usual.ratios.values())}  (plain: {usual.plain} s)")
    yield Result(f"{listed(short.added.values())}  (plain: {1000 * short.plain:.1f} ms)")


def measure_first_claim(quick: bool) -> Iterator[Result]:
    found = first_claim.measure(2 if quick else first_claim.RUNS)
    text = f"{found.total:.3f} s  (a Python that does nothing: {found.python:.3f} s)"
    yield at_most(round(found.total, 3), 0.1, text)
    yield at_most(round(found.to_claim, 4), 0.1, f"{found.to_claim:.4f} s")


def measure_courtesy(quick: bool) -> Iterator[Result]:
    for found in courtesy.measure(1 if quick else courtesy.ROUNDS):
        text = f"{100 * (found.ours - 1):.1f} %  (a plain render: {100 * (found.plain - 1):.0f} %)"
        yield at_most(round(found.ours, 3), 1.02, text)
    paused = courtesy.measure_pause(3 if quick else courtesy.PAUSES)
    yield at_most(paused.command, 0.2, f"{paused.command} s  (by a signal: {paused.signal} s)")


def measure_idle(quick: bool) -> Iterator[Result]:
    found = idle.measure(5.0 if quick else idle.WATCH)
    yield at_most(found["percent"], 0.1, f"{found['percent']} %")
    yield at_most(found["rss_mb"], 40, f"{found['rss_mb']} MB")


def measure_operations(quick: bool) -> Iterator[Result]:
    found = operations.measure((10,), 2, 200) if quick else operations.measure(DAEMONS, folder=roomy_folder)
    calls, names = [one.calls for one in found], [one.names for one in found]
    most = round(max(calls) / calls[0], 2)
    yield at_most(most, 1.1, str(most))
    yield Result(f"{listed(calls)}  (of {listed(one.chunks for one in found)} chunks)")
    yield Result(listed(round(count) for count in names))
    looks = [[calls.total() for calls in of] for of in zip(*hungry.measure((10,) if quick else DAEMONS), strict=True)]
    grown = [round(max(of) / of[0], 2) for of in looks]
    yield at_most(max(grown), 1.1, f"{listed(grown)}  ({'; '.join(map(listed, looks))})")


def measure_rest(quick: bool) -> Iterator[Result]:
    add, disk = adding.measure()
    yield at_most(round(add, 2), 2.0, f"{add:.2f} s  ({disk:.2f} s)")
    bare, ours = system_calls.per_chunk("bare"), system_calls.per_chunk("ours")
    yield at_most(round(ours / bare, 2), 1.5, f"{ours / bare:.2f}  ({ours} / {bare})")
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
        Row(f"REND of a {reading.MB} MB zstd file (Blender opens it)", "<= 30 ms")), measure_rest, profiles.rest),
    Part("S1", f"A chunk is taken and finished, by 1, 8 and 32 processes at once (`at it`), while {LEAST} / {LEAST} "
         f"for each / {' / '.join(f'{count:,}' for count in WAITING)} wait when a round "
         "begins; for one alone the first two are the same, and a million are ten jobs. Without "
         "the journal, whose line is the frame's. The bare loop is rename, open, "
         f"read, close, unlink on names known before. Both: the median of {queue_cost.ROUNDS} rounds in changing order "
         f"on the same chunks, of {queue_cost.MOST:,} chunks or {queue_cost.EACH} for each claimer. The peers promise "
         f"less: `tests/bench/peers.py` says what; - is where one cannot be used so, or a round takes minutes; the "
         f"median of {ROUNDS} rounds of {MOST} items or {LEAST_EACH} for each claimer, of fewer rounds or items where "
         f"one takes seconds. All are "
         f"warm before the clock starts. S2 is how the ratio to the bare loop grows: the largest against that with "
         f"{LEAST} waiting for each. `As a daemon finds it`: one process, whose finder also looks which jobs are open, "
         f"chooses one and asks whether this host may take it; {queue_cost.FOUND_WAITING:,} wait in the first job, "
         f"and a round takes {queue_cost.FOUND:,}.", (*queue_rows(), *flat_rows(), *found_rows()), measure_queue,
         profiles.take_and_finish),
    Part("S3", f"Twenty simulated hosts of speed 1 to 4 drive the real spool code: {makespan.FRAMES:,} frames in "
         f"chunks of {makespan.CHUNK}, {makespan.HEAVY} in a row {makespan.TIMES:.0f} times as dear. The least is "
         f"all work spread over all speeds without a gap. {makespan.RUNS} films, whose dear stretch lies ever later; "
         f"the goal is for the worst.",
         [Row(f"time of a film, {mode}: times the least possible", "<= 1.15" if mode in makespan.GIVING else "-")
          for mode in makespan.MODES], measure_makespan, profiles.film),
    Part("S4", f"All processes of a daemon that renders {render_cpu.FRAMES} frames, against one plain `blender -a`; "
         f"{' / '.join(map(str, render_cpu.CHUNKS))} frames a chunk. The two run at the same time on one "
         f"core, with one thread and the same priority each; the median of all such pairs of {render_cpu.ROUNDS} "
         f"rounds. The daemon's own start is taken off.",
         (Row("CPU of a usual frame: times one plain Blender's", "<= 1.05"),
          Row("CPU that is added to a frame of next to nothing: ms")), measure_cpu, profiles.daemon_cpu),
    Part("S5", "A real command and a real, idle daemon on one machine, default settings; all modules are "
         "compiled before, as `make venv` and pip do.", (
        Row("from the start of `render add` to the first claim", "<= 0.1 s"),
        Row("from the entry in queue/ to the first claim", "<= 0.1 s")), measure_first_claim, profiles.add),
    Part("S7", "A person's program, in Python, beside a render on all cores: how much longer it takes than on the idle "
         "machine. In brackets the same beside a plain `blender -a` at nice 0. The median of "
         f"{courtesy.ROUNDS} rounds, in each of which all three are timed in changing order. What limits it: the "
         "kernel gives a render that is SCHED_IDLE and whose autogroup is nice 19 a share that is not nothing (1.5 % "
         "of a contended core); two threads of one core, which a virtual machine may show as two cores, share its "
         "units and caches; all cores share memory bandwidth, the last cache, and the clock, which is lower when all "
         "of them work. No priority changes these; `renderd pause` does, and `threads:` leaves cores free. "
         f"The last row is the longest of {courtesy.PAUSES} pauses of that render: from the start of the command until "
         "the kernel says of every thread that it is stopped; in brackets from SIGUSR1 on.", (
             Row("a program of one thread beside a render, slower by", "<= 2 %"),
             Row("as many programs as cores beside a render, slower by", "<= 2 %"),
             Row("`renderd pause`: until nothing of a render on all cores runs", "<= 0.2 s")), measure_courtesy,
         courtesy.profile),
    Part("S8", "A daemon with nothing to do, at its default settings; all threads, as the scheduler counts them.", (
        Row("idle daemon, part of a core", "<= 0.1 %"),
        Row("idle daemon, memory", "<= 40 MB")), measure_idle, profiles.idle_daemon),
    Part("S9", f"{' / '.join(f'{count:,}' for count in DAEMONS)} real daemons in simulated time; chunks of "
         f"{operations.FRAMES * operations.FRAME:.0f} s, {operations.JOBS} open jobs of {operations.JOB_CHUNKS:,} "
         f"chunks. Counted is every call that names a path in the spool or beside the pictures, looks and beats at "
         f"their real rates included; of a thousand daemons {operations.SAMPLE} are counted, the others "
         f"stand in their way. All find work meanwhile. The jobs are 100,000 "
         "chunks: a claimer lists folders of at most a thousand names in the first of them, whatever waits behind, and "
         "what a claim costs before a million is S2. The last row is what the holder of a chunk asks beside that, "
         "after each of its ten frames, while so many daemons are hungry at the end of a job: in its first chunk, when "
         "it learns who they are, / in the next.", (
             Row("file operations of a chunk: the most, times those with the fewest daemons", "<= 1.1"),
             Row("file operations of a chunk"), Row("names that were listed, of a chunk"),
             Row("looks at the hungry, of a first and a next chunk: the most, times those with the fewest", "<= 1.1")),
         measure_operations, profiles.calls),
)
