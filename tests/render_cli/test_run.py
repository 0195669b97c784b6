"""render run: a chunk by hand."""

import sys
from pathlib import Path

import pytest

from spool import queue
from spool.layout import Spool
from tests.render_cli.conftest import Render

WRITE = "import sys, pathlib; print('drawn', *sys.argv[1:3]); pathlib.Path(sys.argv[3].replace('####', '0001')).touch()"


@pytest.fixture
def info(spool: Spool, render: Render) -> Path:
    render("add", "--frames", "1-3", "--output", "out/f_####.png", "--name", "p", "--", sys.executable, "-c", WRITE,
           "{first}", "{last}", "{output}")
    return Path(f"{spool.todo(queue.find(spool, 'p').job)}/000.0001-0003")


def test_the_command_runs_and_the_info_file_stays(info: Path, render: Render, tmp_path: Path) -> None:
    said = render("run", info)
    assert (said.code, said.out) == (0, "drawn 1 3\n")
    assert (tmp_path / "out/f_0001.png").exists() and info.exists()


def test_output_goes_into_another_folder(info: Path, render: Render, tmp_path: Path) -> None:
    render("run", info, "--output", "look")
    assert (tmp_path / "look/f_0001.png").exists() and not (tmp_path / "out/f_0001.png").exists()


def test_a_dry_run_prints_a_line_for_the_shell(info: Path, render: Render) -> None:
    out = render("run", info, "-n").out
    assert out.startswith(sys.executable) and " 1 3 " in out


def test_what_others_have_of_a_chunk_that_was_cut_is_not_run(info: Path, render: Render, tmp_path: Path) -> None:
    cut = info.rename(info.with_name("000.0001-0002"))
    assert render("run", cut).out == "drawn 1 2\n"
    elsewhere = tmp_path / cut.name
    elsewhere.write_bytes(cut.read_bytes())
    said = render("run", elsewhere)
    assert said.code == 1 and "is for frames 1-2, but its command renders 1-3" in said.err
    cut.write_text(cut.read_text().replace("drawn", "edited"))
    assert render("run", cut).code == 1


def test_the_exit_code_is_that_of_the_command(spool: Spool, render: Render) -> None:
    render("add", "--frames", "1", "--name", "p", "--", sys.executable, "-c", "raise SystemExit(7)")
    assert render("run", f"{spool.todo(queue.find(spool, 'p').job)}/000.0001-0001").code == 7


def test_a_copy_with_another_name_runs_as_well(info: Path, render: Render, tmp_path: Path) -> None:
    (tmp_path / "copy.json").write_bytes(info.read_bytes())
    assert render("run", tmp_path / "copy.json").out == "drawn 1 3\n"


def test_a_program_that_is_not_there_is_named(spool: Spool, render: Render) -> None:
    render("add", "--frames", "1", "--name", "p", "--", "no-such-program")
    said = render("run", f"{spool.todo(queue.find(spool, 'p').job)}/000.0001-0001")
    assert (said.code, "no-such-program is not installed here" in said.err) == (69, True)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"chunk": 3}'])
def test_what_is_no_info_file_is_refused(spool: Spool, render: Render, tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    said = render("run", tmp_path / "x.json")
    assert said.code == 1 and "x.json" in said.err and "Traceback" not in said.err


def test_an_info_file_that_is_not_there_is_named(spool: Spool, render: Render, tmp_path: Path) -> None:
    said = render("run", tmp_path / "gone")
    assert (said.code, f"{tmp_path}/gone: No such file" in said.err) == (1, True)


def test_an_info_file_that_everybody_may_write_is_refused(info: Path, render: Render) -> None:
    info.chmod(0o666)
    assert "Everybody may write" in render("run", info).err
