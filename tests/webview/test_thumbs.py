"""Thumbnails of real pictures, made by the real process."""

import io
import os
import re
import signal
import subprocess
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from spool.job import Job
from spool.layout import Spool
from tests.render_cli.conftest import PlayedHost
from tests.spool import played
from tests.webview.browsing import LIMIT, Browser, Got, until
from webview.pictures import sources
from webview.pictures.cache import Cache
from webview.pictures.maker import MOST_PIXELS, Refused
from webview.pictures.process import Maker
from webview.pictures.sources import Source
from webview.site import Site
from webview.thumbs import MOST_WANTED, Known, Thumbs, Wish, Wishes

BLENDS = Path(__file__).resolve().parents[3] / "shared" / "blends"


@pytest.fixture(name="maker", scope="module")
def fixture_maker() -> Iterator[Maker]:
    made = Maker()
    yield made
    made.end()


def made(maker: Maker, path: Path, edge: int = 160, kind: str = "picture") -> Image.Image:
    with path.open("rb") as file:
        return Image.open(io.BytesIO(maker.make(file.fileno(), kind, edge)))


def refused(maker: Maker, path: Path, kind: str = "picture") -> str:
    with pytest.raises(Refused) as why:
        made(maker, path, kind=kind)
    return str(why.value)


def ffmpeg(path: Path, source: str, *more: str) -> Path:
    command = ["nice", "-n", "19", "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1"]
    subprocess.run([*command, *more, str(path)], check=True)
    return path


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 6) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


# -- what a picture becomes

COLOUR = "color=c=0x336699:size=640x360"


@pytest.mark.parametrize(("name", "edge", "size"), [("a.png", 160, (160, 90)), ("a.jpg", 480, (480, 270)),
                                                    ("a.png", 480, (480, 270)), ("a.webp", 160, (160, 90))])
def test_pictures_become_small(maker: Maker, tmp_path: Path, name: str, edge: int, size: tuple[int, int]) -> None:
    small = made(maker, ffmpeg(tmp_path / name, COLOUR), edge)
    assert small.format == "WEBP" and small.size == size
    assert near(small.convert("RGB").getpixel((5, 5)), (0x33, 0x66, 0x99))


def test_an_exr_is_shown_as_a_screen_shows_it(maker: Maker, tmp_path: Path) -> None:
    """ffmpeg writes the numbers of the colour as linear light; a screen shows 0.2 of it as 124."""
    path = ffmpeg(tmp_path / "a.exr", COLOUR, "-pix_fmt", "gbrpf32le")
    small = made(maker, path)
    assert small.size == (160, 90) and near(small.convert("RGB").getpixel((80, 45)), (124, 170, 203))


def test_the_picture_of_a_view_layer_is_found_in_a_multilayer_exr(maker: Maker, tmp_path: Path) -> None:
    from tests.system.farm import BLENDS

    command = ["nice", "-n", "19", "blender", "-b", "--factory-startup", str(BLENDS / "one_20.blend"),
               "-o", f"{tmp_path}/####", "-F", "OPEN_EXR_MULTILAYER", "-x", "1", "-f", "3"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    small = made(maker, tmp_path / "0003.exr")
    # The corner says its frame and scene: 17 * 3 / 255 of linear light, and 17 / 255.
    assert small.size == (64, 36) and near(small.convert("RGB").getpixel((0, 0)), (124, 0, 73), 12)


def test_sixteen_bits_of_grey_and_alpha(maker: Maker, tmp_path: Path) -> None:
    grey = ffmpeg(tmp_path / "grey.png", "color=c=0x808080:size=64x64", "-pix_fmt", "gray16be")
    assert near(made(maker, grey).convert("RGB").getpixel((9, 9)), (128, 128, 128))
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert made(maker, tmp_path / "clear.png").convert("RGBA").getpixel((9, 9))[3] == 0


def test_a_small_picture_is_not_made_larger(maker: Maker, tmp_path: Path) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "a.png")
    assert made(maker, tmp_path / "a.png").size == (20, 10)


