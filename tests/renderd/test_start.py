"""`renderd pause` and its like, before all else is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from renderd import start

DESKTOP = Path(__file__).parents[2] / "etc/desktop"
HEAVY = ("click", "yaml", "psutil", "subprocess", "renderd.main", "spool.atomic")


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon of this user, and none of the system's, has a door where is looked."""
    monkeypatch.setattr("spool.door.folders", lambda environ: [str(tmp_path)])


@pytest.mark.parametrize("kind", start.ASKS)
def test_without_a_daemon_it_says_so_and_what_to_do(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.ask(kind, []) == 1
    assert "No daemon answers on this computer.\n  Is it running? Start it: renderd" in capsys.readouterr().err
    assert start.ask(kind, ["ws07"]) == 1
    assert "as ws07." in capsys.readouterr().err


@pytest.mark.parametrize(("rest", "status"), [(["-h"], 0), (["--help"], 0), (["a", "b"], 2)])
def test_it_says_how_it_is_called(rest: list[str], status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.ask("pause", rest) == status
    assert "Usage: renderd pause [HOST]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_the_icons_of_a_desktop_do_it(name: str) -> None:
    lines = (DESKTOP / f"renderd-{name}.desktop").read_text().splitlines()
    assert lines[0] == "[Desktop Entry]" and f"Exec=renderd {name}" in lines and "Type=Application" in lines
    assert name in start.ASKS


def test_it_imports_next_to_nothing() -> None:
    code = "import sys; from renderd import start; start.ask('pause', ['none']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True, timeout=60)
    assert set(HEAVY) & set(done.stdout.split()) == set()
