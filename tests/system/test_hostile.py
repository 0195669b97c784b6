"""A spool full of traps, a real daemon, and good jobs among them: nothing is run that could come from anybody."""

import json
import os
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from spool import foreign, queue
from tests.spool.played import BIN, MEMORY, STRANGER
from tests.system.farm import Farm, farm

ROOT = os.geteuid() == 0


@dataclass
class Trap:
    """One job with something hostile in it. Whatever is planted would touch `evil/NAME`."""

    farm: Farm
    name: str
    job: str = ""
    folder: Path = field(default_factory=Path)

    def lay(self, plant: "Plant") -> None:
        mark = self.farm.root / "evil" / self.name
        self.job = self.farm.add_command(["touch", f"{self.farm.root}/fine/{self.name}"], "1", output="")
        self.folder = self.farm.spool_dir / "jobs" / self.job
        self.job_json, self.info = self.folder / "job.json", self.folder / "todo" / "000.0001-0001"
        self.evil_info = self.info.read_text().replace(f"{self.farm.root}/fine/{self.name}", str(mark))
        self.evil_job = json.dumps(json.loads(self.job_json.read_text()) | {"template": ["touch", str(mark)]})
        plant(self)

    def aside(self, path: Path) -> Path:
        """The file or folder, moved out of the spool."""
        return path.rename(self.farm.root / "aside" / f"{self.name}-{path.name}")

    def linked(self, path: Path) -> None:
        """A link in its place."""
        path.symlink_to(self.aside(path))


Plant = Callable[[Trap], object]


def _socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)               # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(here)


# What may lie where a file should be. Each gets the path, and an evil file of the right content there.
ODD: dict[str, Callable[[Trap, Path], object]] = {
    "link": lambda t, p: t.linked(p),
    "hard-link": lambda t, p: os.link(p, t.farm.root / "aside" / f"{t.name}-hard"),
    "pipe": lambda t, p: (p.unlink(), os.mkfifo(p)),
    "socket": lambda t, p: (p.unlink(), _socket(p)),
    "folder": lambda t, p: (t.aside(p), p.mkdir()),
    "0666": lambda t, p: p.chmod(0o666),
    "10-MB": lambda t, p: p.write_text(p.read_text() + " " * 10_000_000),
}
ODD_FOR_ROOT: dict[str, Callable[[Trap, Path], object]] = {
    "device": lambda t, p: (p.unlink(), os.mknod(p, 0o20644, os.makedev(1, 3))),
    "foreign": lambda t, p: os.chown(p, BIN, BIN),
    "unknown": lambda t, p: os.chown(p, STRANGER, STRANGER),
}
ODD |= ODD_FOR_ROOT if ROOT else {}


def _odd_info(odd: str) -> Plant:
    return lambda t: (t.info.write_text(t.evil_info), ODD[odd](t, t.info))


def _odd_job(odd: str) -> Plant:
    return lambda t: (t.job_json.write_text(t.evil_job), ODD[odd](t, t.job_json))


def _linked_folder(name: str) -> Plant:
    """The folder was moved aside with evil in it; a link leads there."""
    return lambda t: (t.info.write_text(t.evil_info), t.job_json.write_text(t.evil_job),
                      t.linked(t.folder / name if name else t.folder))


def _called(name: str) -> Plant:
    return lambda t: (t.info.write_text(t.evil_info), t.info.rename(t.info.with_name(name)))


JOURNAL = "journal/alpha.jsonl"         # the very one into which the daemon would write
REDO = ("redo/001-abcd.json", '{"round": 1, "frames": "1"}')


def _odd_file(odd: str, name: str, text: str = "") -> Plant:
    """A file of the job that the daemon reads or writes."""
    def plant(t: Trap) -> None:
        (t.folder / name).write_text(text)
        ODD[odd](t, t.folder / name)
    return plant


def _orphan(t: Trap) -> None:
    """The claim of a daemon that is gone: it is put back, and looked at then."""
    t.info.write_text(t.evil_info)
    ODD["link"](t, t.info)
    t.info.rename(t.folder / "running" / f"{t.info.name}@ghost.1.00000000.1")


def _swapped(t: Trap) -> None:
    t.job_json.write_text(json.dumps(json.loads(t.evil_job) | {"job": "../../evil"}))


