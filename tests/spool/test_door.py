"""Where the doors of daemons are looked for. What happens at one: tests/system/test_host_messages.py."""

import os
from pathlib import Path

import pytest

from spool import door

NAME = "ws07-0123456789ab.sock"


@pytest.fixture(name="environ")
def fixture_environ(tmp_path: Path) -> dict[str, str]:
    return {"TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}


@pytest.fixture(name="own")
def fixture_own(environ: dict[str, str]) -> Path:
    """Where anybody may make a folder."""
    return with_door(Path(environ["TMPDIR"], f"renderd-{os.getuid()}"))


def with_door(folder: Path) -> Path:
    folder.mkdir(mode=0o755, parents=True)
    (folder / NAME).touch()
    return folder


def test_all_doors_are_found_and_those_of_one_host(environ: dict[str, str], own: Path) -> None:
    run = with_door(Path(environ["XDG_RUNTIME_DIR"], "renderd"))
    (own / "alpha-0-ws07-0123456789ab.lock").touch()
    assert [*door.doors(environ)] == [f"{run}/{NAME}", f"{own}/{NAME}"] == [*door.doors(environ, "ws07")]
    assert [*door.doors(environ, "ws0")] == []


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_folder_that_others_may_write_has_none(environ: dict[str, str], own: Path, mode: int) -> None:
    own.chmod(mode)
    assert [*door.doors(environ)] == []


def test_nor_has_a_link(environ: dict[str, str], own: Path) -> None:
    own.rename(elsewhere := own.with_name("elsewhere"))
    own.symlink_to(elsewhere)
    assert [*door.doors(environ)] == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_nor_one_that_somebody_else_made_where_anybody_may(environ: dict[str, str], own: Path) -> None:
    os.chown(own, 65534, -1)
    assert [*door.doors(environ)] == []


def test_nobody_answers_at_a_door_that_is_left(own: Path) -> None:
    assert door.ask(f"{own}/{NAME}", "pause") is None
    assert door.ask(f"{own}/gone/{NAME}", "pause") is None
