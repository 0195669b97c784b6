"""Links, pipes, foreign files: refused with the path named. What runs against a real daemon is in tests/system."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from spool import atomic, claim, clean, hosts, opening, owners, queue, trusted
from spool import job as jobs
from spool.errors import SpoolError, UnsafeFile
from spool.job import Job
from spool.layout import FOLDERS, Entry, Spool
from spool.owners import UnknownOwner
from spool.waiting import Waiting
from tests.spool.played import BIN, STRANGER, Daemon

Add = Callable[..., tuple[Entry, Job]]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def open_to_group(spool: Spool) -> Spool:
    for folder in (spool.root, *(spool.folder(name) for name in FOLDERS)):
        os.chmod(folder, 0o2775)
    return opening.open_spool(spool.root)


# -- the spool's own files


@pytest.mark.parametrize("name", ["farm.yaml", *FOLDERS])
def test_a_link_in_the_place_of_what_makes_a_spool_is_refused(spool: Spool, tmp_path: Path, name: str) -> None:
    path = Path(spool.root, name)
    path.symlink_to(path.rename(tmp_path / "aside"))
    with pytest.raises(UnsafeFile, match=f"{spool.root}/{name}"):
        opening.open_spool(spool.root)


@pytest.mark.parametrize("name", ["farm.yaml", *FOLDERS])
def test_what_everybody_may_write_is_no_part_of_a_spool(spool: Spool, name: str) -> None:
    os.chmod(spool.folder(name), 0o777)
    with pytest.raises(UnsafeFile, match=f"Everybody may write .*{spool.root}/{name}"):
        opening.open_spool(spool.root)


@as_root
@pytest.mark.parametrize("name", ["farm.yaml", *FOLDERS])
def test_a_foreign_part_of_a_spool_is_refused(spool: Spool, name: str) -> None:
    os.chown(spool.folder(name), BIN, -1)
    with pytest.raises(UnsafeFile, match=f"{spool.root}/{name} belongs to bin, but only root may write"):
        opening.open_spool(spool.root)


@pytest.mark.parametrize("odd", ["pipe", "folder", "large"])
def test_an_odd_farm_file_is_refused_without_waiting(spool: Spool, odd: str) -> None:
    path = Path(spool.root, "farm.yaml")
    path.unlink()
    {"pipe": lambda: os.mkfifo(path), "folder": path.mkdir,
     "large": lambda: path.write_text("format: 1\n" + "#" * 10_000_000)}[odd]()
    with pytest.raises(UnsafeFile, match=str(path)):
        opening.open_spool(spool.root)


def test_a_folder_of_a_host_that_is_a_link_is_not_written_through(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    os.symlink(tmp_path / "home", f"{spool.root}/hosts/ws01")
    with pytest.raises(UnsafeFile, match="hosts/ws01 is not a folder"):
        hosts.write(spool, "ws01", "status", {})
    (tmp_path / "home" / "host.json").write_text('{"programs": ["sh"]}')
    assert [(view.name, view.facts) for view in hosts.views(spool)] == [("ws01", {})]
    assert os.listdir(tmp_path / "home") == ["host.json"]


def test_a_listing_follows_no_link(spool: Spool, tmp_path: Path) -> None:
    os.symlink(spool.root, tmp_path / "link")
    os.symlink("nowhere", tmp_path / "dangling")
    for name in ("link", "dangling"):
        with pytest.raises(NotADirectoryError):
            atomic.names_if_there(str(tmp_path / name))


# -- owners


@as_root
def test_a_chunk_of_somebody_who_may_not_write_here_is_set_aside(spool: Spool, add: Add, daemon: Daemon) -> None:
    _, job = add(frames="1-2")
    os.chown(f"{spool.todo(job.job)}/000.0001-0002", BIN, -1)
    assert daemon.take(job) is None
    assert [str(name) for name in daemon.refused] == ["000.0001-0002"]


@as_root
@pytest.mark.parametrize("name", ["", "/job.json", "/todo", "/running", "/journal", "/log"])
def test_a_job_of_somebody_who_may_not_write_here_is_refused(spool: Spool, add: Add, name: str) -> None:
    path = spool.job(add()[1].job) + name
    os.chown(path, BIN, -1)
    with pytest.raises(UnsafeFile, match=f"{path} belongs to bin, but only root may write in this spool"):
        jobs.read(spool, os.path.basename(path.removesuffix(name)))


@as_root
def test_in_a_spool_of_a_group_everybody_with_an_account_counts(spool: Spool, add: Add) -> None:
    spool, (_, job) = open_to_group(spool), add()
    os.chown(f"{spool.job(job.job)}/job.json", BIN, -1)
    assert jobs.read(spool, job.job).owner == "bin"
    os.chown(f"{spool.job(job.job)}/job.json", STRANGER, -1)
    with pytest.raises(UnknownOwner, match=f"job.json belongs to uid {STRANGER}, which has no account"):
        jobs.read(spool, job.job)


@as_root
def test_a_chunk_of_nobody_known_is_left_where_it_is_and_the_others_are_taken(spool: Spool, add: Add,
                                                                              daemon: Daemon) -> None:
    """On another computer he may be known, or here again when the directory service answers."""
    daemon.spool, (_, job) = open_to_group(spool), add(frames="1-4")
    odd = f"{spool.todo(job.job)}/000.0001-0002"
    os.chown(odd, STRANGER, -1)
    waiting = Waiting()
    taken = daemon.take(job, waiting)
    assert taken and str(taken.name.chunk) == "001.0003-0004"
    with pytest.raises(UnknownOwner, match=odd):
        daemon.take(job, waiting)
    assert os.path.exists(odd)
    os.chown(odd, BIN, -1)
    assert daemon.take(job)


def test_an_account_that_is_made_later_is_known_then(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownOwner):
        owners.refuse_unknown("x", STRANGER)
    known = type("Account", (), {"pw_name": "ann"})
    monkeypatch.setattr(owners.pwd, "getpwuid", lambda uid: known)
    owners.refuse_unknown("x", STRANGER)
    assert owners.user_name(STRANGER) == "ann"
    owners._account.cache_clear()


@as_root
def test_a_device_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("device") / "null"       # on a disk: memory is mounted without devices
    os.mknod(path, 0o20644, os.makedev(1, 3))
    with pytest.raises(UnsafeFile, match=f"{path} is not a plain file"):
        trusted.read(str(path))


# -- swapped between check and use


def test_what_is_used_is_what_was_checked(spool: Spool, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is swapped after its check and before it is read."""
    _, job = add()
    path, real = f"{spool.job(job.job)}/job.json", os.fstat

    def swapped(fd: int) -> os.stat_result:
        found = real(fd)
        Path(f"{path}.evil").write_text(json.dumps(jobs.to_json(job) | {"template": ["evil"]}))
        os.rename(f"{path}.evil", path)
        return found
    monkeypatch.setattr(trusted.os, "fstat", swapped)
    assert jobs.read(spool, job.job).template == job.template