TRAPS: dict[str, Plant] = {
    **{f"info-{odd}": _odd_info(odd) for odd in ODD},
    **{f"job-{odd}": _odd_job(odd) for odd in ODD},
    **{f"journal-{odd}": _odd_file(odd, JOURNAL) for odd in ODD if odd != "10-MB"},
    **{f"redo-{odd}": _odd_file(odd, *REDO) for odd in ODD},
    **{f"linked-{name}": _linked_folder(name) for name in ("todo", "running", "failed", "redo", "journal", "log")},
    "linked-job": _linked_folder(""),
    "open-todo": lambda t: (t.info.write_text(t.evil_info), t.info.parent.chmod(0o777)),
    "orphan-link": _orphan,
    "job-of-another-name": _swapped,
}
# Names that are none: nobody takes them, `python -m spool check` tells.
NAMES = {"newline": "000.0001-0001\n", "dots": "000.0001-0001~1~..", "dash": "-rf", "long": "9" * 240}


@dataclass
class Laid:
    """What a daemon made of it."""

    farm: Farm
    traps: dict[str, Trap]
    log: str
    check: str

    def ran(self) -> list[str]:
        return sorted(os.listdir(self.farm.root / "evil"))

    def named(self, name: str) -> bool:
        trap = self.traps[name]
        in_log = str(trap.folder) in self.log
        return in_log or any(str(trap.folder) in chunk.reason for chunk in self.farm.detail(trap.job).chunks)


@pytest.fixture(scope="module", name="laid")
def fixture_laid() -> Iterator[Laid]:
    # In memory: the disk would spend half a minute on the fsyncs of so many jobs.
    with tempfile.TemporaryDirectory(dir=MEMORY) as root, farm(Path(root)) as made:
        for name in ("evil", "fine", "aside", "home"):
            (made.root / name).mkdir()
        made.environ["RENDERD_PROGRAMS"] = "touch"
        traps = {name: Trap(made, name) for name in (*TRAPS, *NAMES)}
        for name, trap in traps.items():
            trap.lay(TRAPS.get(name) or _called(NAMES[name]))
        _litter(made)
        good = made.add_command(["touch", f"{made.root}/fine/good_{{first}}"], "1-4", chunk=1, output="")
        yield Laid(made, traps, *_watched(made, traps, good))
        for trap in traps.values():
            if trap.folder.is_symlink():
                trap.folder.unlink()


def _litter(made: Farm) -> None:
    """Odd things where names alone count, and where others' words are read."""
    ghost = f"50.20260101-000000-ghost-{{}}{'a' * 3}"
    spool = made.spool_dir
    os.symlink(made.root / "home", spool / "queue" / ghost.format(1))
    os.mkfifo(spool / "queue" / ghost.format(2))
    (spool / "queue" / ghost.format(3)).mkdir()
    (spool / "queue" / (ghost.format(4) + "\n")).touch()
    (spool / "queue" / "50...").touch()
    os.symlink(made.root / "nowhere", spool / "beats" / "ghost.1.00000000!0")
    os.mkfifo(spool / "beats" / "ghost.2.00000000!0")
    (spool / "beats" / "ghost.3.00000000!0\n").touch()
    os.symlink(made.root / "home", spool / "hosts" / "linked")
    (spool / "hosts" / "piped").mkdir()
    os.mkfifo(spool / "hosts" / "piped" / "host.json")
    os.symlink("/dev/zero", spool / "hosts" / "piped" / "status.json")
    (spool / "hosts" / "a\nb").touch()


def _watched(made: Farm, traps: dict[str, Trap], good: str) -> tuple[str, str]:
    """The daemon's log, when the good job and one that came later are done; and what `check` says of foreign files
    (all of `check` would look twice, half a minute apart)."""
    alpha = made.host("alpha")
    made.until_state(good, "done", 60)
    later = made.add_command(["touch", f"{made.root}/fine/later"], "1", output="")
    made.until_state(later, "done", 30)
    made.until(lambda: all((made.root / "fine" / name).exists() for name in NAMES), 30)     # healed from job.json
    assert alpha.poll() is None
    said = "\n".join(f"{p.path}: {p.what}" for p in foreign.in_spool(made.spool, Counter()))
    assert made.stop("alpha") == 0
    return (made.root / "alpha.log").read_text(), said


def test_nothing_that_was_planted_is_run(laid: Laid) -> None:
    assert laid.ran() == []


def test_good_jobs_are_rendered_and_the_daemon_makes_no_mistake(laid: Laid) -> None:
    fine = os.listdir(laid.farm.root / "fine")
    assert {"good_1", "good_2", "good_3", "good_4", "later"} <= set(fine)
    assert "Traceback" not in laid.log and "bug " not in laid.log, laid.log


