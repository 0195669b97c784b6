"""Every scene of a .blend with its render settings, decoded with the DNA that the file brings along.

Names of fields and bits: DNA_scene_types.h in Blender's source, compared with what Blender 3.4 and
5.x say of the same files. Scenes that are linked from a library are not listed.
"""

import functools
import math
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from assetfs.blend import refers
from assetfs.blend.dna import Dna, Record, parse
from assetfs.blend.formats import format_name
from assetfs.blend.gather import Gathered, SceneBlock, gather
from assetfs.blend.header import read_header, version_text
from assetfs.blend.opening import opened
from assetfs.blend.rendblock import RendScene
from assetfs.blend.stream import Compression

# RenderData.mode
_BORDER, _CROP, _NO_OVERWRITE, _TOUCH = 1 << 9, 1 << 11, 1 << 22, 1 << 23
# RenderData.scemode
_SEQUENCER, _EXTENSION, _COMPOSITING = 1, 1 << 4, 1 << 6


class Marker(NamedTuple):
    name: str
    frame: int
    camera: str | None  # the camera that takes over here


class Scene(NamedTuple):
    """Settings as they stand in the file; Blender converts some of old files when it loads them."""

    name: str
    start: int
    end: int
    step: int
    fps: int  # before the division by fps_base, as Blender's field shows it
    fps_base: float
    x: int
    y: int
    percent: int
    border: bool  # only a part of the picture is rendered
    crop: bool  # and the picture is cut to it
    engine: str  # "" in files of 2.4x
    engine_number: int | None  # of 2.4x: 0 is Blender's own renderer, 1 YafRay
    output: str  # may begin with // (beside the .blend); Windows files have \
    format: str | None  # as Blender's -F takes it; None if it takes no such format
    camera: str | None  # without one Blender renders nothing
    overwrite: bool
    placeholder: bool
    file_extension: bool  # Blender appends .png ... itself
    sequencer: bool
    compositing: bool
    markers: tuple[Marker, ...]

    @property
    def frame_rate(self) -> float:
        """Frames per second: 29.97 for 30 / 1.001."""
        return self.fps / self.fps_base if self.fps_base > 0 else float(self.fps)

    @property
    def size(self) -> tuple[int, int] | None:
        """Pixels of a rendered picture; None when it is cropped to a border."""
        if self.border and self.crop:
            return None
        return self.x * self.percent // 100, self.y * self.percent // 100


class BlendFile(NamedTuple):
    path: str
    version: tuple[int, int]
    compression: Compression
    rend: tuple[RendScene, ...]
    scenes: tuple[Scene, ...]  # in the order of the file, which is that of Blender's menu
    current: str | None  # shown in the first window; None if that one is linked
    images: tuple[str, ...]  # paths as they stand in the file; packed and generated ones are left out
    libraries: tuple[str, ...]
    missing: tuple[str, ...]  # those of images and libraries that are not there

    @property
    def version_text(self) -> str:
        return version_text(self.version)


def read_scenes(path: str | os.PathLike[str]) -> BlendFile:
    """All local scenes, and what the file refers to; reads (and unpacks) the file to its end.

    A file without its end raises BlendCutShort, so what comes back is complete. Pictures of
    linked libraries stand in those libraries, and are not listed.
    """
    with opened(path) as stream:
        header = read_header(stream)
        found = gather(stream, header)
        if not found.dna:
            raise stream.damaged("the description of its data is missing")
        dna = parse(found.dna, header, stream.name)
        scenes = {block.old: _scene(dna, block, found) for block in found.scenes}
        current = scenes.get(Record(dna, b"FileGlobal", found.globe).pointer("curscene")) if found.globe else None
        rend = tuple(_full_name(scene, scenes.values(), current) if cut else scene for scene, cut in found.rend)
        name, compression = stream.name, stream.compression
    others = _references(dna, found, os.path.dirname(name))
    return BlendFile(
        path=name,
        version=header.version,
        compression=compression,
        rend=rend,
        scenes=tuple(scenes.values()),
        current=current.name if current else None,
        images=others.images,
        libraries=others.libraries,
        missing=others.missing,
    )


