"""`make bench`: one table, goals beside results, and docs/PERFORMANCE.md made from it.

    python -m tests.bench [--only PART]... [--quick]

The other rows of the page stay as they are with --only. With --quick everything is small and rough, to see whether it
runs, and the page is left alone."""

import argparse
from collections.abc import Sequence

from tests.bench import table
from tests.bench.parts import PARTS
from tests.bench.table import Line, Part


def measure(parts: Sequence[Part], quick: bool) -> tuple[dict[str, Line], dict[str, str]]:
    """Lines by what they are about, and profiles of what was missed by part."""
    lines, profiles = dict[str, Line](), dict[str, str]()
    for part in parts:
        missed = False
        for row, result in zip(part.rows, part.measure(quick), strict=True):
            lines[row.what] = line = table.line(part, row, result)
            table.show(line)
            missed = missed or result.met is False
        if missed and part.profile and not quick:
            profiles[part.name] = part.profile()
            print(profiles[part.name], flush=True)
    return lines, profiles


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    names = [part.name for part in PARTS]
    parser.add_argument("--only", metavar="PART", action="append", choices=names, help=f"of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="does it run? The numbers count for nothing")
    given = parser.parse_args()
    chosen = [part for part in PARTS if not given.only or part.name in given.only]
    lines, profiles = measure(chosen, given.quick)
    if not given.quick:
        _write(chosen, lines, profiles)


def _write(chosen: Sequence[Part], lines: dict[str, Line], profiles: dict[str, str]) -> None:
    before = table.PAGE.read_text() if table.PAGE.exists() else ""
    kept = {name: text for name, text in table.read_profiles(before).items()
            if name not in {part.name for part in chosen}}
    told = kept | profiles
    table.PAGE.write_text(table.page(PARTS, table.read(before) | lines,
                                     {part.name: told[part.name] for part in PARTS if part.name in told}))
    print(f"{table.PAGE.name} is written.")


if __name__ == "__main__":
    main()
