"""The server of the share loses its power for a while: who says so, who can be ended, and does all go on by itself?

    python -m tests.faults.silence --nfs 4.2        a table of seconds since the server was gone, or came back

Three daemons on two clients (one renders, one is asked to end meanwhile, one is started meanwhile), and two commands
(`render jobs --watch` runs, `render jobs` is started meanwhile and gets Ctrl-C). Exit status: 0 all is as promised,
1 something is not, 77 this machine cannot run the lab.
"""

import argparse
import json
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.lab import DISK, GUEST, RENDER, Skip, nfs_lab
from tests.faults.world import AS_USER, BLEND

FRAMES = 150
PRESSED = "env --default-signal=INT PYTHONSAFEPATH=1"   # the lab ignores Ctrl-C; in / the share is called as a package
SAYS = 60           # seconds within which everybody must say that the share does not answer
ENDS = 60           # TimeoutStopSec of etc/systemd/renderd.service
RETURNS = 150       # seconds after the server's return: an NFSv4 server lets nobody rename for up to 100 s

# Plays systemd: what the daemon says to it, line by line.
LISTEN = """python3 -uc 'import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("/tmp/notify"); os.chmod("/tmp/notify", 0o777)
while True: print(s.recv(4096).decode())'"""


@dataclass
class Spoken:
    """A program in a guest; what it says, with the time."""

    vm: Any
    command: str
    heard: list[tuple[float, str]] = field(default_factory=list)
    pids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.job = self.vm.popen(self.command, on_output=self._hear)

    def _hear(self, stream: int, data: bytes) -> None:
        self.heard.extend((time.monotonic(), line) for line in data.decode(errors="replace").splitlines())

    def said(self, what: str, since: float = 0.0) -> float | None:
        """When, after `since`."""
        return next((when for when, line in self.heard if what in line and when >= since), None)


def renderd(vm: Any, host: str, **environ: str) -> Spoken:
    environ |= {"RENDERD_HOST": host, "RENDERD_BLENDER": "/farm/code/tests/fakes/blender.py", "FAKE_SECONDS": "0.5",
                "RENDERD_ENVIRONMENT": "PATH,HOME,FAKE_*"}
    exports = " ".join(f"{key}='{value}'" for key, value in environ.items())
    return Spoken(vm, f"export {exports}; {AS_USER} {PRESSED} python3 -uc 'from renderd.main import run; run()'")


@dataclass
class Table:
    """The measured seconds, and whether they keep the promise."""

    kept: bool = True

    def row(self, what: str, seconds: float | None, most: float) -> None:
        good = seconds is not None and seconds <= most
        self.kept &= good
        shown = "never" if seconds is None else f"{seconds:.1f} s"
        print(f"{what:<58} {shown:>9}   {'ok' if good else f'NOT WITHIN {most:.0f} s'}", flush=True)

    def so(self, what: str, good: bool) -> None:
        self.kept &= good
        print(f"{what:<58} {'yes' if good else 'NO':>9}   {'ok' if good else 'BROKEN'}", flush=True)


def until(what: Callable[[], Any], limit: float) -> bool:
    end = time.monotonic() + limit
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def play(lab: Any, silent_seconds: float) -> bool:
    one, two = lab.clients
    shutil.copy(BLEND, lab.out / "shot.blend")
    lab.server.sh(f"mkdir -p {DISK}/film/out; cp /farm/out/shot.blend {DISK}/film/; chown -R 1000:1000 {DISK}/film; "
                  f"install -d -o 1000 -g 1000 {DISK}/farm; sync")          # its power is cut soon
    one.run(f"{AS_USER} {RENDER} init /spool/farm", check=True, timeout=120)
    added = one.run(f"{AS_USER} {RENDER} add /spool/film/shot.blend --scene Shot --frames 1-{FRAMES} --chunk 50 "
                    "--output //out/#### --format PNG --json", check=True, timeout=120)
    systemd = Spoken(one, LISTEN)
    until(lambda: one.run("test -S /tmp/notify").rc == 0, 30)
    stays = renderd(one, "stays", NOTIFY_SOCKET="/tmp/notify", WATCHDOG_USEC="60000000")
    ends = renderd(two, "ends")
    until(lambda: stays.said("started") and ends.said("started"), 120)
    for daemon in (stays, ends):
        daemon.pids = daemon.vm.sh("pgrep -f 'renderd.main.*[r]un'").split()
    watching = Spoken(one, f"{AS_USER} {PRESSED} {RENDER} jobs --watch")
    renders = "pgrep -f 'fakes/[b]lender.py.*Shot'"
    if not until(lambda: one.run(renders).rc == 0 and two.run(renders).rc == 0 and watching.said("rendering"), 120):
        print("The farm does not begin.", stays.heard, stays.job.rc, ends.heard, watching.heard)
        return False
    return _silence(lab, silent_seconds, Table(), systemd, stays, ends, watching, renders,
                    json.loads(added.out)["jobs"][0]["job"])