@pytest.mark.parametrize("name", TRAPS)
def test_what_was_refused_is_named_with_its_path(laid: Laid, name: str) -> None:
    assert laid.named(name), laid.log


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_none_is_told_by_check(laid: Laid, name: str) -> None:
    path = laid.traps[name].info.with_name(NAMES[name]).relative_to(laid.farm.spool_dir)
    assert f"{path}: does not belong here" in laid.check


@pytest.mark.parametrize("path", ["queue/50.20260101-000000-ghost-1aaa: is a link", "queue/50...: does not belong",
                                  "queue/50.20260101-000000-ghost-2aaa: is a link, device or pipe",
                                  "queue/50.20260101-000000-ghost-4aaa\n: does not belong",
                                  "hosts/linked: is a link", "hosts/piped/host.json: is a link, device or pipe",
                                  "hosts/a\nb: does not belong"])
def test_litter_is_told_by_check(laid: Laid, path: str) -> None:
    assert path in laid.check


def test_nothing_was_written_through_a_link(laid: Laid) -> None:
    aside = laid.farm.root / "aside"
    assert os.listdir(laid.farm.root / "home") == []
    assert [p.name for p in aside.glob("journal-*") if p.is_file() and p.read_text()] == []
    written = [p for name in ("log", "journal", "running", "failed")
               for p in (aside / f"linked-{name}-{name}").iterdir()]
    assert written == []


# -- one daemon each


def _allow_touch_and_sh(made: Farm) -> None:
    made.environ["RENDERD_PROGRAMS"] = "touch, sh"


def test_frames_in_a_journal_that_all_may_write_count_for_nothing(farm: Farm) -> None:
    _allow_touch_and_sh(farm)
    job = farm.add_command(["touch", f"{farm.root}/ran"], "1", output="")
    forged = farm.spool_dir / "jobs" / job / "journal" / "ws99.jsonl"
    forged.write_text('{"event": "frame", "chunk": "000.0001-0001", "frame": 1, "round": 0}\n')
    forged.chmod(0o666)
    farm.once()
    assert (farm.root / "ran").exists()


def test_a_link_in_the_place_of_renderd_s_own_folder_beside_the_pictures(farm: Farm) -> None:
    _allow_touch_and_sh(farm)
    (farm.root / "home").mkdir()
    (farm.out / ".renderd").symlink_to(farm.root / "home")
    job = farm.add_command(["sh", "-c", "echo x > {output}"], "1")
    farm.once()
    assert farm.state(job) == "failed"
    assert f"{farm.out}/.renderd" in farm.detail(job).chunks[0].reason
    assert os.listdir(farm.root / "home") == []


@pytest.mark.parametrize("place", ["farm.yaml", "hosts/alpha", "queue"])
def test_a_daemon_does_not_start_on_what_it_must_not_trust(farm: Farm, place: str) -> None:
    path = farm.spool_dir / place
    path.exists() or path.mkdir()
    path.symlink_to(path.rename(farm.root / "aside"))
    said = farm.once()
    assert str(path) in said and "Traceback" not in said


@pytest.mark.skipif(not ROOT, reason="only root gives files away")
def test_in_the_spool_of_a_group_a_file_of_nobody_known_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool").chmod(0o2775)
    with farm(tmp_path) as made:
        _allow_touch_and_sh(made)
        jobs = {what: made.add_command(["touch", f"{made.root}/{what}-{{first}}"], "1-2", chunk=1, output="")
                for what in ("good", "chunk", "job")}
        folder = made.spool_dir / "jobs"
        os.chown(folder / jobs["chunk"] / "todo" / "000.0001-0001", STRANGER, -1)
        os.chown(folder / jobs["job"] / "job.json", STRANGER, -1)
        os.chown(folder / jobs["good"] / "todo" / "001.0002-0002", BIN, -1)
        made.host("alpha")
        made.until_state(jobs["good"], "done", 30)
        made.until(lambda: (made.root / "chunk-2").exists())
        log = (made.root / "alpha.log")
        made.until(lambda: f"{jobs['chunk']}/todo/000.0001-0001 belongs to uid {STRANGER}" in log.read_text())
        made.until(lambda: f"{jobs['job']}/job.json belongs to uid {STRANGER}" in log.read_text())
        assert not (made.root / "chunk-1").exists() and not list(made.root.glob("job-*"))
        assert queue.state_of(made.spool, jobs["chunk"]) == "queue"
        shutil.rmtree(made.spool_dir)
