"""A process that takes chunks until there is none: python -m tests.spool.taking SPOOL JOB HOST. Prints them."""

import sys

from spool import job as jobs
from spool import opening
from spool.claim import Waiting
from tests.spool.played import Daemon


def main(root: str, job: str, host: str) -> None:
    spool = opening.open_spool(root)
    daemon, waiting, found = Daemon.born(spool, host), Waiting(), jobs.read(spool, job)
    print("ready", flush=True)
    sys.stdin.readline()                # both begin at the same time
    slot = 0
    while taken := daemon.take(found, waiting, slot):
        print(taken.name.chunk, flush=True)
        slot += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