def _scene(dna: Dna, block: SceneBlock, found: Gathered) -> Scene:
    scene = Record(dna, b"Scene", block.body)
    mode, scemode = scene.integer("r", "mode"), scene.integer("r", "scemode")
    has_engine_name = dna.field(b"Scene", "r", "engine") is not None
    return Scene(
        name=scene.text("id", "name")[2:],
        start=scene.integer("r", "sfra"),
        end=scene.integer("r", "efra"),
        step=scene.integer("r", "frame_step") or 1,
        fps=scene.integer("r", "frs_sec"),
        fps_base=_base(scene.number("r", "frs_sec_base", default=1)),
        x=scene.integer("r", "xsch"),
        y=scene.integer("r", "ysch"),
        percent=scene.integer("r", "size"),
        border=bool(mode & _BORDER),
        crop=bool(mode & _CROP),
        engine=scene.text("r", "engine"),
        engine_number=None if has_engine_name else scene.integer("r", "renderer"),
        output=scene.text("r", "pic"),
        format=format_name(scene.integer("r", "im_format", "imtype", default=scene.integer("r", "imtype"))),
        camera=_object_name(dna, found, scene.pointer("camera")),
        overwrite=not mode & _NO_OVERWRITE,
        placeholder=bool(mode & _TOUCH),
        file_extension=bool(scemode & _EXTENSION),
        sequencer=bool(scemode & _SEQUENCER),
        compositing=bool(scemode & _COMPOSITING),
        markers=tuple(_markers(dna, found, block.data, scene.pointer("markers", "first"))),
    )


def _base(value: float) -> float:
    """As Blender shows it: a 4-byte float holds 1.001 as 1.00100004."""
    return round(value, 6) if math.isfinite(value) else 1.0


def _object_name(dna: Dna, found: Gathered, address: int) -> str | None:
    head = found.objects.get(address) if address else None
    return Record(dna, b"ID", head).text("name")[2:] if head else None


def _markers(dna: Dna, found: Gathered, data: dict[int, bytes], first: int) -> Iterator[Marker]:
    seen: set[int] = set()
    address = first
    while address in data and address not in seen:
        seen.add(address)
        marker = Record(dna, b"TimeMarker", data[address])
        camera = _object_name(dna, found, marker.pointer("camera"))
        yield Marker(marker.text("name"), marker.integer("frame"), camera)
        address = marker.pointer("next")


def _full_name(cut: RendScene, scenes: Iterable[Scene], current: Scene | None) -> RendScene:
    """The scene whose name begins so. Of several, one with these frames; of these, the current one."""
    start = _bytes(cut.scene)
    like = [scene for scene in scenes if _bytes(scene.name).startswith(start)]
    same_frames = [scene for scene in like if (scene.start, scene.end) == (cut.start, cut.end)]
    choice = same_frames or like
    if not choice:
        return cut
    return cut._replace(scene=(current if current in choice else choice[0]).name)


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


class _References(NamedTuple):
    images: tuple[str, ...]
    libraries: tuple[str, ...]
    missing: tuple[str, ...]


def _references(dna: Dna, found: Gathered, folder: str) -> _References:
    images: dict[str, bool] = {}
    for body in found.images:
        image = Record(dna, b"Image", body)
        if path := refers.image_path(image):
            images[path] = refers.is_one_of_many(image)
    libraries = [refers.library_path(Record(dna, b"Library", body)) for body in found.libraries]
    named = dict.fromkeys(path for path in libraries if path)
    many = dict.fromkeys(named, False) | images
    names_in = functools.cache(refers.sorted_names)  # a scene may have thousands of sequences in one folder
    missing = tuple(path for path in many if refers.is_missing(path, folder, names_in if many[path] else None))
    return _References(tuple(images), tuple(named), missing)
