"""A real spool, the real program `render`, and a daemon that is played by hand."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click
import pytest

from render_cli import border
from render_cli.main import MODULES
from render_cli.main import render as render_command
from spool import beats, claim, hosts, journal, opening, queue
from spool import job as spool_job
from spool.claim import Claim
from spool.layout import Beat, Spool
from spool.waiting import Waiting
from tests.assetfs import small_film

REPO = Path(__file__).resolve().parents[2]
BLENDS = REPO.parent / "shared" / "blends"
NOBODY = 65534


@dataclass(frozen=True)
class Said:
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Render = Callable[..., Said]


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spool:
    """A fresh spool that every command of the test finds."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RENDERD_SPOOL", str(tmp_path / "farm"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return opening.init(str(tmp_path / "farm"))


@pytest.fixture
def render(capfd: pytest.CaptureFixture[str]) -> Iterator[Render]:
    """`render ARGS` in this process, through the border that the console script uses."""
    def call(*args: object) -> Said:
        capfd.readouterr()
        code = border.run(render_command, "render", [str(a) for a in args])
        return Said(code, *capfd.readouterr())

    yield call


@pytest.fixture
def blend(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a bundled .blend in a folder of its own, so that `//` can be written."""
    def copy(name: str) -> Path:
        folder = tmp_path / "film"
        folder.mkdir(exist_ok=True)
        return Path(shutil.copyfile(BLENDS / f"{name}.blend", folder / f"{name}.blend"))

    return copy


@dataclass
class PlayedHost:
    """What a daemon does to the spool, step by step."""

    spool: Spool
    name: str
    programs: tuple[str, ...] = ("blender",)
    version: str = "5.0.1"
    recipes: tuple[dict[str, object], ...] = ()
    beat: Beat = field(init=False)

    def __post_init__(self) -> None:
        self.beat = beats.born(self.spool, beats.new_incarnation(self.name))
        hosts.write(self.spool, self.name, "host", {
            "host": self.name, "recipes": list(self.recipes),
            "cores": 4, "memory_mb": 8192, "swap_mb": 0, "os": "Linux", "slots": 1,
            "blenders": [{"path": "/usr/bin/blender", "version": self.version}], "programs": list(self.programs)})
        self.status("idle")

    def status(self, state: str, **slot: object) -> None:
        hosts.write(self.spool, self.name, "status", {
            "state": state, "slots": [slot] if slot else [], "memory_free_mb": 4000, "swap_used_mb": 12})

    def take(self, part: str) -> Claim:
        entry = queue.find(self.spool, part)
        found = claim.take(self.spool, spool_job.read(self.spool, entry.job), Waiting(), self.beat.owner, 1,
                           lambda name: True, lambda name, error: None)
        assert found, f"nothing waits in {entry.job}"
        return found

    def publish(self, taken: Claim, count: int | None = None, picture: bytes = b"picture") -> None:
        """The frames of the claim are there and in the journal; without `count` the chunk is finished."""
        with journal.Journal(self.spool, taken.job.job, self.name) as lines:
            for frame in taken.info.frames[:count]:
                if taken.job.output:
                    Path(taken.job.file_of(frame)).write_bytes(picture)
                lines.write("frame", chunk=taken.name.chunk.stem, frame=frame, round=taken.info.round,
                            seconds=frame / 10, peak_mb=100 + frame, blend=taken.job.blend_sha256)
            if count is None:
                lines.write("done", sync=True, chunk=taken.name.chunk.stem, frames="")
                claim.finish(taken)

    def fail(self, taken: Claim, text: str) -> None:
        with journal.Journal(self.spool, taken.job.job, self.name) as lines:
            lines.write("failed", sync=True, chunk=taken.name.chunk.stem, reason="crashed", text=text)
        assert claim.fail(self.spool, taken)

    def fail_for_good(self, part: str, text: str) -> None:
        """One chunk uses up all its tries."""
        for _ in range(self.spool.tries):
            self.fail(self.take(part), text)

    def render_all(self, part: str) -> None:
        entry = queue.find(self.spool, part)
        job = spool_job.read(self.spool, entry.job)
        while claim.waiting_chunks(self.spool, job):
            self.publish(self.take(part))
        queue.move(self.spool, entry, "done")

    def die(self) -> None:
        beats.retire(self.spool, self.beat.owner)


@pytest.fixture
def host(spool: Spool) -> Callable[..., PlayedHost]:
    return lambda name="alpha", **facts: PlayedHost(spool, name, **facts)


@pytest.fixture
def onion(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film of two people, in which the test works."""
    folder = tmp_path / "films" / "onion"
    small_film.film(folder)
    (folder.parent / "people.yaml").write_text("ana: {name: Ana Arendt, projects: [onion]}\nben: {name: Ben}\n")
    monkeypatch.delenv("RENDERD_PERSON", raising=False)
    monkeypatch.delenv("RENDERD_PROJECTS", raising=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def as_nobody(open_tmp: Path) -> Callable[..., Said]:
    """`render ARGS` as a user without rights: a fork, because that user may not even reach this Python."""
    for name in MODULES:
        render_command.get_command(click.Context(render_command), name)

    def call(*args: object) -> Said:
        with open(open_tmp / "stdout", "w+") as out, open(open_tmp / "stderr", "w+") as err:
            child = os.fork()
            if child == 0:
                _run_as_nobody(out, err, [str(a) for a in args])
            _, status = os.waitpid(child, 0)
        texts = [(open_tmp / name).read_text() for name in ("stdout", "stderr")]
        return Said(os.waitstatus_to_exitcode(status), *texts)

    return call


def _run_as_nobody(out: TextIO, err: TextIO, args: list[str]) -> NoReturn:
    code = 99
    try:
        sys.stdout, sys.stderr = out, err
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        code = border.run(render_command, "render", args)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


@pytest.fixture
def open_tmp(tmp_path: Path) -> Path:
    """The test's folder, which other users may enter: pytest makes it private."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp") and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path
