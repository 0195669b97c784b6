"""Every header, byte order, pointer size and packing, with files that a small writer makes."""

import gzip
import struct

import pytest
import zstandard
from blend_writer import ANCIENT, MODERN, Writer

from assetfs.blend import check_complete, read_rend, read_scenes, version_of
from assetfs.blend.packed import CHUNK
from assetfs.errors import BlendCutShort, BlendDamaged

WRITERS = {
    "32 bit little": Writer(wide=False),
    "32 bit big": Writer(wide=False, big=True),
    "64 bit little": Writer(),
    "64 bit big": Writer(big=True),
    "Blender 5": Writer(version=500, five=True),
}
every_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)


def shot(writer, *front):
    """Two scenes, two cameras (one linked), two markers; the second scene is the current one."""
    render = {"sfra": 3, "efra": 9, "frame_step": 2, "mode": 1 << 22, "scemode": 1 << 4, "xsch": 1921, "ysch": 1080,
              "size": 50, "frs_sec": 30, "frs_sec_base": 1.001, "pic": b"//out/", "engine": b"CYCLES",
              "im_format": {"imtype": 28}}  # fmt: skip
    return writer.file(
        *front,
        writer.record("FileGlobal", b"GLOB", curscene=0x2000),
        writer.record("Scene", b"SC", 0x1000, id={"name": b"SCOne"}, r={"sfra": -5, "efra": 7}),
        writer.record("Scene", b"SC", 0x2000, id={"name": b"SCTwo \xff"}, camera=0x3000, r=render,
                      markers={"first": 0x5000, "last": 0x6000}),
        writer.record("TimeMarker", b"DATA", 0x5000, next=0x6000, frame=3, name=b"in", camera=0x4000),
        writer.record("TimeMarker", b"DATA", 0x6000, prev=0x5000, frame=8, name=b"out"),
        writer.record("Object", b"OB", 0x3000, id={"name": b"OBCam"}),
        writer.record("ID", b"ID", 0x4000, name=b"OBLinked cam"),
    )  # fmt: skip


@pytest.fixture
def saved(tmp_path):
    def save(content):
        path = tmp_path / "shot.blend"
        path.write_bytes(content)
        return path

    return save


def seekable(content, *, frame=4096, table=True, first=b"", checksum=True):
    """Zstd as Blender packs it: many frames, and a seek table."""
    packer = zstandard.ZstdCompressor(write_checksum=checksum)
    parts = [content[at : at + frame] for at in range(0, len(content), frame)]
    frames = [packer.compress(part) for part in parts]
    sizes = zip(map(len, frames), map(len, parts), strict=True)
    entries = b"".join(struct.pack("<II", *pair) for pair in sizes) + struct.pack("<IBI", len(parts), 0, 0x8F92EAB1)
    end = b"\x5e\x2a\x4d\x18" + struct.pack("<I", len(entries)) + entries
    return first + b"".join(frames) + (end if table else b"")


PACKINGS = {
    "plain": lambda content: content,
    "gzip": gzip.compress,
    "gzip members": lambda content: gzip.compress(content[:1000]) + gzip.compress(content[1000:]),
    "zstd": seekable,
    "zstd one frame": lambda content: zstandard.compress(content),
    "zstd skippable first": lambda content: seekable(content, first=b"\x52\x2a\x4d\x18\x05\0\0\0abcde" * 3),
}
every_packing = pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)


@every_writer
@every_packing
def test_the_front_is_read_whatever_the_layout_and_packing(writer, pack, saved):
    path = saved(pack(shot(writer, writer.rend("Szene ü".encode(), -1, 7), writer.rend(b"Two", 3, 9))))
    assert read_rend(path).scenes == (("Szene ü", -1, 7), ("Two", 3, 9))
    assert version_of(path) == divmod(writer.version, 100)


@every_writer
@every_packing
def test_scenes_are_read_whatever_the_layout_and_packing(writer, pack, saved):
    found = read_scenes(saved(pack(shot(writer))))
    one, two = found.scenes
    assert (one.name, one.start, one.end, one.step, one.camera, one.overwrite) == ("One", -5, 7, 1, None, True)
    assert (two.name, two.start, two.end, two.step, two.camera) == ("Two \udcff", 3, 9, 2, "Cam")
    assert (two.size, two.fps, two.fps_base, two.engine, two.output) == ((960, 540), 30, 1.001, "CYCLES", "//out/")
    assert (two.format, two.overwrite, two.placeholder, two.file_extension) == (
        "OPEN_EXR_MULTILAYER", False, False, True,
    )  # fmt: skip
    assert [(m.name, m.frame, m.camera) for m in two.markers] == [("in", 3, "Linked cam"), ("out", 8, None)]
    assert found.current == two.name and found.rend == ()


