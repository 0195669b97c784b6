"""A fresh spool, and an output folder beside it."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spool import opening
from spool.job import Job
from spool.layout import Entry, Spool
from tests.spool import played


@pytest.fixture(name="tmp_path")
def fixture_tmp_path() -> Iterator[Path]:
    """In memory where possible: the disk would spend minutes on our fsyncs."""
    with tempfile.TemporaryDirectory(dir=played.MEMORY) as name:
        yield Path(name)


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    return opening.init(str(tmp_path / "farm"))


@pytest.fixture(name="output")
def fixture_output(tmp_path: Path) -> str:
    """The pattern of the frames; its folder is there."""
    (tmp_path / "out").mkdir()
    return str(tmp_path / "out" / "####.png")


@pytest.fixture(name="add")
def fixture_add(spool: Spool, output: str) -> Callable[..., tuple[Entry, Job]]:
    """`add(frames="1-6", chunk=2, tries=3)`: a job that was submitted."""
    return lambda **asked: played.add(spool, output, **asked)


@pytest.fixture(name="daemon")
def fixture_daemon(spool: Spool) -> played.Daemon:
    """ws01, played by hand."""
    return played.Daemon.born(spool)
