"""`make demo`: a film from a bundled scene, rendered by two daemons, one of which is killed midway."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
KILL_AT = 0.4               # of the frames
# With the default beat of 5 s the demo would wait half a minute for the killed daemon to be declared dead.
FARM = "format: 1\nbeat: 1\ntries: 3\n"


class Demo:
    """A farm in a temporary folder, and what was started on it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="renderd-demo-"))
        self.spool, self.film = self.folder / "spool", self.folder / "film"
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.began = time.monotonic()

    def run(self) -> None:
        self._set_up()
        job = self._render_json("add", str(self.film / "demo.blend"), "--chunk", "6")["jobs"][0]
        say(f"Added one job: {job['frames']} frames in {job['chunks']} chunks. `ls` shows them waiting:")
        self._list(self.spool / "jobs" / job["job"] / "todo")
        self._watch(job["job"], job["frames"])
        self._render("movie", job["job"], "--output", str(self.folder / "film.mp4"))
        self._tell(job["job"], job["frames"])

    def _set_up(self) -> None:
        self.film.mkdir()
        shutil.copy(HERE / "demo.blend", self.film)
        self._render("init", str(self.spool), quiet=True)
        (self.spool / "farm.yaml").write_text(FARM)
        say(f"The farm is a folder: {self.spool}")
        for name in ("left", "right"):
            self.daemons[name] = subprocess.Popen(
                [BIN / "renderd", "--spool", self.spool, "--host", name, "--threads", "1"],
                stderr=(self.folder / f"{name}.log").open("wb"), start_new_session=True)
        self._until(lambda: len(list((self.spool / "beats").iterdir())) == len(self.daemons), "daemons")
        say("Two daemons run on this computer and call themselves `left` and `right`.")

    def _watch(self, job: str, frames: int) -> None:
        """Progress until every frame is there; one daemon is killed on the way."""
        bar = subprocess.Popen([BIN / "render", "--spool", self.spool, "wait", job])
        try:
            self._until(lambda: self._count() >= KILL_AT * frames or bar.poll() is not None, "frames")
            self.daemons["left"].kill()
            self.daemons["left"].wait()
            over = "\r\033[K" if sys.stderr.isatty() else ""       # the line of the bar
            say(f"{over}Killed the daemon `left` with kill -9 after {self._count()} frames. Its Blender dies\n"
                f"with it; `right` finds its heartbeat missing and takes its chunk back.")
            if bar.wait() != 0:
                raise SystemExit(f"The job did not finish. Look into {self.folder}")
        finally:
            bar.terminate()

    def _until(self, what: Callable[[], bool], whom: str) -> None:
        limit = time.monotonic() + 600
        while not what():
            if time.monotonic() > limit or all(d.poll() is not None for d in self.daemons.values()):
                raise SystemExit(f"No {whom} come any more. Look into {self.folder}")
            time.sleep(0.1)

    def _count(self) -> int:
        return len(list((self.film / "render").glob("*.png")))

    def _list(self, folder: Path) -> None:
        names = sorted(path.name for path in folder.iterdir())
        say("  " + "  ".join(names[:5]) + ("  ..." if len(names) > 5 else ""))

    def _tell(self, job: str, frames: int) -> None:
        shown = self._render_json("show", job)
        by_host: dict[str, int] = {}
        for frame in shown["per_frame"].values():
            by_host[frame["host"]] = by_host.get(frame["host"], 0) + 1
        told = ", ".join(f"{count} by `{host}`" for host, count in sorted(by_host.items()))
        say(f"Done: {self._count()} of {frames} frames ({told}) in {time.monotonic() - self.began:.0f} s.\n"
            f"  frames  {self.film / 'render'}\n"
            f"  film    {self.folder / 'film.mp4'}\n"
            f"  spool   {self.spool}    (look around: ls -R)\n"
            f"Remove it all with: rm -r {self.folder}")

    def _render(self, *words: str, quiet: bool = False) -> None:
        subprocess.run([BIN / "render", "--spool", self.spool, *words], check=True,
                       stderr=subprocess.DEVNULL if quiet else None, stdout=subprocess.DEVNULL if quiet else None)

    def _render_json(self, *words: str) -> Any:
        done = subprocess.run([BIN / "render", "--spool", self.spool, *words, "--json"], check=True,
                              stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def end(self) -> None:
        """No process of the demo is left."""
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupted)
    demo = Demo()
    try:
        demo.run()
    except KeyboardInterrupt:
        say(f"\nStopped; nothing is left running. What there is: {demo.folder}")
        return 130
    except subprocess.CalledProcessError as error:
        return error.returncode
    finally:
        demo.end()
    return 0


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
