"""Faults on real NFS: two client machines with two slots each, a file server, and everything that can happen to them.

    python -m tests.faults.campaign --seed 1 --faults 500 --nfs 4.2 --json faults.jsonl
    python -m tests.faults.campaign --sum faults.jsonl

While real daemons render, one fault after the other is done to the farm, or a few light ones together; the same seed
gives the same plan. All the time a watcher beside the server's disk looks at every picture in the moment in which it
appears under its final name, and at every chunk that moves. After each fault: `python -m spool check`, and within 60 s
everything must have gone on. When the jobs of a round are done, every frame, chunk and journal is looked at.

lost      a frame is missing, or a chunk without its frames
doubled   a frame was published by a claim that was lost, or that had given it away, or two lines of journals say that
          one frame was published (but for lines of a host that was declared dead: it wrote them before, and was cut
          off from the server; and for frames that two have since somebody was stopped while he gave them away)
partial   a picture under a final name that is not, to the last byte, the frame that it is called
stuck     60 s after the fault: a claim of that time is still there, a host takes nothing, a job is not settled
check     any other fault that `spool check` finds
again     a frame was published that was there already: lawful, and wasted work
elsewhere seconds from the moment in which a host is cut off until the last of its chunks is taken by the other

Exit status: 0 no promise was broken, 1 some were (the folder that is named has the logs and the spool), 2 the campaign
itself failed, 77 this machine cannot run it.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import faults as all_faults
from tests.faults import table
from tests.faults.faults import Done, Fault
from tests.faults.lab import ROOT, Skip
from tests.faults.world import Round, World, world

RESUME = 60.0           # seconds after a fault's end within which everything must have gone on, unless --patience
BUSY = 3.0              # load of this machine at which emulated ones are slow enough to be called stuck
FEW = 12                # waiting chunks at which the next round is added; some faults find a hungry host
TARS = 6                # violations of which the whole spool is kept


@dataclass
class Campaign:
    """A plan being carried out on a world."""

    world: World
    run: str
    chunks: int
    out: Path | None
    patience: float = RESUME
    open: list[Round] = field(default_factory=list)
    frames: int = 0
    rounds_chunks: int = 0
    checks: int = 0
    retried: int = 0
    told: int = 0               # violations that were told
    records: list[table.Record] = field(default_factory=list)

    # -- faults

    def do(self, faults: list[Fault]) -> None:
        """One fault, or a few light ones; until all has gone on and is proved."""
        self.keep_busy()
        after = [(fault, self._one(fault)) for fault in faults]
        proofs = threading.Thread(target=self._prove, args=(faults[-1].number,))
        proofs.start()
        limit = time.time() + self.patience
        for fault, done in after:
            self._tell(fault, done, self._wait(fault, done, limit))
        proofs.join()
        self._retry()
        self.tell_violations()

    def _one(self, fault: Fault) -> Done:
        ledger = self.world.ledger
        time.sleep(fault.pause)
        ledger.number = fault.number
        self.world.note(f"fault {fault}")
        done = all_faults.do(self.world, fault)
        done.claims, done.idle = list(ledger.running), ledger.idle_jobs()
        self.world.note(f"fault {fault.number} has ended after {done.ended - done.at:.1f} s {done.text}")
        return done

    def _tell(self, fault: Fault, done: Done, resumed: float | None) -> None:
        self._record("fault", number=fault.number, kind=fault.kind, seconds=fault.seconds, client=fault.client,
                     lasted=round(done.ended - done.at, 1), resumed=resumed, takeover=_rounded(done.takeover),
                     text=done.text)
        after = "STUCK" if resumed is None else f"resumed after {resumed:4.1f} s"
        elsewhere = f", its chunks elsewhere after {done.takeover:.0f} s" if done.takeover else ""
        say(f"{fault}  lasted {done.ended - done.at:5.1f} s, {after}{elsewhere} {done.text}")

    def keep_busy(self) -> None:
        if self.world.ledger.waiting() < FEW:
            self.open.append(self.world.add_round(self.chunks))

    def _wait(self, fault: Fault, done: Done, limit: float) -> float | None:
        """Seconds from the fault's end until all had gone on; None if something has not at the limit."""
        ledger, hosts = self.world.ledger, self.world.hosts()
        while held_up := ledger.held_up(done.ended, hosts, done.idle):
            if time.time() > limit:
                for what in held_up:
                    ledger.broken("stuck", what, fault.number)
                return None
            time.sleep(0.1)
        return round(ledger.went_on(done.ended, hosts, done.claims) - done.ended, 1)

    def _prove(self, number: int) -> None:
        try:
            self.world.check(number)
            self.checks += 1
            self.verify_done_rounds()
        except Exception:
            self.world.trouble.append(traceback.format_exc())

    def verify_done_rounds(self) -> None:
        entries = dict(self.world.ledger.entries)
        for made in list(self.open):
            if all(entries.get(job) == "done" for job, _ in made.folders.values()):
                self.open.remove(made)
                self.frames += self.world.verify(made)
                self.rounds_chunks += made.chunks

    def _retry(self) -> None:
        self.retried += self.world.retry_given_up()
        if self.world.trouble:
            raise RuntimeError("\n".join(self.world.trouble))

    def tell_violations(self) -> None:
        broken = self.world.ledger.violations
        for one in broken[self.told:]:
            say(f"VIOLATION {one.kind}: {one.text}; fault {one.during}, kept in {self.world.evidence}")
            self.world.note(f"VIOLATION {one}")
            self._record("violation", number=one.during, what=one.kind, text=one.text)
        if len(broken) > self.told and self.told < TARS:
            self.world.keep_evidence()
        self.told = len(broken)

    # -- the end

    def finish(self) -> None:
        """What still waits is rendered; every round is verified."""
        ledger, last = self.world.ledger, time.time()
        seen = 0
        while self.open:
            self._retry()
            self.verify_done_rounds()
            if ledger.lines_of_work != seen:
                seen, last = ledger.lines_of_work, time.time()
            if time.time() > last + 2 * self.patience:
                for made in self.open:
                    ledger.broken("stuck", f"at the end {made.folders} is not done")
                break
            time.sleep(0.5)
        self.world.check(ledger.number)
        self.checks += 1
        self.tell_violations()

    def end(self, asked: argparse.Namespace, faults: int, began: float) -> None:
        ledger = self.world.ledger
        self._record("end", nfs=asked.nfs, seed=asked.seed, faults=faults, seconds=round(time.time() - began),
                     frames=self.frames, chunks=self.rounds_chunks, published=len(ledger.published),
                     unknown=ledger.unknown, checks=self.checks, deaths=len(ledger.deaths),
                     wrong_deaths=self.world.wrong_deaths(), late_lines=ledger.late_lines, patience=self.patience,
                     retried=self.retried, again=dict(ledger.again()), cuts=ledger.cuts, torn=ledger.torn)

    def _record(self, record: str, **facts: Any) -> None:
        self.records.append({"record": record, "run": self.run, **facts})
        if self.out:
            with self.out.open("a") as file:
                file.write(json.dumps(self.records[-1]) + "\n")