def test_a_file_that_is_swapped_all_the_time_is_never_read_through_a_link(spool: Spool, add: Add,
                                                                          tmp_path: Path) -> None:
    _, job = add()
    path = Path(spool.job(job.job), "job.json")
    honest, evil = path.read_bytes(), tmp_path / "evil.json"
    evil.write_text(json.dumps(jobs.to_json(job) | {"template": ["evil"]}))
    ended = threading.Event()

    def swap() -> None:
        while not ended.is_set():
            (path.parent / "link").symlink_to(evil)
            os.rename(path.parent / "link", path)
            (path.parent / "file").write_bytes(honest)
            os.rename(path.parent / "file", path)
    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = {_template(spool, job) for _ in range(2000)}
    ended.set()
    swapping.join()
    assert seen == {job.template, "refused"}


def _template(spool: Spool, job: Job) -> object:
    try:
        return jobs.read(spool, job.job).template
    except SpoolError:
        return "refused"


# -- clean


def test_clean_removes_a_link_and_not_what_it_leads_to(spool: Spool, add: Add, tmp_path: Path) -> None:
    entry, job = add()
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "shot.blend").touch()
    os.symlink(tmp_path / "film", f"{spool.job(job.job)}/log/more")
    os.rename(spool.job(job.job), tmp_path / "job")
    os.symlink(tmp_path / "job", spool.job(job.job))
    queue.cancel(spool, entry)
    clean.apply(spool, clean.plan(spool, 0))
    assert os.listdir(spool.folder("jobs")) == []
    assert sorted(os.listdir(tmp_path / "job")) == ["failed", "job.json", "journal", "log", "redo", "running", "todo"]
    atomic.remove_tree(str(tmp_path / "job"))
    assert (tmp_path / "film" / "shot.blend").exists() and not (tmp_path / "job").exists()


def test_a_link_that_is_put_in_place_of_a_folder_while_it_is_removed_leads_nowhere(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "shot.blend").touch()
    (tmp_path / "job" / "log").mkdir(parents=True)
    real = os.listdir

    def swapped(fd: int) -> list[str]:
        names = real(fd)
        if names == ["log"]:
            (tmp_path / "job" / "log").rmdir()
            (tmp_path / "job" / "log").symlink_to(tmp_path / "film")
        return names
    monkeypatch.setattr(atomic.os, "listdir", swapped)
    atomic.remove_tree(str(tmp_path / "job"))
    assert (tmp_path / "film" / "shot.blend").exists() and not (tmp_path / "job").exists()


def test_a_claim_behind_a_link_is_not_ours(spool: Spool, add: Add, daemon: Daemon, tmp_path: Path) -> None:
    """Its frames must not be published: nobody knows who looks after that folder."""
    taken = daemon.take(add()[1])
    assert taken
    os.rename(spool.running(taken.job.job), tmp_path / "running")
    os.symlink(tmp_path / "running", spool.running(taken.job.job))
    with pytest.raises(NotADirectoryError):
        claim.ours(spool, taken)
