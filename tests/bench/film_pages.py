"""How fast the pages of a film are: loads a second, CPU, system calls, the slowest in a hundred.

Unchanged pages as one browser after the other asks for them, by wrk. Figures of RFAM are for its film of 255 assets.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.system.farm import FAKE_BLENDER, Farm, farm

REPO = Path(__file__).resolve().parents[2]
PAGES = ("", "assets", "shots", "team", "credits", "film")
SECONDS = 4
CONNECTIONS = 8
IDLE = 100
ASKED = 200             # times under strace
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
LOOKS = re.compile(r"^\d+ +(?:<\.\.\. )?(\w*stat\w*|open\w*|getdents\w*|access|faccessat\w*|readlink\w*)\b")
Row = Callable[[str, str, str], None]


@dataclass(frozen=True)
class Server:
    """The page, in a process of its own."""

    process: psutil.Process
    port: int

    def cpu(self) -> float:
        """Seconds so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def ask(self, path: str, times: int = 1) -> int:
        """Bytes of the last answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            for _ in range(times):
                connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, (path, answer.status)
        return len(body)


@dataclass(frozen=True)
class Load:
    """What wrk tells."""

    requests: int
    per_second: float
    p99_ms: float


@contextmanager
def served(projects: Path, *more: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "webview", "--projects", str(projects), "--port", "0", *more]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, cwd=REPO, stderr=said)
        try:
            yield Server(psutil.Process(process.pid), _port(process, said.fileno()))
        finally:
            process.terminate()
            process.wait()


def _port(process: subprocess.Popen[bytes], said: int) -> int:
    while process.poll() is None:
        if found := re.search(rb"http://[^/]*:(\d+)/", os.pread(said, 4096, 0)):
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(os.pread(said, 4096, 0).decode())


def load(server: Server, path: str) -> Load:
    """Many loads on a few connections that stay."""
    said = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-H",
                           "Accept-Encoding: gzip", f"http://127.0.0.1:{server.port}{path}"],
                          capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{path} failed:\n{said}")
    counted, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec: +([\d.]+)", said)
    slow = re.search(r"99% +([\d.]+)(us|ms|s|m)", said)
    assert counted and rate and slow, said
    return Load(int(counted[1]), float(rate[1]), float(slow[1]) * UNITS[slow[2]])


def looks(server: Server, path: str) -> float:
    """System calls a page that look at files or folders."""
    with tempfile.NamedTemporaryFile("r") as log:
        trace = subprocess.Popen(["strace", "-f", "-qq", "-p", str(server.process.pid), "-o", log.name],
                                 stderr=subprocess.DEVNULL)
        while not Path(log.name).read_text():
            server.ask("/static/none/icon.svg")         # until strace has begun
        before = _counted(log.name)
        server.ask(path, ASKED)
        trace.send_signal(signal.SIGINT)
        trace.wait()
        return (_counted(log.name) - before).total() / ASKED


def _counted(log: str) -> Counter[str]:
    return Counter(found[1] for line in Path(log).read_text(errors="replace").splitlines()
                   if (found := LOOKS.match(line)) and "resumed" not in line)


@contextmanager
def idle(server: Server) -> Iterator[None]:
    """Connections that ask nothing, as browsers leave them."""
    with ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        yield


@contextmanager
def busy(folder: Path) -> Iterator[Farm]:
    """A farm with a job whose frames come fast, so that a daemon writes its journal all the time."""
    with farm(folder) as made:
        made.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                         "FAKE_SECONDS": "0.02"}
        made.add(Path(shutil.copy(REPO / "etc/demo/demo.blend", folder / "shot.blend")), "Scene", "1-100000", chunk=100)
        made.host("alpha")
        made.until(lambda: len(made.frames()) > 10)
        yield made


def printed(what: str, goal: str, result: str) -> None:
    print(f"{what:64} {goal:>12}  {result}", flush=True)


def measure(projects: Path, assets: int, row: Row = printed) -> None:
    """The rows of the table, for the project `film`."""
    with served(projects) as server:
        began = time.monotonic()
        size = server.ask("/film/assets")
        row(f"first view of {assets:,} assets ({size:,} bytes packed)", "<= 2 s", f"{time.monotonic() - began:.2f} s")
        for page in PAGES:
            path = f"/film/{page}"
            server.ask(path, 20)
            before, found = server.cpu(), load(server, path)
            cost = (server.cpu() - before) / found.requests * 1000
            row(f"{path}: loads a second (RFAM: 9.8)", ">= 2,000", f"{found.per_second:,.0f}")
            row(f"{path}: CPU a load", "<= 0.2 ms", f"{cost:.3f} ms")
            row(f"{path}: looks at files a load (RFAM: 7,357)", "0 an asset", f"{looks(server, path):.2f}")
        alone = load(server, "/film/assets").p99_ms
        with idle(server):
            row(f"99 of 100 loads, {IDLE} idle connections (RFAM: 8 s each)", "as without",
                f"{load(server, '/film/assets').p99_ms:.1f} ms  ({alone:.1f} ms)")
    with tempfile.TemporaryDirectory() as folder, busy(Path(folder)) as made, \
            served(projects, "--spool", str(made.spool.root)) as server:
        for path in ("/film/assets", "/rendering"):
            server.ask(path, 20)
            row(f"99 of 100 loads of {path}, a daemon writes journals", "as without",
                f"{load(server, path).p99_ms:.1f} ms")


def why_not() -> str:
    """What is missing here to measure with; empty if nothing is."""
    missing = [program for program in ("wrk", "strace") if not shutil.which(program)]
    return f"not timed: {' and '.join(missing)} is missing here (apt install {' '.join(missing)})" if missing else ""
