"""The tables of the campaign, from the lines that it wrote; of one campaign, or of many added up."""

import json
import statistics
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BROKEN = ("lost", "doubled", "partial", "stuck", "check")
BEFORE = "before the first"
Record = dict[str, Any]


def read(paths: Iterable[Path]) -> list[Record]:
    return [json.loads(line) for path in paths for line in path.read_text().splitlines() if line.strip()]


def table(records: list[Record]) -> str:
    """A row for each kind of fault and one for all; below it what else is to be said."""
    faults = [r for r in records if r["record"] == "fault"]
    kind_of = {(r["run"], r["number"]): r["kind"] for r in faults}
    broken = Counter((_kind(kind_of, r), r["what"]) for r in records if r["record"] == "violation")
    ends = [r for r in records if r["record"] == "end"]
    again = _per_kind(kind_of, ends, "again")
    kinds = sorted({r["kind"] for r in faults}) + sorted({kind for kind, _ in broken if kind == BEFORE})
    rows = [_row(kind, [r for r in faults if r["kind"] == kind], broken, again) for kind in kinds]
    total = ["all", *(str(sum(int(row[n]) for row in rows)) for n in range(1, 8)),
             max((row[8] for row in rows), key=_number, default=""), *_spread(faults, "takeover")]
    head = ["fault", "count", *BROKEN, "again", "resumed in", "elsewhere in"]
    said = [_line(row) for row in ([head, *rows, total])]
    return "\n".join([*said, "", *_words(records, faults, ends)])


def _row(kind: str, faults: list[Record], broken: Counter[tuple[str, str]], again: Counter[str]) -> list[str]:
    resumed = [r["resumed"] for r in faults if r["resumed"] is not None]
    return [kind, str(len(faults)), *(str(broken[kind, what]) for what in BROKEN), str(again[kind]),
            f"{statistics.median(resumed):.0f} / {max(resumed):.0f} s" if resumed else "",
            *_spread(faults, "takeover")]


def _spread(faults: list[Record], name: str) -> list[str]:
    """Median / longest, and of how many."""
    found = [r[name] for r in faults if r.get(name) is not None]
    return [f"{statistics.median(found):.0f} / {max(found):.0f} s ({len(found)})" if found else ""]


def _words(records: list[Record], faults: list[Record], ends: list[Record]) -> list[str]:
    hours = sum(r["seconds"] for r in ends) / 3600
    runs = "; ".join(f"NFS {r['nfs']} seed {r['seed']}: {r['faults']} faults, stuck after {r['patience']:.0f} s"
                     for r in ends)
    return [
        f"{len(faults)} faults in {hours:.1f} h ({runs})",
        f"{sum(r['frames'] for r in ends)} frames in {sum(r['chunks'] for r in ends)} chunks verified, "
        f"{sum(r['published'] for r in ends)} publications seen, {sum(r['unknown'] for r in ends)} of them by an "
        f"unknown claim; {sum(r['checks'] for r in ends)} times `spool check`",
        f"lines that came late, from hosts declared dead, for frames that were rendered again: "
        f"{sum(r['late_lines'] for r in ends)}",
        f"claims of which a hungry host got the end: {sum(r.get('cuts', 0) for r in ends)}; "
        f"lines for frames that a torn cut left in two chunks: {sum(r.get('torn', 0) for r in ends)}",
        f"declared dead: {sum(r['deaths'] for r in ends)}, wrongly {sum(len(r['wrong_deaths']) for r in ends)}; "
        f"jobs that a person had to retry: {sum(r['retried'] for r in ends)}",
        *(f"{r['what']}: {r['text']} (NFS {r['run'].split('-')[0]}, fault {r['number']})"
          for r in records if r["record"] == "violation"),
    ]


def _kind(kind_of: dict[tuple[str, int], str], record: Record) -> str:
    return kind_of.get((record["run"], record["number"]), BEFORE)


def _per_kind(kind_of: dict[tuple[str, int], str], ends: list[Record], name: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for end in ends:
        for number, count in end[name].items():
            found[kind_of.get((end["run"], int(number)), BEFORE)] += count
    return found


def _number(text: str) -> float:
    return float(text.split("/")[-1].removesuffix("s")) if text else -1.0


def _line(words: list[str]) -> str:
    return f"{words[0]:20}" + "".join(f"{word:>8}" for word in words[1:8]) + f"{words[8]:>13}{words[9]:>18}"
