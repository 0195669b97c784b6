"""The recipes that are shipped, with ffmpeg, git and the real Blender; plumiferos has a test of its own."""

import json
import subprocess
from pathlib import Path

import pytest

from spool import atomic
from tests.system.farm import BIN, BLENDS, Farm, says
from tests.system.recipes import log_of

ONE = BLENDS / "one_20.blend"
DRAW = ["sh", "-c", "for f in $(seq {first} {last}); do cp \"$0\" $(dirname {output})/$(printf %04d $f).png; done"]


def picture(farm: Farm, source: str) -> str:
    """The path of a PNG that ffmpeg makes."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "1", "-pix_fmt", "rgb24",
                    farm.root / "one.png"], check=True)
    return str(farm.root / "one.png")


@pytest.mark.parametrize(("source", "said"), [("color=black:s=64x36", "is black"), ("color=green:s=64x36", "is blank"),
                                              ("testsrc=s=64x36", "")])
def test_the_recipe_checked_lets_no_black_and_no_blank_frame_out(farm: Farm, source: str, said: str) -> None:
    job = farm.submit_recipe("checked", [*DRAW, picture(farm, source)])
    farm.once(RENDERD_PROGRAMS="sh")
    if said:
        assert [said in one["text"] for one in farm.events(job, "failed")] == [True], farm.show()
        assert farm.frames() == []
    else:
        assert farm.state(job) == "done", farm.show()


def test_the_recipe_movie_makes_a_film_at_the_end(farm: Farm) -> None:
    options = ("FILE=film.mp4", "FPS=10")       # beside the folder of the pictures
    job = farm.submit_recipe("movie", [*DRAW, picture(farm, "testsrc=s=63x35")], options=options)
    farm.once(RENDERD_PROGRAMS="sh")
    assert farm.state(job) == "done", farm.show()
    probe = subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v", "-show_entries",
                            "stream=nb_read_packets,r_frame_rate", "-of", "csv=p=0", farm.root / "film.mp4"],
                           capture_output=True, text=True, check=True)
    assert probe.stdout.strip() == "10/1,3"
    assert not [name for name in atomic.names(str(farm.root)) if name.startswith(".film")]


def add_by_hand(farm: Farm, *words: object) -> str:
    """The name of a job that `render add` sent."""
    ran = subprocess.run([BIN / "render", "add", "--json", *map(str, words)], env=farm.environ, capture_output=True,
                         text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return str(json.loads(ran.stdout)["jobs"][0]["job"])


def packets(film: Path) -> str:
    return subprocess.run(["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v", "-show_entries",
                           "stream=nb_read_packets", "-of", "csv=p=0", film],
                          capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_one_chunk_renders_a_whole_film_file(farm: Farm, ending: str) -> None:
    """By the real Blender."""
    film = farm.out / f"film.{ending}"
    job = add_by_hand(farm, ONE, "--recipe", "video", "--frames", "3-8", "--output", film)
    farm.once()
    assert farm.state(job) == "done", farm.show() + log_of(farm, job)
    assert packets(film) == "6"
    assert farm.frames() == [film.name]
    assert {chunk.frames for chunk in farm.detail(job).chunks if chunk.name.startswith("000")} == {"3-8"}


def test_a_film_that_lacks_frames_is_not_published(farm: Farm) -> None:
    film = ["sh", "-c", "ffmpeg -v error -f lavfi -i testsrc=s=64x36:r=10 -frames:v $1 $2", "sh", "4", "{output}"]
    job = add_by_hand(farm, "--recipe", "video", "--frames", "1-5", "--output", farm.out / "film.mkv", "--", *film)
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    (farm.spool_dir / "farm.yaml").write_text("format: 1\nbeat: 0.2\ntries: 1\n")
    farm.once()
    assert "the film has 4 frames, and not 5" in log_of(farm, job)
    assert farm.frames() == []


def test_frames_of_a_film_are_rendered_anew_as_a_whole(farm: Farm) -> None:
    film = ["sh", "-c", "echo x >> $2/count; ffmpeg -v error -f lavfi -i testsrc=s=64x36:r=10 -frames:v 5 $1", "sh",
            "{output}", str(farm.root)]
    job = add_by_hand(farm, "--recipe", "video", "--frames", "1-5", "--output", farm.out / "film.mp4", "--", *film)
    farm.environ["RENDERD_PROGRAMS"] = "sh"
    farm.once()
    subprocess.run([BIN / "render", "redo", job, "--frames", "3"], env=farm.environ, check=True)
    farm.once()
    assert farm.state(job) == "done", farm.show() + log_of(farm, job)
    assert (farm.root / "count").read_text() == "x\nx\n"
    assert packets(farm.out / "film.mp4") == "5"


def test_the_recipe_git_renders_what_was_committed(farm: Farm) -> None:
    """A real repository; the working copy is the farm's own."""
    home, work = farm.root / "repository", farm.root / "work"
    farm.environ |= {"RENDERD_WORK": str(work), "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(farm.root)}
    git = ["git", "-C", str(home), "-c", "user.name=mia", "-c", "user.email=mia@film.example"]
    subprocess.run(["git", "init", "-q", home], env=farm.environ, check=True)
    (home / "shot.blend").write_bytes(ONE.read_bytes())
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "shot"], check=True)
    subprocess.run(["git", "clone", "-q", home, work / "film"], env=farm.environ, check=True)
    job = add_by_hand(farm, work / "film" / "shot.blend", "--frames", "1-2", "--output", f"{farm.out}/",
                      "--recipe", "git", "--set", f"URL={home}")
    (work / "film").rename(farm.root / "copy of an artist")
    farm.once()
    assert farm.state(job) == "done", farm.show() + log_of(farm, job)
    assert [says(farm.out / name)[0] for name in farm.frames()] == [1, 2]
