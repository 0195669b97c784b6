"""What a soak says: a line a minute, and the table at its end."""

from collections.abc import Iterator, Sequence

from tests.soak.growth import Sample
from tests.soak.proof import Proof
from tests.soak.schedule import DISK
from tests.soak.stage import BEAT, DEAD, SLOTS, WRONG_CLOCK, Stage

SAID = ("declared-dead", "born-again", "orphan", "claim-lost", "healed", "forgotten", "failed", "refused",
        "gave-back", "not-driven", "ended-hanging", "killed", "share-trouble", "bug")

Row = tuple[str, object]


def line(stage: Stage, proof: Proof, minute: float) -> str:
    books, said = stage.books, stage.events
    open_jobs = sum(state in ("queue", "held") for state, _ in proof.places.values())
    return (f"min {minute:5.1f}  jobs {len(books.jobs)} ({open_jobs} open)  chunks {books.chunks()}  "
            f"frames {proof.frames}  faults {sum(books.faults.values())}  dead {said.get('declared-dead', 0)}  "
            f"healed {said.get('healed', 0)}  proofs {proof.proofs}  checks {proof.checks}  "
            f"longest wait {proof.waits.longest:.0f} s  violations {len(books.violations)}")


def table(stage: Stage, proof: Proof, minute: float, samples: Sequence[Sample]) -> Iterator[str]:
    rows = [("minutes, seed", f"{minute:.1f}, {stage.seed}"),
            ("daemons, slots", f"{len(SLOTS)}, {sum(SLOTS.values())}"),
            ("beat; silence until dead", f"{BEAT} s; {DEAD} s (usual: 5 s; 30 s)"),
            *_jobs(stage, proof), *_faults(stage),
            *((f"said: {event}", stage.events.get(event, 0)) for event in SAID),
            ("daemons that ended in trouble, restarted", stage.restarts),
            ("longest that anything stood still", f"{proof.waits.longest:.0f} s of {proof.waits.limit:.0f} s"),
            ("violations", len(stage.books.violations))]
    width = max(len(name) for name, _ in rows)
    yield from (f"{name:{width}}  {value}" for name, value in rows)
    yield from (sample.line() for sample in samples)
    yield from (f"VIOLATION {text}" for text in stage.books.violations)


def _jobs(stage: Stage, proof: Proof) -> Iterator[Row]:
    books = stage.books
    ends = ["cancelled" if one.cancelled else one.proved or "not ended" for one in books.jobs.values()]
    yield "jobs sent; refused in trouble", f"{len(books.jobs)}; {len(books.refused)}"
    yield "chunks, frames sent", f"{books.chunks()}, {sum(len(one.frames) for one in books.jobs.values())}"
    yield "jobs of the real Blender", sum(one.real for one in books.jobs.values())
    yield "frames that appeared, each looked at", proof.frames
    yield from ((f"jobs: {end}", ends.count(end)) for end in sorted(set(ends)))
    yield "jobs removed by clean", sum(one.cleaned for one in books.jobs.values())
    yield "commands", ", ".join(f"{name} {count}" for name, count in sorted(stage.commands.items()))
    yield "proofs of a job; spool checks", f"{proof.proofs}; {proof.checks}"


def _faults(stage: Stage) -> Iterator[Row]:
    made = stage.books.faults
    yield from ((f"fault: {name}", count) for name, count in sorted(made.items()))
    if not stage.disks:
        yield from ((f"fault: {fault.__name__.replace('_', ' ')}", "LEFT OUT: needs root and a mount namespace")
                    for fault in DISK)
    yield "fault: wrong clock", f"{WRONG_CLOCK[0]} is {WRONG_CLOCK[1]} s ahead"
    yield "faults in all", sum(made.values())