@every_writer
@every_packing
def test_a_file_cut_anywhere_is_never_taken_for_whole(writer, pack, saved):
    content = pack(shot(writer, writer.rend(b"Two", 3, 9)))
    table = b"\x5e\x2a\x4d\x18"
    end = content.rindex(table) if table in content else len(content)
    for length in range(40, end - 24, max(1, end // 20)):
        with pytest.raises(BlendCutShort):
            read_scenes(saved(content[:length]))


@pytest.mark.parametrize("checksum", [True, False])
def test_a_cut_zstd_file_is_noticed_without_unpacking_it(saved, checksum):
    content = zstandard.ZstdCompressor(write_checksum=checksum).compress(shot(Writer()))
    for length in [*range(100, len(content), 50), len(content) - 1]:
        with pytest.raises(BlendCutShort):
            check_complete(saved(content[:length]))


@pytest.mark.parametrize("content", [
    gzip.compress(shot(Writer())),
    seekable(shot(Writer()), table=False),
    seekable(shot(Writer()))[:-5],
    zstandard.compress(shot(Writer())),
], ids=["gzip", "zstd without table", "zstd with half a table", "zstd in one frame"])  # fmt: skip
def test_what_only_unpacking_can_tell_is_unknown_and_yet_readable(content, saved):
    path = saved(content)
    assert check_complete(path) == "unknown"
    assert len(read_scenes(path).scenes) == 2


def test_a_seek_table_that_fits_makes_a_zstd_file_complete(saved):
    assert check_complete(saved(seekable(shot(Writer())))) == "complete"
    assert check_complete(saved(seekable(shot(Writer()), checksum=False))) == "complete"


def test_a_seek_table_of_another_file_proves_nothing(saved):
    content = seekable(shot(Writer()), frame=1024)
    assert check_complete(saved(zstandard.compress(Writer().file()) + content)) != "complete"


@every_writer
def test_bytes_behind_the_end_do_not_make_a_file_cut(writer, saved):
    path = saved(shot(writer) + b"appended by some program")
    assert check_complete(path) == "complete"
    assert len(read_scenes(path).scenes) == 2


def test_a_wrong_gzip_checksum_is_an_error(saved):
    packed = bytearray(gzip.compress(shot(Writer())))
    packed[-6] ^= 1
    with pytest.raises(Exception, match="cannot be unpacked"):
        read_scenes(saved(packed))


def test_a_gzip_checksum_is_compared_even_where_a_read_ends_before_it(saved):
    length = 1000
    for _ in range(3):
        packed = bytearray(gzip.compress(shot(Writer(), Writer().block(b"DATA", bytes(length))), 0))
        length += CHUNK // 2 + 6 - len(packed)
    assert len(packed) == CHUNK // 2 + 6 and read_scenes(saved(packed)).scenes
    packed[-6] ^= 1
    with pytest.raises(BlendDamaged, match="cannot be unpacked"):
        read_scenes(saved(packed))


def ancient(writer, name, cut, frames=(1, 250)):
    render = {"sfra": frames[0], "efra": frames[1], "xsch": 320, "ysch": 240, "size": 100, "frs_sec": 25, "imtype": 4,
              "renderer": 1, "pic": b"//backbuf"}  # fmt: skip
    content = writer.file(
        writer.rend(cut, *frames, room=24),
        writer.record("FileGlobal", b"GLOB", curscene=0x10),
        writer.record("Scene", b"SC", 0x10, id={"name": b"SC" + name}, r=render),
    )
    return content[: -len(writer.end)] + b"ENDB" + bytes(4)


@pytest.mark.parametrize("big", [False, True])
def test_a_file_as_blender_2_4_wrote_it(big, saved):
    path = saved(ancient(Writer(version=241, wide=False, big=big, structs=ANCIENT), b"1st", b"1st"))
    (scene,) = read_scenes(path).scenes
    assert (scene.name, scene.step, scene.fps, scene.fps_base, scene.format) == ("1st", 1, 25, 1.0, "JPEG")
    assert (scene.engine, scene.engine_number, scene.markers) == ("", 1, ())
    assert read_rend(path).version_text == "2.41" and check_complete(path) == "complete"


@pytest.mark.parametrize("kept", [21, 22, 23])
def test_a_name_that_an_old_blender_cut_is_made_whole(kept, saved):
    name = b"A long name of a scene, really"
    path = saved(ancient(Writer(version=262), name, name[:kept]))
    assert read_rend(path).scenes == ((name.decode(), 1, 250),)
    assert read_scenes(path).rend == read_rend(path).scenes


def test_of_scenes_with_the_same_cut_name_the_frames_decide(saved):
    writer = Writer(version=262)
    names = [b"The same beginning here%d" % number for number in (1, 2, 3)]
    path = saved(writer.file(
        writer.rend(names[0][:23], 5, 6, room=24),
        *(writer.record("Scene", b"SC", at, id={"name": b"SC" + name}, r={"sfra": at, "efra": 6})
          for at, name in zip((4, 5, 6), names, strict=True)),
    ))  # fmt: skip
    assert read_rend(path).scenes == ((names[1].decode(), 5, 6),)


@pytest.mark.parametrize(("header", "version"), [
    (b"BLENDER_v204", "2.04"), (b"BLENDER_v248", "2.48"), (b"BLENDER-v279", "2.79"),
    (b"BLENDER-v280", "2.80"), (b"BLENDER-v293", "2.93"), (b"BLENDER-v300", "3.0"),
    (b"BLENDER-v405", "4.5"), (b"BLENDER17-01v0502", "5.2"),
])  # fmt: skip
def test_a_version_is_said_as_blender_says_it(header, version, saved):
    writer = Writer(wide=b"-" in header, five=header.startswith(b"BLENDER17"))
    path = saved(header + shot(writer)[len(writer.header) :])
    assert read_rend(path).version_text == version


def picture(writer, path, **more):
    return writer.record("Image", b"IM", id={"name": b"IMx"}, name=path, **({"source": 1} | more))


def test_missing_are_only_files_that_rendering_needs(saved, tmp_path):
    writer = Writer()
    (tmp_path / "tex").mkdir()
    for name in ("there.png", "tile.1003.png", "tile.u1_v1.png", "seq_0007.png", "2_seq_0007.png"):
        (tmp_path / "tex" / name).touch()
    path = saved(writer.file(
        picture(writer, b"//tex/there.png"), picture(writer, b"//tex\\there.png"), picture(writer, b"C:\\gone.png"),
        picture(writer, b"//gone.png"), picture(writer, b"/no/such/gone.png"),
        picture(writer, b"//generated.png", source=4), picture(writer, b"//viewer.png", source=5),
        picture(writer, b"//packed.png", packedfile=1),
        picture(writer, b"//packed.png", packedfiles={"first": 1}),
        picture(writer, b"//tex/tile.<UDIM>.png", source=6), picture(writer, b"//no/tile.<UDIM>.png", source=6),
        picture(writer, b"//tex/tile.<UVTILE>.png", source=6), picture(writer, b"//tex/2_seq_0001.png", source=2),
        picture(writer, b"//tex/seq_0001.png", source=2), picture(writer, b"//tex/qes_0001.png", source=2),
        picture(writer, b"//tex/seq_0001.jpg", source=2), picture(writer, b"//tex/there0.png", source=2),
        writer.record("Library", b"LI", name=b"//gone.blend"), writer.record("Library", b"LI", name=b"//shot.blend"),
        writer.record("Library", b"LI", name=b"//packed.blend", packedfile=1),
    ))  # fmt: skip
    found = read_scenes(path)
    assert found.libraries == ("//gone.blend", "//shot.blend")
    assert not {"//generated.png", "//viewer.png", "//packed.png"} & set(found.images)
    assert set(found.missing) == {
        "//gone.blend", "//gone.png", "/no/such/gone.png", "//no/tile.<UDIM>.png", "//tex/qes_0001.png",
        "//tex/seq_0001.jpg", "//tex/there0.png",
    }  # fmt: skip


def test_the_path_of_a_picture_is_found_under_its_newer_name_too(saved):
    structs = MODERN | {"Image": ["ID id", "char filepath[1024]", "short source", "short pad[3]"]}
    writer = Writer(version=500, five=True, structs=structs)
    path = saved(writer.file(writer.record("Image", b"IM", id={"name": b"IMx"}, filepath=b"//gone.png", source=1)))
    assert read_scenes(path).images == read_scenes(path).missing == ("//gone.png",)


def test_a_picture_cropped_to_its_border_has_no_known_size(saved):
    writer = Writer()
    modes = {"none": 0, "border": 1 << 9, "crop": 1 << 11, "both": 1 << 9 | 1 << 11}
    render = {"xsch": 100, "ysch": 10, "size": 100}
    scenes = [
        writer.record("Scene", b"SC", at, id={"name": b"SC" + name.encode()}, r=render | {"mode": mode})
        for at, (name, mode) in enumerate(modes.items(), 1)
    ]
    sizes = {scene.name: scene.size for scene in read_scenes(saved(writer.file(*scenes))).scenes}
    assert sizes == {"none": (100, 10), "border": (100, 10), "crop": (100, 10), "both": None}
