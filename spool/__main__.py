"""python -m spool check DIR [--json]: prove the invariants of docs/SPOOL.md on a spool in use."""

import argparse
import json
import sys
from dataclasses import asdict

from spool.check import Report, check
from spool.errors import SpoolError
from spool.foreign import Problem
from spool.opening import open_spool

EPILOG = """\
Only reads. A fault is a broken promise of docs/SPOOL.md; a note heals by itself.

Examples: python -m spool check /mnt/spool
          python -m spool check /mnt/spool --json
Exit status: 0 no faults, 1 faults or no spool, 2 usage."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m spool", description=__doc__, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check"])
    parser.add_argument("dir")
    parser.add_argument("--json", action="store_true", help="one object: summary, counts, problems")
    args = parser.parse_args(argv)
    # Names in the spool may be any bytes; a terminal that cannot show one must not stop the check.
    sys.stdout.reconfigure(errors="backslashreplace")       # type: ignore[union-attr]
    try:
        report = check(open_spool(args.dir))
    except SpoolError as error:
        print(f"spool: {error.message}", *([error.hint] if error.hint else []), sep="\n", file=sys.stderr)
        return error.exit_code
    _print(report, args.json)
    return 1 if report.faults else 0


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"summary": report.summary(), "counts": dict(report.counts),
                          "problems": [asdict(p) for p in report.problems]}, indent=1))
        return
    for problem in sorted(report.problems, key=lambda p: not p.fault):
        print(_line(problem))
    print(report.summary())


def _line(problem: Problem) -> str:
    return f"{'fault' if problem.fault else 'note'}  {problem.path} {problem.what}\n       {problem.cure}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