def campaign(asked: argparse.Namespace) -> int:
    plan = all_faults.plan(asked.seed, asked.faults, asked.kinds)
    say("\n".join(["The plan:", *(str(fault) for faults in plan for fault in faults), ""]))
    if os.getloadavg()[0] > BUSY:
        say(f"The load here is {os.getloadavg()[0]:.0f}: what is only slow may be called stuck. See --patience.\n")
    began = time.time()
    run = f"{asked.nfs}-{asked.seed}-{time.strftime('%m%d%H%M%S')}"
    evidence = asked.evidence / run
    code = 2
    with world(asked.nfs, evidence, lease=asked.lease) as made:
        doing = Campaign(made, run, asked.chunks, asked.json, asked.patience)
        count = 0
        try:
            for faults in plan:
                doing.do(faults)
                count += len(faults)
            doing.finish()
            code = 1 if made.ledger.violations else 0
        except BaseException as error:
            made.note(f"the campaign failed: {error!r}")
            say(f"The campaign failed at fault {count + 1}: {error!r}. The logs are in {evidence}.")
            raise
        finally:
            doing.end(asked, count, began)
            say("\n" + table.table(doing.records))
    if code == 0 and not asked.keep:
        shutil.rmtree(evidence, ignore_errors=True)
    return code


def say(text: str) -> None:
    print(text, flush=True)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m tests.faults.campaign", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=20, metavar="K")
    parser.add_argument("--nfs", choices=["3", "4.0", "4.1", "4.2"], default="4.2")
    parser.add_argument("--kinds", nargs="+", choices=all_faults.KINDS, default=tuple(all_faults.KINDS), metavar="KIND",
                        help=f"only these: {', '.join(map(repr, all_faults.KINDS))}")
    parser.add_argument("--chunks", type=int, default=500, metavar="N", help="of a round (500)")
    parser.add_argument("--lease", type=int, metavar="S", help="NFSv4 lease and grace time; the kernel's own (90)")
    parser.add_argument("--patience", type=float, default=RESUME, metavar="S",
                        help="after so many seconds what has not gone on is stuck (60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append what was seen, for --sum")
    parser.add_argument("--evidence", type=Path, default=ROOT / "build" / "faults", metavar="DIR",
                        help="logs and spools of what went wrong (build/faults)")
    parser.add_argument("--keep", action="store_true", help="keep the logs also when all went well")
    parser.add_argument("--sum", type=Path, nargs="+", metavar="FILE", help="only add up what these files say")
    asked = parser.parse_args(argv)
    if asked.sum:
        records = table.read(asked.sum)
        print(table.table(records))
        return 1 if any(r["record"] == "violation" for r in records) else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # so that the machines are taken down
    try:
        return campaign(asked)
    except Skip as skip:
        print(f"SKIP: {skip}", file=sys.stderr)
        return 77
    except Exception:
        traceback.print_exc()
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
