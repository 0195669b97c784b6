"""Plumiferos's pipeline as it is shipped: a real Subversion repository, the real Blender, a real mail server."""

import json
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from spool import opening
from tests.system.farm import BIN, BLENDS, Farm, says
from tests.system.post_office import free_port, post_office, text_of
from tests.system.recipes import log_of

ME = pwd.getpwuid(os.geteuid()).pw_name
STAGES = ("pre-svn", "render-all", "post-check1", "post-check2", "post-check3", "post-check4", "end-all")


def svn(*words: object) -> str:
    return subprocess.run(["svn", "-q", "--non-interactive", *map(str, words)], capture_output=True, text=True,
                          check=True).stdout


@pytest.fixture(name="artist")
def fixture_artist(farm: Farm) -> Path:
    """Who has a working copy, with one shot that is committed; the computers have theirs elsewhere, or none yet."""
    repository = farm.root / "repository"
    subprocess.run(["svnadmin", "create", repository], check=True)
    svn("checkout", f"file://{repository}", farm.root / "work" / "film")
    shutil.copy(BLENDS / "one_20.blend", farm.root / "work" / "film" / "shot.blend")
    svn("add", farm.root / "work" / "film" / "shot.blend")
    svn("commit", "-m", "the shot", farm.root / "work" / "film")
    farm.environ["RENDERD_WORK"] = str(farm.root / "work")
    return farm.root / "work" / "film"


def add(farm: Farm, artist: Path, frames: str, *options: str) -> str:
    words = [word for one in (f"URL=file://{farm.root}/repository", f"FILE={farm.root}/film.mp4", *options)
             for word in ("--set", one)]
    ran = subprocess.run([BIN / "render", "add", "--json", artist / "shot.blend", "--frames", frames, "--chunk", "2",
                          "--output", f"{farm.out}/", "--recipe", "plumiferos", "--no-mail", *words],
                         env=farm.environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return str(json.loads(ran.stdout)["jobs"][0]["job"])


def rendered(farm: Farm, job: str) -> list[int]:
    return sorted(one["frame"] for one in farm.events(job, "frame") if "kept" not in one)


def test_the_whole_pipeline_and_then_a_mail_when_a_check_fails(farm: Farm, artist: Path) -> None:
    port = free_port()
    (farm.spool_dir / "farm.yaml").write_text(
        f"format: 1\nbeat: {farm.beat}\ntries: 1\n"
        f'mail: {{smtp: "127.0.0.1:{port}", from: farm@film.example, to: "{{owner}}@film.example"}}\n')
    farm.spool = opening.open_spool(str(farm.spool_dir))
    job = add(farm, artist, "1-4")
    artist.rename(farm.root / "copy")           # a computer of the farm has none yet
    with post_office(port) as box:
        for host in ("alpha", "beta", "gamma"):
            farm.host(host, RENDERD_THREADS="1")
        farm.until_state(job, "done")
        assert [says(farm.out / name)[0] for name in farm.frames()] == [1, 2, 3, 4]
        said = log_of(farm, job)
        assert [stage for stage in STAGES if f"/{stage}" not in said] == []
        assert (farm.root / "film.mp4").stat().st_size > 0
        assert "is at revision 1" in said

        # check-file: the same once more, and two frames that are new.
        more = add(farm, artist, "1-6")
        farm.until_state(more, "done")
        assert rendered(farm, more) == [5, 6]

        # A commit changes the shot: what is there is from another input.
        changed = bytearray((artist / "shot.blend").read_bytes())
        changed[changed.index(b"GLOB") + 40] ^= 1
        (farm.root / "copy" / "shot.blend").write_bytes(changed)
        svn("commit", "-m", "another light", farm.root / "copy")
        svn("update", artist)
        anew = add(farm, artist, "1-2")
        farm.until_state(anew, "done")
        assert rendered(farm, anew) == [1, 2]
        assert "is at revision 2" in log_of(farm, anew)
        assert "Frames 3-6 of the same sequence were made from another input" in farm.detail(anew).view.warning
        assert box.mails == []

        bad = add(farm, artist, "7-10", "BLACK=1.1")
        farm.until_state(bad, "failed")
        assert not [name for name in farm.frames() if name > "0006.png"], "a failing check lets nothing out"
        farm.until(lambda: bool(box.mails))
        (to, letter), = box.mails
        assert (to, letter["From"]) == ([f"{ME}@film.example"], "farm@film.example")
        assert letter["Subject"] == "shot failed: frames 7-10"
        assert "post-check3" in text_of(letter) and "is black" in text_of(letter) and "render retry" in text_of(letter)
