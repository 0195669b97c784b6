"""What every command does with a bad spool, bad settings and bad command lines."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from render_cli import border, farm, manual
from render_cli.commands import ELSEWHERE
from render_cli.main import MODULES
from render_cli.main import render as render_command
from spool import opening
from spool.layout import Spool
from tests.render_cli.conftest import Render, Said

Copy = Callable[[str], Path]


def test_no_spool_was_named(spool: Spool, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENDERD_SPOOL")
    said = render("jobs")
    assert (said.code, said.err.startswith("render: No spool was named.\n  ")) == (1, True)
    assert "export RENDERD_SPOOL=" in said.err


def test_a_spool_that_is_not_there(spool: Spool, render: Render, tmp_path: Path) -> None:
    said = render("jobs", "--spool", tmp_path / "nowhere")
    assert f"No spool at {tmp_path}/nowhere." in said.err and "Mount the share" in said.err


def test_a_folder_that_is_no_spool(spool: Spool, render: Render, tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    assert "is no spool: it has no farm.yaml" in render("jobs", "--spool", tmp_path / "film").err


def test_a_spool_that_everybody_may_write(spool: Spool, render: Render, blend: Copy) -> None:
    os.chmod(spool.root, 0o777)
    said = render("add", blend("one_20"))
    assert said.code == 1
    assert f"Everybody may write in {spool.root}" in said.err and f"chmod o-w {spool.root}" in said.err


def test_a_spool_that_i_may_not_write(
        spool: Spool, as_nobody: Callable[..., Said], blend: Copy) -> None:
    os.chmod(spool.folder("jobs"), 0o555)
    said = as_nobody("add", blend("one_20"))
    assert said.code == 1, said
    assert f"You may not write in the spool {spool.root}" in said.err and "ls -ld" in said.err


def test_looking_needs_no_right_to_write(
        spool: Spool, as_nobody: Callable[..., Said], render: Render) -> None:
    render("add", "--frames", "1", "--name", "one", "--", "true")
    assert "one-" in as_nobody("jobs").out
    assert as_nobody("hosts").code == 0


def test_the_spool_comes_from_a_settings_file_too(
        spool: Spool, render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENDERD_SPOOL")
    settings = tmp_path / ".config/renderd"
    settings.mkdir(parents=True)
    (settings / "renderd.yaml").write_text(f"spool: {spool.root}\n")
    assert render("jobs").code == 0
    (settings / "renderd.yaml").write_text("spool: [")
    said = render("jobs")
    assert (said.code, f"{settings}/renderd.yaml is not YAML" in said.err) == (78, True)


def test_the_flag_may_stand_before_the_command(spool: Spool, render: Render, tmp_path: Path) -> None:
    other = opening.init(str(tmp_path / "other"))
    render("--spool", other.root, "add", "--frames", "1", "--", "true")
    assert len(os.listdir(f"{other.root}/queue")) == 1 and os.listdir(f"{spool.root}/queue") == []


def test_a_file_that_disappears_is_named_without_a_traceback(spool: Spool, render: Render, tmp_path: Path) -> None:
    said = render("add", tmp_path / "gone.blend")
    assert said.code == 1 and "gone.blend" in said.err and "Traceback" not in said.err


def test_an_error_of_the_disk_names_the_path(spool: Spool, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied", f"{spool.root}/queue")

    monkeypatch.setattr("spool.queue.entries", refuse)
    said = render("jobs")
    assert (said.code, said.err.splitlines()[0]) == (1, f"render: {spool.root}/queue: Permission denied.")


def test_a_bug_keeps_its_traceback(spool: Spool, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("spool.queue.entries", bug)
    with pytest.raises(ZeroDivisionError):
        render("jobs")


def test_ctrl_c_is_exit_code_130(spool: Spool, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spool.queue.entries", interrupt)
    assert render("jobs").code == 130


@pytest.mark.parametrize(("words", "hint"), [
    (["jbos"], "Did you mean 'jobs'?"), (["pause"], "Did you mean 'hold' or 'host pause'?"),
    (["shot.blend"], "Did you mean: render add shot.blend"),
    (["jobs", "--jsn"], "--json"), (["redo", "x"], "--frames"), (["show"], "JOB")])
def test_a_wrong_command_line_says_what_was_meant(
        spool: Spool, render: Render, words: list[str], hint: str) -> None:
    said = render(*words)
    assert said.code == 2 and said.err.startswith("render: ") and hint in said.err
    assert "--help" in said.err.splitlines()[-1]


@pytest.mark.parametrize("command", sorted({command for meant in ELSEWHERE.values() for command in meant}))
def test_what_other_farms_call_otherwise_leads_to_a_command(render: Render, command: str) -> None:
    assert render(*command.split(), "--help").code == 0


def test_init_makes_a_spool_and_says_what_comes_next(spool: Spool, render: Render, tmp_path: Path) -> None:
    said = render("init", tmp_path / "new")
    assert said.out == f"The spool is at {tmp_path}/new.\n"
    assert "render add FILE.blend" in said.err and f"export RENDERD_SPOOL={tmp_path}/new" in said.err
    assert opening.open_spool(str(tmp_path / "new"))


def test_init_refuses_a_folder_with_something_else_in_it(spool: Spool, render: Render, tmp_path: Path) -> None:
    said = render("init", tmp_path)
    assert (said.code, "is not empty and is no spool" in said.err) == (1, True)


def test_a_dry_run_of_init_makes_nothing(spool: Spool, render: Render, tmp_path: Path) -> None:
    render("init", tmp_path / "new", "-n")
    assert not (tmp_path / "new").exists()


def test_help_leads_from_nothing_to_a_film(spool: Spool, render: Render) -> None:
    out = render("--help").out
    steps = ["render init", "RENDERD_SPOOL=", "renderd ", "render add", "render wait", "render movie"]
    places = [out.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_command_explains_itself(spool: Spool, render: Render, name: str) -> None:
    out = render(name, "--help").out
    assert "Examples:" in out and "Exit status:" in out
    assert f"render {name}" in out.split("Examples:")[1]


WRITES = ("init", "add", "movie", "hold", "release", "priority", "cancel", "undo", "retry", "redo", "clean", "run")
READS = ("info", "jobs", "show", "why", "hosts", "add", "clean")


@pytest.mark.parametrize("name", WRITES)
def test_every_command_that_changes_something_has_a_dry_run(name: str) -> None:
    assert "--dry-run" in _options(name)


@pytest.mark.parametrize("name", READS)
def test_every_command_that_reads_has_json(name: str) -> None:
    assert "--json" in _options(name)


def _options(name: str) -> set[str]:
    command = render_command.get_command(click.Context(render_command), name)
    assert command
    return {option for parameter in command.params for option in parameter.opts}


def test_the_manual_is_what_the_commands_say() -> None:
    assert manual.PAGE.read_text() == manual.page(), "Write it again: python -m render_cli.manual"


def test_no_color_and_pipes_get_no_colour(spool: Spool, render: Render) -> None:
    render("add", "--frames", "1", "--hold", "--", "true")
    assert "\x1b" not in render("jobs").out


def test_farm_says_that_it_is_still_to_come(capfd: pytest.CaptureFixture[str]) -> None:
    assert border.run(farm.farm, "farm", []) == 0
    assert "comes with releases" in capfd.readouterr().err


def test_a_reader_that_stops_reading_makes_no_noise(spool: Spool) -> None:
    words = [sys.executable, "-c", "from render_cli.main import run; run()", "jobs", "--help"]
    reader = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reader.stdout and reader.stderr
    reader.stdout.close()
    assert reader.stderr.read() == b""
    assert reader.wait() in (0, 1)


def test_jobs_does_not_import_what_other_commands_need(spool: Spool) -> None:
    code = ("import sys; from render_cli import border, main; border.run(main.render, 'render', ['jobs']); "
            "print(sorted(m for m in sys.modules if m in ('assetfs.blend', 'zstandard', 'render_cli.add', 'psutil')))")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
