"""Files that are broken or mean harm: an error of ours, soon, and in little memory."""

import gzip
import json
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pytest
import zstandard
from blend_folder import BLENDS, needs_blends
from blend_writer import MODERN, Writer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assetfs.blend import check_complete, read_rend, read_scenes, version_of
from assetfs.errors import AssetError

MEGABYTES, SECONDS = 100, 10.0     # without bounds the worst takes 27 s and more; a busy machine is slow, too
GIB = 1 << 30
FIVE = Writer(version=500, five=True)
ROOT = Path(__file__).resolve().parents[2]


def gzip_bomb(start):
    """10 GiB of zeros: the same flushed piece again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    front = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(7) + front + piece * 640 + packer.flush()


def gzip_members(content, count):
    size = -(-len(content) // count)
    return b"".join(gzip.compress(content[at : at + size], 1) for at in range(0, len(content), size))


def zstd_bomb(start):
    return zstandard.compress(start) + zstandard.compress(bytes(16 << 20)) * 640


def zstd_window(log, content, start=None):
    """A frame that asks for a window of 2**log bytes; the content follows a whole file, or `start`."""
    start = start or Writer().file()
    blocks = struct.pack("<I", len(start) << 3)[:3] + start
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(log - 10) << 3]) + blocks + content


def zstd_zeros(count, last=True):
    """Blocks of 128 KiB of zeros each, 4 bytes long."""
    block = ((128 << 10) << 3) | 2
    return struct.pack("<I", block) * (count - 1) + struct.pack("<I", block | last)


def with_dna(body):
    writer = Writer()
    scene = writer.record("Scene", b"SC", 1, id={"name": b"SCx"})
    return writer.header + scene + writer.block(b"DNA1", body) + writer.end


def dna_where(**change):
    """A DNA1 block whose struct Scene has other members."""
    return Writer(structs=MODERN | change).dna_body()


def patched(body, part, at, value):
    """The number `at` bytes behind the name of a part, replaced."""
    place = body.index(part) + at
    return body[:place] + struct.pack("<i", value) + body[place + 4 :]


def more_names(count):
    """A DNA in order, but for the names that nobody needs."""
    had = int.from_bytes(DNA[8:12], "little")
    return patched(DNA[:12] + b"any\0" * count + DNA[12:], b"NAME", 4, had + count)


DNA = Writer().dna_body()
FLOOD = Writer().head(b"DATA", 0)
MANY_SCENES = Writer().block(b"SC", bytes(1 << 16), 1) * 800


def many(code, count, length):
    """Blocks of noise, each at another address."""
    noise = random.Random(5).randbytes(1 << 20)
    blocks = (Writer().block(code, noise[at % 1000 * 100 :][:length], at) for at in range(count))
    return Writer().file(Writer().record("Scene", b"SC", 1), *blocks)


NO_BLEND = {
    "empty": lambda: b"",
    "text": lambda: b"this is no blend file\n",
    "png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "zip": lambda: b"PK\x03\x04" + bytes(100),
    "random": lambda: random.Random(1).randbytes(1 << 16),
    "zeros": lambda: bytes(1 << 16),
    "skippable frames only": lambda: b"\x50\x2a\x4d\x18\0\0\0\0" * (2 << 20),
}
CUT = {
    "header only": lambda: b"BLENDER-v304",
    "half a header": lambda: b"BLEN",
    "a block longer than the file": lambda: Writer().header + Writer().head(b"DATA", (2 << 30) - 1),
    "a block of 2**62 bytes": lambda: FIVE.header + FIVE.head(b"DATA", 1 << 62),
    "gzip of half": lambda: gzip.compress(Writer().file()[:200]),
    "a window of 64 MiB": lambda: zstd_window(26, zstd_zeros(900), FIVE.header + FIVE.head(b"DATA", GIB)),
    "12,000 gzip members": lambda: gzip_members(Writer().file(Writer().block(b"DATA", bytes(1_000_000))), 12_000),
    "gzip magic": lambda: b"\x1f\x8b",
    "zstd magic": lambda: b"\x28\xb5\x2f\xfd",
}
TOO_NEW = {
    "next header": lambda: b"BLENDER18-01v0600" + bytes(100),
    "next format": lambda: b"BLENDER17-02v0600" + bytes(100),
    "strange header": lambda: b"BLENDER!!!!!" + bytes(100),
}
DAMAGED = {
    "a negative length": lambda: Writer().header + Writer().head(b"DATA", -1) + Writer().end,
    "zeros behind the header": lambda: Writer().header + bytes(1 << 16),
    "no DNA": lambda: Writer().header + Writer().end,
    "an empty REND": lambda: Writer().file(Writer().block(b"REND", b"")),
    "a short REND": lambda: Writer().file(Writer().block(b"REND", b"1234")),
    "a huge REND": lambda: Writer().file(Writer().block(b"REND", bytes(1 << 20))),
    "50 MB of scenes": lambda: Writer().file(MANY_SCENES),
    "50 MB of scenes, packed": lambda: zstandard.compress(Writer().file(MANY_SCENES)),
    "8,000 scenes of noise": lambda: many(b"SC", 8000, 400),
    "15,000 pictures": lambda: many(b"IM", 15_000, 1200),
    "15,000 libraries": lambda: many(b"LI", 15_000, 1200),
    "an endless array": lambda: with_dna(
        Writer(structs=MODERN | {"Scene": ["ID id", "char huge[1]", "Object *camera"]})
        .dna_body().replace(b"huge[1]\0", b"hugeful" + b"[999999999]" * 90_000 + b"\0")
    ),
    "1.3 million blocks": lambda: Writer().file(FLOOD * 1_300_000),
    "gzip bomb": lambda: gzip_bomb(FIVE.header + FIVE.head(b"DATA", 20 * GIB)),
    "zstd bomb": lambda: zstd_bomb(FIVE.header + FIVE.head(b"DATA", 20 * GIB)),
    "zstd bomb in one frame": lambda: zstd_window(20, zstd_zeros(80_000), FIVE.header + FIVE.head(b"DATA", 20 * GIB)),
    "bomb of zeros": lambda: gzip_bomb(b""),
    "zstd window of 1 GiB": lambda: zstd_window(30, zstd_zeros(1)),
    "zstd window of 128 MiB": lambda: zstd_window(27, zstd_zeros(1)),
    "16 MB of empty frames": lambda: (
        zstandard.compress(Writer().header) + b"\x50\x2a\x4d\x18\0\0\0\0" * (2 << 20)
    ),
    "empty zstd frames": lambda: zstandard.compress(Writer().header) + zstandard.compress(b"") * 1_000_000,
    "text in gzip": lambda: gzip.compress(b"this is no blend file\n"),
    "gzip of noise": lambda: b"\x1f\x8b\x08" + random.Random(2).randbytes(1000),
    "zstd of noise": lambda: b"\x28\xb5\x2f\xfd" + random.Random(3).randbytes(1000),
    "DNA is empty": lambda: with_dna(b""),
    "DNA is noise": lambda: with_dna(random.Random(4).randbytes(10_000)),
    "DNA is cut": lambda: with_dna(DNA[:-10]),
    "DNA with -1 names": lambda: with_dna(patched(DNA, b"NAME", 4, -1)),
    "DNA with 2**31 names": lambda: with_dna(patched(DNA, b"NAME", 4, 2**31 - 1)),
    "DNA with 60,000 names": lambda: with_dna(patched(DNA, b"NAME", 4, 60_000)),
    "DNA with 70,000 names": lambda: with_dna(more_names(70_000)),
    "DNA with 2**31 structs": lambda: with_dna(patched(DNA, b"STRC", 4, 2**31 - 1)),
    "DNA with unknown types": lambda: with_dna(DNA[: DNA.index(b"STRC") + 8] + b"\xff" * 4000),
    "an array of 10**18": lambda: with_dna(
        Writer(structs=MODERN | {"Scene": ["ID id", "char huge[1]", "Object *camera"]})
        .dna_body().replace(b"huge[1]\0", b"huge[999999999][999999999]\0")
    ),
}  # fmt: skip
READABLE = {
    "200,000 REND blocks": lambda: Writer().file(Writer().rend(b"x", 1, 2) * 200_000),
    "50,000 markers of noise": lambda: many(b"DATA", 50_000, 96),
    "100,000 objects": lambda: many(b"OB", 100_000, 330),
    "many empty blocks": lambda: Writer().file(FLOOD * 500_000),
    "zero-length scene struct": lambda: with_dna(dna_where(Scene=["void nothing", "ID id"])),
    "markers in a circle": lambda: Writer().file(
        Writer().record("Scene", b"SC", 1, markers={"first": 5}),
        Writer().record("TimeMarker", b"DATA", 5, next=6),
        Writer().record("TimeMarker", b"DATA", 6, next=5),
    ),
    "the longest range": lambda: Writer().file(Writer().rend(b"x", -(2**31), 2**31 - 1)),
}


def measured(path):
    """What each function said in a process of its own; fails above the limits."""
    run = [sys.executable, Path(__file__).with_name("measured_read.py"), path]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, env=environ, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["megabytes"] < MEGABYTES
    for function, said in result["said"].items():
        assert said["seconds"] < SECONDS, function
        assert said["error"] is None or said["message"].startswith(str(path)), said
    return {function: said["error"] for function, said in result["said"].items()}


@pytest.fixture
def hostile(tmp_path):
    def make(content):
        path = tmp_path / "hostile.blend"
        path.write_bytes(content())
        return path

    yield make
    for path in tmp_path.iterdir():
        path.unlink()


def each(kinds):
    return pytest.mark.parametrize("content", kinds.values(), ids=kinds)


@each(NO_BLEND)
def test_another_kind_of_file_is_no_blend(content, hostile):
    said = measured(hostile(content))
    assert set(said.values()) == {"NotABlend"}


@each(CUT)
def test_a_file_that_ends_too_early_is_cut_short(content, hostile):
    assert measured(hostile(content))["read_scenes"] == "BlendCutShort"


@each(TOO_NEW)
def test_a_header_of_the_future_is_too_new(content, hostile):
    assert set(measured(hostile(content)).values()) == {"BlendTooNew"}


@each(DAMAGED)
def test_nonsense_inside_is_damage(content, hostile):
    assert measured(hostile(content))["read_scenes"] == "BlendDamaged"


@each(READABLE)
def test_odd_but_honest_files_are_read(content, hostile):
    said = measured(hostile(content))
    assert set(said.values()) == {None}


def test_a_hint_tells_what_to_do_with_a_zip(hostile):
    with pytest.raises(AssetError, match="is a zip file") as caught:
        read_rend(hostile(NO_BLEND["zip"]))
    assert caught.value.hint.startswith("Unpack it first")


def test_no_more_than_1000_rend_blocks_are_listed(hostile):
    path = hostile(READABLE["200,000 REND blocks"])
    assert len(read_rend(path).scenes) == len(read_scenes(path).rend) == 1000


def places(folder):
    """Everything that is no regular file."""
    os.mkfifo(folder / "fifo")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "socket"))
    server.close()
    names = [folder / name for name in ("fifo", "loop", "dangling", "socket", "missing", "missing/deeper")]
    devices = [Path("/dev/null"), Path("/dev/zero"), Path("/dev/tty")]
    return [folder, *names, *devices, Path("a\0b"), Path("\ud800"), Path("x" * 5000)]


@pytest.mark.parametrize("read", [version_of, read_rend, read_scenes, check_complete])
def test_what_is_no_file_is_refused_at_once(read, tmp_path):
    for place in places(tmp_path):
        with pytest.raises(AssetError):
            read(place)


def test_a_file_without_permission_is_unreadable(tmp_path):
    path = tmp_path / "secret.blend"
    path.write_bytes(Writer().file())
    path.chmod(0)
    as_others = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    read = "import sys; from assetfs.blend import read_rend; read_rend(sys.argv[1])"
    done = subprocess.run([*as_others, sys.executable, "-c", read, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "BlendUnreadable" in done.stderr and "Permission denied" in done.stderr


def offsets(content):
    """Where the blocks of a plain 64-bit little endian file begin."""
    at = 12
    while at + 24 <= len(content):
        yield at
        at += 24 + struct.unpack_from("<i", content, at + 4)[0]


@needs_blends
@pytest.mark.parametrize("name", ["one_20.blend", "three_scenes.blend", "one_20_gzip.blend", "blender50.blend"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_changed_file_gives_an_answer_or_an_error_of_ours(name, data):
    content = bytearray((BLENDS / name).read_bytes())
    spots = list(offsets(content)) if name == "one_20.blend" else []
    near = st.sampled_from(spots or [0]).flatmap(lambda at: st.integers(at, min(at + 40, len(content) - 1)))
    tail = st.integers(len(content) * 3 // 4, len(content) - 1)  # where the DNA is
    where = st.one_of(near, tail, st.integers(0, 200), st.integers(0, len(content) - 1))
    for at, value in data.draw(st.lists(st.tuples(where, st.binary(min_size=1, max_size=8)), min_size=1, max_size=8)):
        content[at : at + len(value)] = value
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    with tempfile.NamedTemporaryFile(suffix=".blend") as file:
        file.write(content[:cut])
        file.flush()
        for read in (version_of, read_rend, check_complete, read_scenes):
            try:
                read(file.name)
            except AssetError as wrong:
                assert file.name in wrong.message
