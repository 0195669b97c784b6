"""What `make test-nfs` runs: lost replies and stale caches, a silent server, then a short campaign of faults, on
NFSv3 and 4.2.

    python -m tests.faults

Where this machine cannot run the lab, it says so in one line that begins with SKIP, and ends with 0."""

import subprocess
import sys

from tests.faults.lab import ROOT, reason_to_skip

VERSIONS = ("3", "4.2")
SHORT = ("--seed", "1", "--faults", "15", "--chunks", "60")


def main() -> int:
    if reason := reason_to_skip():
        print(f"SKIP: {' '.join(reason.split())}")
        return 0
    parts = [("tests.faults.cases", "--nfs", nfs) for nfs in VERSIONS] + \
            [("tests.faults.silence", "--nfs", nfs) for nfs in VERSIONS] + \
            [("tests.faults.campaign", "--nfs", nfs, *SHORT) for nfs in VERSIONS]
    broken = []
    for part in parts:
        print("\n== python -m", *part, flush=True)
        if subprocess.run([sys.executable, "-m", *part], cwd=ROOT, check=False).returncode:
            broken.append(" ".join(part))
    print("\n" + ("\n".join(f"BROKEN: python -m {part}" for part in broken) or "All is as it must be on NFS."))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