def test_the_preview_inside_a_blend_file(maker: Maker) -> None:
    small = made(maker, BLENDS / "one_20.blend", kind="blend")
    assert max(small.size) <= 160 and small.size[0] > 0


# -- what is refused

def huge_png(path: Path) -> Path:
    """A few bytes that mean 60,000 x 60,000 pixels."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))
                     + chunk(b"IEND", b""))
    return path


def huge_exr(path: Path, tmp_path: Path) -> Path:
    data = bytearray(ffmpeg(tmp_path / "small.exr", COLOUR, "-pix_fmt", "gbrpf32le").read_bytes())
    at = data.index(b"dataWindow\0box2i\0") + len(b"dataWindow\0box2i\0") + 4
    data[at + 8:at + 16] = (60_000).to_bytes(4, "little") * 2
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(("what", "why"), [("png", "large"), ("exr", "large"), ("text", "format"), ("gif", "format"),
                                           ("empty", "format"), ("cut", "broken"), ("cut exr", "broken"),
                                           ("exr header", "broken")])
def test_what_cannot_be_shown_is_refused(maker: Maker, tmp_path: Path, what: str, why: str) -> None:
    path = tmp_path / "picture"
    if what == "png":
        huge_png(path)
    elif what == "exr":
        huge_exr(path, tmp_path)
    elif what == "gif":
        Image.new("RGB", (9, 9)).save(path, "GIF")
    elif what == "cut":
        whole = ffmpeg(tmp_path / "a.png", "testsrc=size=640x360").read_bytes()
        path.write_bytes(whole[:len(whole) // 2])
    elif what == "cut exr":
        whole = ffmpeg(tmp_path / "a.exr", COLOUR, "-pix_fmt", "gbrpf32le").read_bytes()
        path.write_bytes(whole[:200])
    else:
        path.write_bytes({"text": b"hello", "empty": b"", "exr header": b"\x76\x2f\x31\x01" + b"x" * 5000}[what])
    assert refused(maker, path) == why
    assert MOST_PIXELS < 60_000 ** 2


def test_a_blend_file_without_a_preview(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "a.blend").write_bytes(b"BLENDER-v304" + b"ENDB" + bytes(20))
    assert refused(maker, tmp_path / "a.blend", "blend") == "none"
    (tmp_path / "b.blend").write_bytes(b"nonsense")
    assert refused(maker, tmp_path / "b.blend", "blend") == "broken"


def test_a_picture_that_kills_its_maker_is_refused_and_the_next_one_is_made(tmp_path: Path) -> None:
    maker, path = Maker(), ffmpeg(tmp_path / "a.png", COLOUR)
    made(maker, path)
    process = maker._process
    assert process
    os.kill(process.pid, signal.SIGSTOP)
    kill = threading.Timer(0.2, os.kill, (process.pid, signal.SIGKILL))
    kill.start()
    assert refused(maker, path) == "crashed"
    assert made(maker, path).size == (160, 90)
    maker.end()


def test_a_picture_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    maker, path = Maker(), ffmpeg(tmp_path / "a.png", COLOUR)
    made(maker, path)
    assert maker._process and maker._socket
    maker._socket.settimeout(0.2)
    os.kill(maker._process.pid, signal.SIGSTOP)
    assert refused(maker, path) == "slow"
    assert made(maker, path).size == (160, 90)
    maker.end()


def test_the_maker_is_at_the_lowest_priority_and_ends_with_the_page(tmp_path: Path) -> None:
    maker, path = Maker(), ffmpeg(tmp_path / "a.png", COLOUR)
    made(maker, path)
    assert maker._process and maker._socket
    assert os.getpriority(os.PRIO_PROCESS, maker._process.pid) == 19
    maker._socket.close()               # as when the page is killed
    assert maker._process.wait(LIMIT) == 0


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="this computer has one CPU")
def test_the_maker_is_not_bound_to_the_cpu_of_the_page(tmp_path: Path) -> None:
    every, maker = os.sched_getaffinity(0), Maker()

    def start() -> None:                    # as from a thread of the server
        os.sched_setaffinity(0, [max(every)])
        made(maker, ffmpeg(tmp_path / "a.png", COLOUR))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(LIMIT)
    assert maker._process
    assert os.sched_getaffinity(maker._process.pid) == every
    maker.end()


# -- the cache

def test_the_oldest_thumbnails_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "thumbs", limit=5000)
    for number in range(10):
        cache.put(f"{number:02}{'0' * 62}", webp(1000))
        os.utime(cache._path(f"{number:02}{'0' * 62}"), (number, number))
    kept = [number for number in range(10) if cache.read(f"{number:02}{'0' * 62}")]
    assert kept and kept == list(range(10 - len(kept), 10)) and len(kept) <= 5
    assert sum(path.stat().st_size for path in (tmp_path / "thumbs").rglob("*") if path.is_file()) <= 5000
    again = Cache(tmp_path / "thumbs", limit=5000)
    again.put("ff" + "0" * 62, webp(1000))
    assert again.used is not None and again.used <= 5000, "what was there before counts as well"


def webp(size: int) -> bytes:
    return b"RIFF" + (size - 8).to_bytes(4, "little") + bytes(size - 8)


@pytest.mark.parametrize("data", [b"", b"RIFF", webp(1000)[:-1], bytes(1000)])
def test_a_thumbnail_that_a_power_cut_left_torn_is_none(tmp_path: Path, data: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("a" * 64, data)
    assert cache.read("a" * 64) is None


def test_a_full_disk_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "full")

    cache = Cache(tmp_path)
    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(OSError, match="full"):
        cache.put("a" * 64, webp(100))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# -- asked for by a page

class Counting(Maker):
    """Makes at once, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def make(self, fd: int, kind: str, edge: int) -> bytes:
        self.count += 1
        data = os.read(fd, 100)
        if data.startswith(b"bad"):
            raise Refused("broken")
        return b"RIFF" + len(data).to_bytes(4, "little") + data


