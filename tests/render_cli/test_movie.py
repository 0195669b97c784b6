"""render movie: frames become a film that plays, or a sentence says why not."""

import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from render_cli.movie import Film, command
from spool import job as spool_job
from spool import queue
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost, Render

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def png(width: int = 15, height: int = 9) -> bytes:
    """A small picture of an odd size."""
    def piece(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x40\x80\xc0" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + piece(b"IDAT", zlib.compress(rows)) + piece(b"IEND", b""))


@pytest.fixture
def odd(spool: Spool, render: Render, host: Callable[..., PlayedHost]) -> Path:
    """Twelve frames with a name that shells and ffmpeg read in their own way; gives their folder."""
    render("add", "--frames", "1-23x2", "--output", "it's 100%d/a'b %03d_####.png", "--name", "odd/one", "--", "true")
    job = spool_job.read(spool, queue.find(spool, "odd").job)
    alpha = host("alpha", programs=("true",))
    while job.chunks:
        alpha.publish(alpha.take("odd"), picture=png())
        if len(list(Path(job.output).parent.glob("*.png"))) == 12:
            break
    return Path(job.output).parent


def probe(film: Path) -> dict[str, str]:
    words = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-of", "default=nw=1",
             "-show_entries", "stream=nb_read_frames,r_frame_rate,width,height,pix_fmt,codec_name", str(film)]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines)


@needs_ffmpeg
def test_all_frames_are_in_the_film_in_spite_of_gaps_and_quotes(odd: Path, render: Render) -> None:
    said = render("movie", "odd")
    film = odd.parent / "odd-one.mp4"
    assert said.code == 0, said.err
    assert said.out.startswith(f"{film}: 12 frames, 0.5 s at 24 frames a second, ")
    assert probe(film) == {"codec_name": "h264", "width": "16", "height": "10", "pix_fmt": "yuv420p",
                           "r_frame_rate": "24/1", "nb_read_frames": "12"}


@needs_ffmpeg
def test_missing_frames_are_named_and_refused_unless_told(odd: Path, render: Render) -> None:
    sorted(odd.iterdir())[3].unlink()
    sorted(odd.iterdir())[4].write_bytes(b"")
    said = render("movie", "odd")
    assert said.code == 65
    assert "2 frames of 12 are missing: 7,11" in said.err and "--skip-missing" in said.err
    assert not (odd.parent / "odd-one.mp4").exists()
    assert render("movie", "odd", "--skip-missing", "--fps", 12, "--output", "x.mp4").code == 0
    assert probe(odd.parent / "x.mp4")["nb_read_frames"] == "10"


@needs_ffmpeg
def test_a_frame_that_is_no_picture_leaves_no_film_behind(odd: Path, render: Render) -> None:
    before = b"an older film"
    (odd.parent / "odd-one.mp4").write_bytes(before)
    for path in odd.iterdir():
        path.write_bytes(b"this is no picture")
    said = render("movie", "odd")
    assert (said.code, "ffmpeg could not make the film" in said.err) == (1, True)
    assert (odd.parent / "odd-one.mp4").read_bytes() == before
    assert [p.name for p in odd.parent.glob(".odd*")] == []


def test_without_ffmpeg_the_cure_is_said(odd: Path, render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    said = render("movie", "odd")
    assert (said.code, "apt install ffmpeg" in said.err) == (69, True)


def test_a_dry_run_makes_no_film(odd: Path, render: Render) -> None:
    said = render("movie", "odd", "-n")
    assert said.out.startswith(f"Would make {odd.parent}/odd-one.mp4: 12 frames")
    assert not (odd.parent / "odd-one.mp4").exists()


@pytest.mark.parametrize(("channels", "layer"), [
    (b"R\0", []), (b"View Layer.Combined.R\0View Layer.Depth.Z\0", ["-layer", "View Layer.Combined"])])
def test_exr_gets_the_curve_that_screens_expect_and_its_layer(
        tmp_path: Path, channels: bytes, layer: list[str]) -> None:
    (tmp_path / "a.exr").write_bytes(b"\x76\x2f\x31\x01\0\0\0\0channels\0chlist\0\x20\0\0\0" + channels)
    words = command(Film((str(tmp_path / "a.exr"),), "/x.mp4", 24), "/links", "/x.mp4")
    at = words.index("-apply_trc")
    assert words[at:words.index("-framerate")] == ["-apply_trc", "iec61966_2_1", *layer]


def test_pictures_that_ffmpeg_cannot_read_are_refused_with_the_cure(spool: Spool, render: Render) -> None:
    render("add", "--frames", "1", "--output", "f_####.hdr", "--", "true")
    assert "--format OPEN_EXR" in render("movie", "true").err


def test_other_endings_than_mp4_are_refused(odd: Path, render: Render) -> None:
    assert "does not end with .mp4" in render("movie", "odd", "--output", "x.avi").err
