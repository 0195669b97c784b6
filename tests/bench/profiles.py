"""Where the time of a miss goes: text for the page, each from a run of its own."""

import cProfile
import pstats
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from assetfs.blend import read_rend
from spool import opening
from tests.bench import (
    adding,
    hungry,
    idle,
    makespan,
    operations,
    queue_cost,
    reading,
    render_cpu,
    scenes,
    system_calls,
    trust,
)
from tests.bench.claimers import roomy_folder

TOP = 14
CHUNKS = 2000
BIN = Path(sys.executable).parent
SHARES = """
import resource, sys
from renderd.main import run
try:
    run()
finally:
    for who, kind in (("daemon", resource.RUSAGE_SELF), ("Blender", resource.RUSAGE_CHILDREN)):
        used = resource.getrusage(kind)
        print(f"{who:8} {used.ru_utime:6.2f} s user  {used.ru_stime:6.2f} s system", flush=True)
"""
SLOT = """
import cProfile, pstats, time
from pathlib import Path
from renderd import slot
from renderd.main import run
profile, render = cProfile.Profile(time.thread_time), slot.Slot._render
slot.Slot._render = lambda self, claim: profile.runcall(render, self, claim)
try:
    run()
finally:
    found = pstats.Stats(profile).get_stats_profile().func_profiles.items()
    rows = sorted(((1000 * one.tottime, name, Path(one.file_name).name) for name, one in found), reverse=True)
    for ms, name, file in rows[:14]:
        print(f"{ms:7.1f}  {name}  {file if file != '~' else ''}", flush=True)
"""
THREADS = """
import os, signal, threading, time
from pathlib import Path
def held():
    said = Path("/proc/self/status").read_text().splitlines()
    return next(line.split(None, 1)[1] for line in said if "VmRSS" in line)
before = held()
from renderd.main import run
imported = held()
def used(thread):
    return int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e6
def tell():
    time.sleep(SETTLE)
    found = {thread: used(thread) for thread in threading.enumerate()}
    time.sleep(WATCH)
    for thread, ms in found.items():
        print(f"{used(thread) - ms:7.1f} ms of CPU in WATCH s  {thread.name}", flush=True)
    print(f"memory: {before} of Python, {imported} with all imports, {held()} at work", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=tell, name="this profile", daemon=True).start()
run()
"""


def rest() -> str:
    """Of each single figure: functions themselves, profiled, and system calls by name."""
    calls = Counter(system_calls.names("ours"))
    calls.subtract(system_calls.names("bare"))
    each = 1e6 / trust.FILES / trust.ROUNDS
    with tempfile.TemporaryDirectory() as room:
        blend = reading.large_file(Path(room))
        return "\n".join([
            "add of 10,000 chunks (ours and bare), ms", _functions(adding.measure, 1e3),
            "system calls of a chunk beyond the bare loop",
            *(f"{count / system_calls.COUNT:6.2f}  {name}" for name, count in calls.most_common() if count),
            "a trusted read (ours and bare), us", _functions(trust.measure, each),
            "REND of the large file, ms", _functions(lambda: read_rend(blend), 1e3)])


def idle_daemon() -> str:
    """CPU of each thread of a daemon with nothing to do, and its memory as it grew."""
    with tempfile.TemporaryDirectory() as root:
        script = THREADS.replace("SETTLE", str(idle.SETTLE)).replace("WATCH", str(idle.WATCH))
        return subprocess.run([sys.executable, "-c", script, "--spool", opening.init(root).root, "--host", "idle",
                               "--log-level", "error"], check=True, text=True, stdout=subprocess.PIPE).stdout.rstrip()


def take_and_finish() -> str:
    """One claimer, 10,000 waiting; microseconds of a chunk in each function itself."""
    with tempfile.TemporaryDirectory() as root:
        spool, (made,) = queue_cost.fill(root, 10_000)
        queue_cost.ours(spool, [made.job], queue_cost.WARM, 0)
        return "\n".join([
            "us of a chunk, one claimer, profiled (so all Python looks dearer than it is)",
            _functions(lambda: queue_cost.ours(spool, [made.job], CHUNKS, 0), 1e6 / CHUNKS),
            "as a daemon finds it", _functions(lambda: queue_cost.found(spool, CHUNKS), 1e6 / CHUNKS)])


def _functions(work: Callable[[], object], times: float) -> str:
    """Where it spends most, in functions themselves; seconds so many times."""
    profile = cProfile.Profile()
    profile.runcall(work)
    found = pstats.Stats(profile).get_stats_profile().func_profiles.items()
    rows = sorted(((one.tottime * times, name, Path(one.file_name).name) for name, one in found), reverse=True)
    return "\n".join(f"{spent:6.1f}  {re.sub('[<>]|method |built-in ', '', name)}  {'' if file == '~' else file}"
                     for spent, name, file in rows[:TOP])


def film() -> str:
    """Of each film where ends are given away: when somebody first found nothing, and what all waited for at last."""
    return "\n".join(f"{mode}: least {course.least:.0f} s; first idle host after {course.first_idle:.0f} s; last after "
                     f"{course.made:.0f} s: {course.last}"
                     for mode, courses in makespan.measure(makespan.GIVING).items() for course in courses)


def daemon_cpu() -> str:
    """What of the CPU is the daemon's own, and what its programs', with chunks of one frame."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        found = []
        for scene, size in render_cpu.SCENES.items():
            blend = scenes.make(folder, scene, *size)
            for chunk in (1, render_cpu.FRAMES):
                spool = render_cpu.add(blend, folder / f"{scene}{chunk}", render_cpu.FRAMES, chunk)[0]
                found.append(f"{scene} frames, {chunk} a chunk\n{_daemon(SHARES, spool.root)}")
        found.append(f"nothing to do\n{_daemon(SHARES, opening.init(f'{room}/empty').root)}")
        spool = render_cpu.add(blend, folder / "slot", render_cpu.FRAMES, 1)[0]
        found.append(f"the slot's thread, {scene} frames, 1 a chunk, ms of CPU\n{_daemon(SLOT, spool.root)}")
    return "\n".join(found)


def _daemon(script: str, spool: str) -> str:
    """What a daemon says at its end that does what waits."""
    return subprocess.run([sys.executable, "-c", script, "--spool", spool, "--host", "bench", "--once", "--log-level",
                           "error"], check=True, text=True, stdout=subprocess.PIPE).stdout.rstrip()


def add() -> str:
    """Milliseconds that `render add` spends in imports, by package."""
    with tempfile.TemporaryDirectory() as room:
        spool, blend = opening.init(f"{room}/spool"), scenes.make(Path(room), "shot", 1, 64, 36)
        said = subprocess.run([sys.executable, "-X", "importtime", BIN / "render", "--spool", spool.root, "add", blend],
                              check=True, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
    spent = Counter[str]()
    for us, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", said):
        spent[name.partition(".")[0]] += int(us)
    total = f"{sum(spent.values()) / 1000:.0f} ms of imports (told by -X importtime, which makes them slower)"
    return "\n".join([total, *(f"{us / 1000:6.1f}  {name}" for name, us in spent.most_common(TOP))])


def calls() -> str:
    """Of a chunk, by call: with ten daemons; and of looks while ten and a hundred are hungry."""
    (found,) = operations.measure((10,), folder=roomy_folder)
    few, many = (first + second for first, second in hungry.measure((10, 100)))
    return "\n".join([
        *(f"{count:7.2f}  {name}" for name, count in found.by_call.items()),
        "looks while 10 and 100 are hungry, of two chunks",
        *(f"{few[name]:7} {many[name]:7}  {name}" for name in few | many)])