def ready(thumbs: Thumbs, path: Path) -> Known:
    def known() -> Known | None:
        found = thumbs.ask("it", 160, lambda: sources.of_file(str(path)))
        return found if found.name or found.trouble else None

    return until(known)     # type: ignore[no-any-return]


def test_asking_answers_at_once_and_the_number_tells_when_it_is_there(tmp_path: Path) -> None:
    thumbs, path, gate = Thumbs(tmp_path / "cache", Counting()), tmp_path / "a.png", threading.Event()
    path.write_bytes(b"one")

    def find() -> Source:
        gate.wait(LIMIT)                # a share that does not answer
        return sources.of_file(str(path))

    assert thumbs.ask("it", 160, find) == Known()
    address, number = thumbs.of_frame("job", 7), thumbs.number
    gate.set()
    until(lambda: thumbs.number > number)
    assert thumbs.known("it", 160).name and thumbs.of_frame("job", 7) == address


def test_a_thumbnail_is_made_once_and_found_again_by_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    first = Counting()
    assert ready(Thumbs(tmp_path / "cache", first), path).name
    second = Counting()
    assert ready(Thumbs(tmp_path / "cache", second), path).name
    assert (first.count, second.count) == (1, 0)


def test_a_picture_that_changes_gets_a_new_thumbnail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webview.thumbs.AGAIN", 0.0)
    thumbs, path = Thumbs(tmp_path / "cache", Counting()), tmp_path / "a.png"
    path.write_bytes(b"one")
    before = ready(thumbs, path)
    path.write_bytes(b"other")
    until(lambda: ready(thumbs, path).name != before.name)
    assert b"other" in (thumbs.read(ready(thumbs, path)) or b"")


def test_a_thumbnail_that_was_cleaned_away_is_made_again(tmp_path: Path) -> None:
    thumbs, path = Thumbs(tmp_path / "cache", Counting()), tmp_path / "a.png"
    path.write_bytes(b"one")
    known = ready(thumbs, path)
    assert thumbs.read(known) and thumbs.cache
    thumbs.cache._path(known.name).unlink()
    assert thumbs.read(known) is None
    assert thumbs.read(ready(thumbs, path))


