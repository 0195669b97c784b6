"""What a computer tells about itself."""

import json
import os
from pathlib import Path

import pytest

from renderd.blenders import Blender
from renderd.host import facts, gpus, now, worth_telling
from spool.mounts import Mount, holding, mounts

TABLE = r"""
/dev/sda1 / ext4 rw,relatime 0 0
proc /proc proc rw 0 0
server:/film /mnt/spool nfs4 rw,vers=4.2,hard 0 0
//server/old /mnt/old\040share cifs rw,vers=3.0 0 0
me@server:/x /mnt/x fuse.sshfs rw 0 0
https://me:secret@cloud.example/dav /mnt/dav fuse.davfs rw 0 0
/etc/auto.home /home autofs rw 0 0
server:/home /home nfs rw,vers=3 0 0
tmpfs /mnt/spoolland tmpfs rw 0 0
"""


@pytest.fixture
def table(tmp_path: Path) -> list[Mount]:
    (tmp_path / "mounts").write_text(TABLE.lstrip())
    return mounts(tmp_path / "mounts")


def test_facts_are_ready_for_json() -> None:
    told = facts("ws07", Path("/"), [Blender("/usr/bin/blender", (3, 4, 1))])
    assert json.loads(json.dumps(told)) == told
    assert told["host"] == "ws07"
    assert told["blenders"] == [{"path": "/usr/bin/blender", "version": "3.4.1"}]


def test_facts_fit_this_computer() -> None:
    told = facts("ws07", None, [])
    assert told["cores"] == len(os.sched_getaffinity(0))
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert told["memory_mb"] == pytest.approx(pages / 1e6, rel=0.01)
    assert told["kernel"] == os.uname().release and told["machine"] == os.uname().machine
    assert len(told["boot_id"]) == 36


def test_now_tells_memory_and_load() -> None:
    told = now()
    assert told["memory_free_mb"] > 0 and told["swap_used_mb"] >= 0
    assert len(told["load"]) == 3 and json.dumps(told)


def test_network_filesystems_are_told(table: list[Mount]) -> None:
    assert [m.target for m in worth_telling(table, None)] == [
        "/mnt/spool", "/mnt/old share", "/mnt/x", "/mnt/dav", "/home",
    ]  # fmt: skip


def test_a_mount_has_its_source_and_options(table: list[Mount]) -> None:
    assert worth_telling(table, None)[0] == Mount(
        "/mnt/spool", "nfs4", "server:/film", "rw,vers=4.2,hard"
    )  # fmt: skip


def test_the_filesystem_of_a_local_spool_is_told_too(table: list[Mount]) -> None:
    assert worth_telling(table, Path("/srv/spool"))[0].target == "/"


def test_a_password_in_an_address_is_not_told(table: list[Mount]) -> None:
    assert "secret" not in str(table)


@pytest.mark.parametrize(
    ("path", "fstype"),
    [
        ("/mnt/spool", "nfs4"),
        ("/mnt/spool/queue", "nfs4"),
        ("/mnt/spoolland/x", "tmpfs"),
        ("/mnt/spools", "ext4"),
        ("/home/me", "nfs"),
    ],
)
def test_the_mount_that_holds_a_path_is_the_deepest_and_last(table: list[Mount], path: str, fstype: str) -> None:
    mount = holding(table, Path(path))
    assert mount and mount.fstype == fstype


def test_a_spool_behind_a_link_is_on_the_mount_of_its_target(table: list[Mount], tmp_path: Path) -> None:
    (tmp_path / "farm").symlink_to("/mnt/spool")
    mount = holding(table, tmp_path / "farm")
    assert mount and mount.fstype == "nfs4"


def test_graphics_cards_are_those_whose_drivers_say_so(tmp_path: Path) -> None:
    card = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0"
    card.mkdir(parents=True)
    (card / "information").write_text("Model: \t\t NVIDIA RTX A2000\nIRQ:   \t 0\n")
    for number, (name, simd) in enumerate([("", 0), ("gfx1030", 72)]):
        node = tmp_path / f"sys/class/kfd/kfd/topology/nodes/{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(f"{name}\n")
        (node / "properties").write_text(f"cpu_cores_count {8 - number}\nsimd_count {simd}\n")
    assert gpus(tmp_path) == ["NVIDIA RTX A2000", "gfx1030"]
    assert gpus(tmp_path / "empty") == []
