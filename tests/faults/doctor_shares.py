"""`render doctor` on one good share and on bad ones, each of them real: `python3 -m tests.faults.doctor_shares`.

Needs mounts of its own and, for NFS, the lab of tests/faults/lab.py. Names of shares may be given, to try only these;
`local` and `nfs` mean all of a kind. Exit status 1 if the doctor overlooked something, or complained of a good share.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from render_cli import doctor
from spool.fitness.finding import from_json
from tests.faults.lab import DISK, GUEST, RENDER, RENDERD, ROOT, Skip, nfs_lab

ACCOUNT = "getent passwd 800 >/dev/null || { groupadd -g 800 farm; useradd -u 800 -g 800 -M -d /tmp render; }"
AS_FARM = f"export {GUEST} HOME=/tmp; setpriv --reuid=800 --regid=800 --clear-groups"
PATIENCE = 900                          # seconds; emulated machines are slow, and slower beside others


@dataclass(frozen=True)
class Share:
    """How a share is made, and what the doctor must say of it: codes of spool/fitness/troubles.py."""

    name: str
    about: str
    must: tuple[str, ...]
    version: str = ""                   # of NFS; empty for those that are made on one machine
    options: str = ""                   # of the mount
    two: bool = False                   # with the daemon of client2
    before: str = "umask 002"           # in the shell that runs the doctor, with $SPOOL
    server: str = ""                    # on the server, before it is mounted


NFS = (
    Share("good-4.2", "NFS 4.2 with default options, two computers", (), "4.2", two=True),
    Share("good-3", "NFS 3 with default options, two computers", (), "3", two=True),
    Share("nolock", "NFS 3 mounted with nolock, two computers", ("nolock", "lock-shared"), "3", "nolock", two=True),
    Share("soft", "NFS 4.2 mounted with soft", ("soft",), "4.2", "soft,timeo=100"),
    Share("actimeo", "NFS 4.2 mounted with actimeo=600, two computers", ("old-cache",), "4.2", "actimeo=600", two=True),
    Share("noac", "NFS 4.2 mounted with noac", ("noac",), "4.2", "noac"),
    Share("4.0", "NFS 4.0", ("nfs-4.0",), "4.0"),
    Share("read-only", "NFS 4.2 mounted with ro", ("read-only",), "4.2", "ro"),
    Share("full-nfs", "NFS 4.2, and the server's disk is full", ("full", "no-space"), "4.2",
          server=f"dd if=/dev/zero of={DISK}/rest bs=1M 2>/dev/null; true"),
    Share("group", "a spool for a group, without setgid, and a person with umask 077",
          ("no-setgid", "umask"), "4.2", server=f"chmod g-s {DISK}/farm; chgrp 900 {DISK}/farm {DISK}/farm/*",
          before="umask 077"),
    Share("clock", "a computer whose clock is an hour ahead", ("clock-off",), "4.2",
          before="umask 002; date -s '+1 hour' >&2"),
    Share("away", "the server does not answer any more", ("no-reply",), "4.2"),
)

LOCAL = (
    Share("good-local", "a folder on this computer's disk", (), before="render_init"),
    Share("full", "a full disk", ("full", "no-space"), before="""
        mount -t tmpfs -o mode=755,size=2M none $SPOOL && render_init; cat /dev/zero >$SPOOL/rest 2>/dev/null"""),
    Share("inodes", "a disk without inodes", ("no-inodes", "full"), before="""
        mount -t tmpfs -o mode=755,nr_inodes=12 none $SPOOL && render_init; touch $SPOOL/rest 2>/dev/null"""),
    Share("read-only-local", "a disk mounted read-only", ("read-only",), before="""
        render_init; mount --bind $SPOOL $SPOOL; mount -o remount,bind,ro $SPOOL"""),
    Share("overlay", "a container's own disk", ("overlay",), before="""
        mkdir $SPOOL.up $SPOOL.work $SPOOL.low
        mount -t overlay -o lowerdir=$SPOOL.low,upperdir=$SPOOL.up,workdir=$SPOOL.work none $SPOOL; render_init"""),
)


@dataclass(frozen=True)
class Outcome:
    share: Share
    text: str
    codes: frozenset[str]

    @property
    def right(self) -> bool:
        return self.codes >= set(self.share.must) if self.share.must else not self.codes


def local(share: Share) -> Outcome:
    """Made in a mount namespace of its own, which ends with it."""
    with tempfile.TemporaryDirectory() as scratch:
        spool = Path(scratch, "farm")
        spool.mkdir()
        run = f"{sys.executable} -c 'from render_cli.main import run; run()'"
        script = f"""
            export PYTHONPATH={ROOT} SPOOL={spool} HOME={scratch} RENDERD_HOST=here
            render_init() {{ {run} init $SPOOL >/dev/null 2>&1; }}
            {share.before}
            {run} doctor --spool $SPOOL --json"""
        ran = subprocess.run([*namespace(), "sh", "-c", script], cwd=scratch, capture_output=True, text=True,
                             timeout=120, check=False)
        return _outcome(share, ran.stdout)


def namespace() -> list[str]:
    """The start of a command that may mount what it likes, and nobody else sees it."""
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-m"]


def reason_to_skip() -> str:
    """Why there can be no mounts of our own here; nothing if there can."""
    ran = subprocess.run([*namespace(), "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True,
                         check=False)
    return f"mounts of our own are not allowed here: {ran.stderr.strip()}" if ran.returncode else ""


def _outcome(share: Share, printed: str) -> Outcome:
    """What `--json` said, in the words in which it is said without."""
    found = [from_json(one) for one in json.loads(printed)["checks"]]
    text = "\n".join(line for one in found for line in doctor.lines(one, 18))
    return Outcome(share, click.unstyle(text), frozenset(one.code for one in found if one.code))


@contextmanager
def guests() -> Iterator[Any]:
    with nfs_lab("4.2", clients=2, mount=False) as lab:
        for vm in (lab.server, *lab.clients):
            vm.run(f"{ACCOUNT}; true")
        lab.server.run(f"""sed -i s/no_root_squash/root_squash/ /etc/exports && exportfs -ra
            mkdir -p {DISK}/farm && chgrp 800 {DISK}/farm && chmod 2770 {DISK}/farm
            export {GUEST}; {RENDER} init {DISK}/farm && chown -R 800:800 {DISK}/farm""", check=True, timeout=PATIENCE)
        yield lab


def on_nfs(lab: Any, share: Share) -> Outcome:
    """Mounted anew on both clients, tested from the first."""
    one, two = lab.clients
    _serve(lab, share)
    try:
        if share.two:
            _start_daemon(two)
        if share.name == "away":
            lab.partition(one)
        with_two = "--with client2" if share.two else ""
        ran = one.run(f"{share.before}\n{AS_FARM} {RENDER} doctor --spool /spool/farm {with_two} --json",
                      timeout=PATIENCE)
        if not ran.out:
            raise RuntimeError(f"{share.name}: {ran}")
        return _outcome(share, ran.out)
    finally:
        _end(lab, share)


def _serve(lab: Any, share: Share) -> None:
    if share.server:
        lab.server.run(share.server, timeout=PATIENCE)
    for vm in lab.clients:
        lab.mount(vm, share.options, nfs=share.version)


def _start_daemon(vm: Any) -> None:
    vm.run(f"export RENDERD_POLL=1; ({AS_FARM} {RENDERD} --spool /spool/farm --host client2 "
           ">/tmp/renderd.log 2>&1 & echo $! >/tmp/renderd.pid); "
           "for i in $(seq 600); do grep -q ^started /tmp/renderd.log && exit; sleep 0.5; done; "
           "cat /tmp/renderd.log; exit 1", check=True, timeout=PATIENCE)


def _end(lab: Any, share: Share) -> None:
    """As it was before."""
    if share.name == "away":
        lab.heal(lab.clients[0])
    lab.clients[1].run("[ -f /tmp/renderd.pid ] && kill $(cat /tmp/renderd.pid); sleep 3; rm -f /tmp/renderd.pid; true")
    for vm in lab.clients:
        vm.run("umount -f -l /spool; true", timeout=60)
    lab.server.run(f"rm -f {DISK}/rest; chgrp -R 800 {DISK}/farm; chmod -R g+s {DISK}/farm; true")
    if share.name == "clock":
        lab.clients[0].run("date -s '-1 hour'")


def outcomes(wanted: Sequence[str]) -> Iterator[Outcome | str]:
    """Of each share that was asked for; a sentence for what cannot be made here."""
    def chosen(shares: Sequence[Share], kind: str) -> list[Share]:
        return [share for share in shares if not wanted or kind in wanted or share.name in wanted]

    if shares := chosen(LOCAL, "local"):
        yield from [reason] if (reason := reason_to_skip()) else _each(shares, local)
    if shares := chosen(NFS, "nfs"):
        try:
            with guests() as lab:
                yield from _each(shares, lambda share: on_nfs(lab, share))
        except Skip as skip:
            yield str(skip)


def _each(shares: Sequence[Share], look: Callable[[Share], Outcome]) -> Iterator[Outcome]:
    for share in shares:
        yield look(share)


def main() -> int:
    wrong = 0
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))      # so that the machines are ended
    for found in outcomes(sys.argv[1:]):
        if isinstance(found, str):
            print(f"\nskipped: {found}")
            continue
        verdict = "as it must" if found.right else f"WRONG, it must say {', '.join(found.share.must) or 'nothing'}"
        print(f"\n== {found.share.name}: {found.share.about}\n\n{found.text}\n   said {verdict}", flush=True)
        wrong += not found.right
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