def test_wishes_are_bounded_and_the_newest_comes_first() -> None:
    wishes = Wishes()
    for number in [*range(MOST_WANTED + 10), 20]:
        wishes.put(Wish((number, 160), lambda: None))
    come = [wish.key[0] for _ in range(MOST_WANTED + 10) if (wish := wishes.get(0))]
    assert come[:3] == [20, MOST_WANTED + 9, MOST_WANTED + 8]
    assert len(come) == len(set(come)) == MOST_WANTED and come[-1] == 10, "the oldest wishes are forgotten"


def test_the_unit_lets_the_maker_give_itself_the_lowest_priority() -> None:
    """A system call that it forbids would end the process: no picture would ever be made."""
    unit = (Path(__file__).parents[2] / "etc/systemd/renderd-web.service").read_text()
    forbidden = {name for line in re.findall(r"^SystemCallFilter=~(.*)$", unit, re.MULTILINE) for name in line.split()}
    assert forbidden
    seen = set[str]()
    while sets := {name for name in forbidden if name.startswith("@")} - seen:
        seen |= sets
        told = subprocess.run(["systemd-analyze", "syscall-filter", *sets], capture_output=True, text=True, check=True)
        forbidden |= set(re.findall(r"^    ([@a-z0-9_]+)$", told.stdout, re.MULTILINE))
    assert len(forbidden) > 20 and not forbidden & {"setpriority", "prlimit64", "socketpair", "setsid", "sendmsg"}


def test_a_refused_picture_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webview.thumbs.AGAIN", 0.0)
    maker = Counting()
    thumbs, path = Thumbs(tmp_path / "cache", maker), tmp_path / "a.png"
    path.write_bytes(b"bad")
    for _ in range(5):
        assert ready(thumbs, path).trouble == "broken"
    assert maker.count == 1


