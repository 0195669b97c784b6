"""`make bench`: one table, goals beside results. Ratios are within one run; the machine may be busy."""

import tempfile
from pathlib import Path

from tests.bench import adding, idle, queue_cost, reading, system_calls, trust


def row(what: str, goal: str, result: str) -> None:
    print(f"{what:58} {goal:>12}  {result}", flush=True)


def main() -> None:
    row("what", "goal", "result")
    add, disk = adding.measure()        # first: ext4 is slow for a while after many files were removed
    row("add of 10,000 chunks, on the disk (bare files, not synced)", "< 2 s", f"{add:.2f} s  ({disk:.2f} s)")
    bare, ours = system_calls.per_chunk("bare"), system_calls.per_chunk("ours")
    row("system calls per chunk, ours / bare", "<= 1.5", f"{ours / bare:.2f}  ({ours} / {bare})")
    ours_us = {}
    for waiting in (100, 100_000):
        for claimers in (1, 8):
            found = queue_cost.measure(waiting, claimers)
            ours_us[waiting, claimers] = found["ratio"]
            row(f"take and finish, {waiting:,} waiting, {claimers} at it, ours / bare", "<= 1.5",
                f"{found['ratio']:.2f}  ({found['ours_us']} / {found['bare_us']} us)")
    for claimers in (1, 8):
        flat = ours_us[100_000, claimers] / ours_us[100, claimers]
        row(f"100,000 waiting against 100, {claimers} at it", "<= 1.1", f"{flat:.2f}")
    trusted = trust.measure()
    row("a trusted read, beyond bare open, read and close", "<= 10 us",
        f"{trusted['more_us']} us  ({trusted['ours_us']} / {trusted['bare_us']} us, ratio {trusted['ratio']})")
    with tempfile.TemporaryDirectory() as folder:
        read = reading.measure(Path(folder))
        row(f"REND of a {read['mb']} MB zstd file; Blender opens it in {read['blender_ms']} ms", "<= 30 ms",
            f"{read['rend_ms']} ms")
    rest = idle.measure()
    row("idle daemon, part of a core", "<= 0.1 %", f"{rest['percent']} %")
    row("idle daemon, memory", "<= 40 MB", f"{rest['rss_mb']} MB")


if __name__ == "__main__":
    main()