def _silence(lab: Any, silent_seconds: float, table: Table, systemd: Spoken, stays: Spoken, ends: Spoken,
             watching: Spoken, renders: str, job: str) -> bool:
    one, two = lab.clients
    lab.server.kill_hard()
    gone = time.monotonic()
    print("-- the server has no power", flush=True)
    ends.job.kill(signal.SIGTERM)
    late, asks = renderd(two, "late"), Spoken(one, f"{AS_USER} {PRESSED} {RENDER} jobs --json")
    asked = time.monotonic()
    silent = "does not answer since"
    until(lambda: all((stays.said("share-silent"), systemd.said(silent), watching.said(silent), asks.said(silent),
                       late.said("share-silent"), ends.said("ended-silent"))), SAYS + 5)
    for who, what, spoken, since in (("the daemon's log", "share-silent", stays, gone),
                                     ("the daemon's STATUS for systemctl status", silent, systemd, gone),
                                     ("a command that ran (render jobs --watch)", silent, watching, gone),
                                     ("a command that was started meanwhile", silent, asks, asked),
                                     ("a daemon that was started meanwhile", "share-silent", late, asked)):
        when = spoken.said(what, since)
        table.row(f"{who} says so after", when and when - since, SAYS)
    ended = ends.said("ended-silent")
    table.row("a daemon that got SIGTERM says that it ends after", ended and ended - gone, ENDS)
    nothing = until(lambda: two.run(renders).rc != 0 and _gone(ends), ENDS)
    table.so("no render of it is left, and no thread", nothing)
    pressed = time.monotonic()
    asks.job.kill(signal.SIGINT)
    table.so("Ctrl-C ends the command that waits", until(asks.job.done.is_set, 30) and asks.job.rc == 130)
    table.row("Ctrl-C took", time.monotonic() - pressed, 10)
    time.sleep(max(0.0, gone + silent_seconds - time.monotonic()))
    fed = [when for when, line in systemd.heard if line == "WATCHDOG=1" and when > gone]
    gaps = [after - before for before, after in zip([gone, *fed], [*fed, time.monotonic()], strict=True)]
    table.row("the longest time without WATCHDOG=1", max(gaps), 59)
    return _return(lab, table, systemd, stays, late, watching, job)


def _gone(daemon: Spoken) -> bool:
    """It has ended, but for files that the kernel still writes: that lasts until the server is back."""
    stacks = " ".join(f"/proc/{pid}/task/*/stack" for pid in daemon.pids)
    left = daemon.vm.run(f"cat {stacks} 2>/dev/null | grep -cE 'nfs_wb_all|nfs_file_fsync'").out.strip()
    print(f"   threads of it that only wait for the kernel to write their files: {left}", flush=True)
    return daemon.job.done.is_set() or int(left) > 0


def _return(lab: Any, table: Table, systemd: Spoken, stays: Spoken, late: Spoken, watching: Spoken,
            job: str) -> bool:
    one = lab.clients[0]
    lab.server.start()
    lab.server.wait_boot()
    lab.setup_server()
    back = time.monotonic()
    print("-- the server serves again", flush=True)
    until(lambda: all((stays.said("share-answers"), systemd.said("answers again"), watching.said("answers again"),
                       late.said("started"))), RETURNS)
    for who, what, spoken in (("the daemon's log", "share-answers", stays),
                              ("the daemon's STATUS", "answers again", systemd),
                              ("the command that ran", "answers again", watching),
                              ("the daemon that was started meanwhile: `started`", "started", late)):
        when = spoken.said(what)
        table.row(f"{who} says so after", when and max(0.0, when - back), RETURNS)
    finished = until(lambda: lab.server.run(f"ls {DISK}/farm/done | grep -q {job}").rc == 0, 300)
    table.row("the job is done after", time.monotonic() - back if finished else None, 300)
    frames = lab.server.sh(f"find {DISK}/film/out -name '*.png' | wc -l").strip()
    table.so(f"all {FRAMES} frames are there", int(frames) == FRAMES)
    check = lab.server.run(f"export {GUEST}; python3 -m spool check {DISK}/farm", timeout=120)
    table.so("python -m spool check finds no fault", check.rc == 0)
    table.so("the daemon is the one that was there", one.sh("pgrep -f 'renderd.main.*[r]un'").split() == stays.pids)
    if not table.kept:
        for name, spoken in (("stays", stays), ("late", late), ("watching", watching), ("systemd", systemd)):
            print(f"== {name}", *(f"{when - back:8.1f} {line}" for when, line in spoken.heard[-60:]), sep="\n")
        print(check.out, check.err)
    return table.kept


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--nfs", choices=["3", "4.0", "4.2"], default="4.2")
    parser.add_argument("--seconds", type=float, default=90.0, help="How long the server is away.")
    chosen = parser.parse_args()
    try:
        with nfs_lab(chosen.nfs, clients=2) as lab:
            print(f"-- NFS {chosen.nfs}, {chosen.seconds:.0f} s", flush=True)
            return 0 if play(lab, chosen.seconds) else 1
    except Skip as skip:
        print(f"SKIP: {skip}")
        return 77


if __name__ == "__main__":
    sys.exit(main())