def test_without_a_cache_there_are_no_thumbnails(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    assert ready(Thumbs(None, Counting()), path).trouble == "no-cache"


@pytest.mark.parametrize("how", ["link", "fifo", "folder", "device", "none"])
def test_only_plain_files_are_opened(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a.png"
    (tmp_path / "real.png").write_bytes(b"one")
    {"link": lambda: path.symlink_to(tmp_path / "real.png"), "fifo": lambda: os.mkfifo(path), "folder": path.mkdir,
     "device": lambda: os.mknod(path, 0o020666, os.makedev(1, 5)), "none": lambda: None}[how]()
    assert sources.of_file(str(path)).open() is None


@pytest.mark.parametrize(("asset", "output", "pattern"), [
    ("shots/a.blend", "//../render/a/####", "render/a/####"), ("shots/a.blend", "//../render/a/", "render/a/####"),
    ("shots/a.blend", "//../../secret/####", ""), ("shots/a.blend", "/etc/####", ""), ("a.blend", "//####", ""),
    ("shots/a.blend", "//../render/a/####.png", "render/a/####"), ("shots/a.blend", "", "")])
def test_where_the_frames_of_an_asset_lie(asset: str, output: str, pattern: str) -> None:
    assert sources.pattern_of(asset, output) == pattern


# -- by address

@pytest.fixture(name="site")
def fixture_site(farm_site: Site, tmp_path: Path) -> Site:
    farm_site.thumbs = Thumbs(tmp_path / "cache", Counting())
    return farm_site


@pytest.fixture(name="job")
def fixture_job(spool: Spool, tmp_path: Path) -> Job:
    """Frame 1 and 2 are done; of frame 3 there is a picture that no journal knows."""
    _, job = played.add(spool, str(tmp_path / "out" / "####.png"), frames="1-6", chunk=2)
    host = PlayedHost(spool, "alpha")
    host.publish(host.take(job.job))
    (tmp_path / "out" / "0003.png").write_bytes(b"three")
    return job


def picture(browser: Browser, address: str) -> Got:
    """The thumbnail, or why there is none."""
    def got() -> Got | None:
        found = browser.get(address)
        return None if (found.status, found.headers["Content-Type"]) == (200, "image/svg+xml") else found

    return until(got)       # type: ignore[no-any-return]


def test_a_frame_of_a_job(browser: Browser, site: Site, job: Job, tmp_path: Path) -> None:
    assert site.farm
    farm = site.farm
    until(lambda: farm.look().jobs)
    first = browser.get(f"/thumb/job/{job.job}/1?size=160")
    assert (first.status, first.headers["Content-Type"], first.headers["Cache-Control"]) == (
        200, "image/svg+xml", "no-store")
    found = picture(browser, f"/thumb/job/{job.job}/1?size=160")
    assert (found.status, found.headers["Content-Type"]) == (200, "image/webp") and found.body.endswith(b"picture")
    tag = found.headers["ETag"]
    assert browser.get(f"/thumb/job/{job.job}/1?size=160", HTTP_IF_NONE_MATCH=tag).status == 304
    small = browser.get(f"/api/job/{job.job}.json").data["film"][0]["small"]
    assert site.thumbs.known(("job", job.job, 1), 160).name[:8] in small, "the page loads it when it is made"
    (tmp_path / "out" / "0002.png").unlink()
    (tmp_path / "out" / "0002.png").symlink_to("/etc/passwd")
    assert picture(browser, f"/thumb/job/{job.job}/2").status == 404


@pytest.mark.parametrize("rest", ["{job}/3", "{job}/99", "{job}/x", "{job}/-1", "{job}/1/..", "{job}", "nothing/1",
                                  "..%2f..%2fetc%2fpasswd/1", "{job}/%00", ""])
def test_nothing_but_a_frame_that_was_rendered_can_be_asked_for(browser: Browser, site: Site, job: Job,
                                                                rest: str) -> None:
    assert site.farm
    farm = site.farm
    until(lambda: farm.look().jobs)
    assert picture(browser, f"/thumb/job/{rest.format(job=job.job)}").status == 404


def test_the_picture_of_an_asset(browser: Browser, projects: Path, site: Site) -> None:
    path = sorted(site.film("film").assets)[0]
    beside = projects / "film" / f"{path.removesuffix('.blend')}.png"
    beside.write_bytes(b"beside")
    found = picture(browser, f"/thumb/asset/film/{path}")
    assert found.headers["Content-Type"] == "image/webp" and found.body.endswith(b"beside")


@pytest.mark.parametrize("rest", ["film/nothing.blend", "film/../people.yaml", "film/..%2fpeople.yaml",
                                  "nothing/a.blend", "film/project.yaml", "film/%00", "film/"])
def test_nothing_but_an_asset_can_be_asked_for(browser: Browser, rest: str) -> None:
    assert picture(browser, f"/thumb/asset/{rest}").status in (404, 308)


def test_the_frames_of_an_asset_and_a_link_among_them(browser: Browser, projects: Path, site: Site) -> None:
    settings, path = projects / "film" / "project.yaml", "shots/s02.blend"
    settings.write_text(settings.read_text().replace("name: Shot,", "name: Shot, output: //../render/%(name)s/####,"))
    folder = projects / "film" / "render" / "s02"
    folder.mkdir(parents=True)
    until(lambda: site.film("film").project.types["shot"].output)
    for number in (1, 2, 3):
        (folder / f"{number:04}.png").write_bytes(b"frame %d" % number)
    (folder / "0004.png").symlink_to(folder / "0001.png")
    assert picture(browser, f"/thumb/asset/film/{path}?frame=2").body.endswith(b"frame 2")
    assert picture(browser, f"/thumb/asset/film/{path}").body.endswith(b"frame 3"), "the middle one of four"
    assert picture(browser, f"/thumb/asset/film/{path}?frame=4").status == 404
    assert site.thumbs.asset_trouble("film", path, 4) == "picture.none"
