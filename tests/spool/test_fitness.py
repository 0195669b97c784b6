"""What `render doctor` concludes: from mount options, from delays, and from a share that breaks its promises."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from spool import atomic, beats, hosts
from spool.farm_mail import Mail
from spool.fitness import lease, locks, mounting, names, rights, room, share, times, untold
from spool.fitness.finding import OK, UNTESTED, WARNING, WRONG, Finding, from_json, good, worst
from spool.fitness.processes import together
from spool.fitness.share import Share
from spool.fitness.troubles import LINES, TROUBLES, trouble
from spool.layout import Spool
from spool.mounts import Mount


@pytest.fixture
def tested(spool: Spool) -> Share:
    found = share.on(spool, beats.new_incarnation("ws07"))
    atomic.make_folder(found.folder, spool.mode)
    return found


def codes(findings: Iterable[Finding]) -> list[str]:
    return [found.code for found in findings]


NFS4 = "rw,relatime,vers=4.2,rsize=1048576,hard,proto=tcp,timeo=600,sec=sys,local_lock=none,addr=10.0.0.1"
NFS3 = "rw,relatime,vers=3,rsize=1048576,hard,proto=tcp,mountvers=3,local_lock=none,addr=10.0.0.1"


@pytest.mark.parametrize("fstype, options, wanted", [
    ("nfs4", NFS4, []),
    ("nfs", NFS3, []),
    ("nfs4", NFS4.replace("hard", "soft"), ["soft"]),
    ("nfs4", NFS4.replace("hard", "softerr"), ["soft"]),
    ("nfs4", NFS4.replace("rw", "ro"), ["read-only"]),
    ("nfs4", NFS4.replace("4.2", "4.0"), ["nfs-4.0"]),
    ("nfs4", NFS4.replace("4.2", "4.1"), []),
    ("nfs4", NFS4 + ",noac,acregmin=0,acregmax=0,acdirmin=0,acdirmax=0", ["noac"]),
    ("nfs4", NFS4 + ",acregmin=600,acregmax=600,acdirmin=600,acdirmax=600", ["old-cache"]),
    ("nfs4", NFS4 + ",acregmin=1,acregmax=1,acdirmin=1,acdirmax=1", []),
    ("nfs4", NFS4 + ",nocto", ["nocto"]),
    ("nfs4", NFS4.replace("local_lock=none", "local_lock=all"), []),       # NFS 4 does not obey it
    ("nfs", NFS3.replace("local_lock=none", "nolock,local_lock=all"), ["nolock"]),
    ("nfs", NFS3.replace("local_lock=none", "local_lock=flock"), ["nolock"]),
    ("ext4", "rw,relatime", []),
    ("ext4", "ro,relatime,errors=remount-ro", ["read-only"]),
    ("cifs", "rw,vers=3.1.1", ["smb"]),
    ("fuse.sshfs", "rw", ["fuse"]),
    ("overlay", "rw", ["overlay"]),
    ("vfat", "rw", ["ownerless"]),
    ("tmpfs", "rw", ["memory"]),
    ("9p", "rw,trans=virtio", ["unknown-kind"]),
])
def test_the_mount_tells_what_hurts(fstype: str, options: str, wanted: list[str]) -> None:
    assert codes(mounting.about(Mount("/mnt/spool", fstype, "server:/spool", options))) == wanted


def test_each_trouble_has_a_line_and_a_cure() -> None:
    for one in TROUBLES.values():
        assert one.line in LINES and one.state in (WARNING, WRONG) and one.sentence and one.cure


def test_the_worst_line_counts_and_untested_ones_do_not() -> None:
    fine, unknown = good("mount", "."), Finding("owner", UNTESTED, ".")
    assert [worst([]), worst([unknown]), worst([fine, trouble("noac")])] == [OK, OK, WARNING]
    assert worst([trouble("noac"), trouble("soft", option="soft"), fine]) == WRONG


def test_a_finding_of_another_host_cannot_be_of_a_strange_state() -> None:
    found = trouble("noac").of("ws07")
    assert from_json(found.as_json()) == found
    assert from_json({"state": "fine", "line": 7, "text": "x" * 5000}) == Finding("7", UNTESTED, "x" * 1000)


def test_a_rename_that_two_win_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    def copies(source: str, target: str) -> bool:
        Path(target).touch()
        return True

    monkeypatch.setattr(atomic, "hand_over", copies)
    assert codes(names.rename(tested)) == ["rename-shared"]


@pytest.mark.parametrize("said, wrong", [
    ({"a": ["000"], "b": ["001"]}, 0),
    ({"a": ["000"], "b": []}, 0),               # the answer got lost
    ({"a": ["000"], "b": ["000", "001"]}, 1),
    ({"a": ["002"], "b": ["001"]}, 1),
])
def test_a_winner_that_has_nothing_is_found(tmp_path: Path, said: dict[str, list[str]], wrong: int) -> None:
    for name in ("won-000@a", "won-001@b"):
        (tmp_path / name).touch()
    assert names.not_won_once(str(tmp_path), ["000", "001"], said) == wrong


def test_a_name_without_a_winner_is_found(tmp_path: Path) -> None:
    assert names.not_won_once(str(tmp_path), ["000"], {}) == 1


def test_a_file_that_two_make_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "touch", lambda path: True)
    assert codes(names.create(tested)) == ["create-shared"]


def test_a_replace_that_writes_in_place_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(path: str, data: bytes) -> None:
        with open(path, "wb", buffering=0) as file:
            file.write(data[:100])
            time.sleep(0.002)
            file.write(data[100:])

    monkeypatch.setattr(atomic, "replace", in_place)
    assert codes(names.replace(tested)) == ["torn"]


def test_a_replace_that_removes_first_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = atomic.replace

    def removes(path: str, data: bytes) -> None:
        atomic.drop(path)
        time.sleep(0.002)
        replace(path, data)

    monkeypatch.setattr(atomic, "replace", removes)
    assert codes(names.replace(tested)) == ["away"]


def test_a_share_that_folds_capitals_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    touch = atomic.touch
    monkeypatch.setattr(atomic, "touch", lambda path: touch(path.lower()))
    monkeypatch.setattr(atomic, "make_folder", lambda path, mode: os.makedirs(path.lower(), exist_ok=True))
    monkeypatch.setattr(atomic, "remove_tree", lambda path: None)
    assert codes(names.case(tested)) == ["folds-case"]


@pytest.mark.parametrize("kind", locks.KINDS)
def test_a_lock_that_keeps_nobody_out_is_found(tested: Share, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(locks.KINDS, kind, lambda fd, how: None)
    assert codes(locks.check(tested))[0] == "lock-shared"


def test_a_share_without_locks_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here(fd: int, how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setitem(locks.KINDS, "flock", none_here)
    assert codes(locks.check(tested)) == ["no-locks"]


def test_a_lock_that_outlives_its_holder_is_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def never(found: Share, kind: str) -> Iterator[None]:
        raise BlockingIOError
        yield

    monkeypatch.setattr(locks, "SOON", 0.1)
    monkeypatch.setattr(locks, "held", never)
    assert not locks.free_soon(tested, "flock")


@pytest.mark.parametrize("off, way", [(3600.0, "ahead of"), (-3600.0, "behind")])
def test_a_clock_that_is_off_is_found(tested: Share, off: float, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(times.time, "time", lambda: now() + off)
    [found] = times.clock(tested)
    assert found.code == "clock-off" and f"60 min {way} the file server's" in found.text


def test_times_in_whole_seconds_are_found(tested: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    touch = atomic.touch

    def coarse(path: str) -> bool:
        made = touch(path)
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return made

    monkeypatch.setattr(atomic, "touch", coarse)
    assert codes(times.fineness(tested)) == ["coarse-times"]


@pytest.mark.parametrize("free, wanted", [(10, "no-space"), (500, "low-space"), (5000, "")])
def test_little_space_is_found(tested: Share, free: int, wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = os.statvfs_result((4096, 1_000_000, 10**9, 10**9, free, 0, 0, 0, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: facts)
    assert codes(room.space(tested)) == [wanted]


def test_a_share_that_is_as_late_as_beats_allow_asks_for_slower_ones(tested: Share) -> None:
    tested.measured |= {"sight": 14.0, "rename": 3.0}
    [found] = lease.check(tested)
    assert found.code == "too-lazy" and "Write beat: 9 " in found.cure
    tested.measured |= {"sight": 1.0, "rename": 3.0}
    assert codes(lease.check(tested)) == [""]


def test_a_member_who_can_only_add_jobs_is_told_who_can_test(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = share.on(replace(spool, by_inbox=True, owner=4242), beats.new_incarnation("ws07"))
    monkeypatch.setattr(os, "geteuid", lambda: 4243)
    [write] = room.write(found)
    assert write.state == UNTESTED and "user 4242" in write.text
    assert not os.path.exists(found.folder)


@pytest.fixture
def for_a_group(tested: Share) -> Share:
    """The spool as the README makes it: its group may send jobs."""
    os.chmod(tested.spool.root, 0o2775)
    for name in os.listdir(tested.spool.root):
        if os.path.isdir(tested.spool.folder(name)):
            os.chmod(tested.spool.folder(name), 0o2775)
    return share.on(Spool(tested.spool.root, mode=0o2775), beats.new_incarnation("ws07"))


@pytest.fixture
def in_place(for_a_group: Share) -> Share:
    atomic.make_folder(for_a_group.folder, for_a_group.spool.mode)
    return for_a_group


def test_a_spool_for_a_group_is_fine(in_place: Share) -> None:
    assert codes(rights.group(in_place)) == [""]


def test_a_spool_for_a_group_without_setgid_is_found(in_place: Share) -> None:
    os.chmod(in_place.spool.root, 0o0775)
    assert codes(rights.group(in_place)) == ["setgid-missing"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to any group")
def test_jobs_that_would_belong_to_another_group_are_found(in_place: Share) -> None:
    os.chown(in_place.spool.root, -1, 4242)
    assert codes(rights.group(in_place)) == ["no-setgid"]


def test_a_folder_that_the_group_may_not_write_is_found(in_place: Share) -> None:
    os.chmod(in_place.spool.folder("queue"), 0o2755)
    [found] = rights.group(in_place)
    assert found.code == "folder-mode" and "queue/" in found.text


@pytest.mark.parametrize("mask, wanted", [(0o002, ""), (0o022, "umask"), (0o077, "umask")])
def test_a_umask_that_keeps_the_farm_out_is_found(in_place: Share, mask: int, wanted: str) -> None:
    before = os.umask(mask)
    try:
        assert codes(rights.umask(in_place)) == [wanted]
        assert os.umask(mask) == mask
    finally:
        os.umask(before)


def test_a_process_that_fails_ends_the_one_that_waits_for_it() -> None:
    def fail() -> None:
        raise OSError(28, "full")

    with pytest.raises(OSError, match="full"):
        together([fail, signal.pause])


def test_a_way_to_tell_people_that_no_living_host_has_is_named(tested: Share) -> None:
    mail = Mail("farm@film.example", "{owner}@film.example", program="sendmail")
    share = replace(tested, spool=replace(tested.spool, mail=mail, hook=True))
    assert codes(untold.check(share)) == [good("notices", "").code]         # of a farm that is off nobody knows
    beats.born(tested.spool, beats.new_incarnation("ws01"))
    hosts.write(tested.spool, "ws01", "host", {"host": "ws01", "tells": ["hook"]})
    hosts.write(tested.spool, "ws02", "host", {"host": "ws02", "tells": ["mail"]})      # it is off
    assert codes(untold.check(share)) == ["no-teller"]
    hosts.write(tested.spool, "ws01", "host", {"host": "ws01"})             # of an older version
    assert codes(untold.check(share)) == [good("notices", "").code]
