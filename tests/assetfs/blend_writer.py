"""A small writer of .blend files: any header, any byte order, with a DNA of its own.

It shares no code with the reader. A struct is a list of declarations, `int sfra` or `ID *camera`,
in which, as in Blender, every pointer lies at a multiple of its size.
"""

import re
import struct
from dataclasses import dataclass
from typing import Any

BASIC = {"char": (1, "b"), "short": (2, "h"), "int": (4, "i"), "float": (4, "f"), "void": (0, "")}

MODERN = {
    "ListBase": ["void *first", "void *last"],
    "ID": ["void *next", "void *prev", "char name[66]", "short flag", "int pad"],
    "ImageFormatData": ["char imtype", "char depth[3]"],
    "RenderData": [
        "ImageFormatData im_format", "int sfra", "int efra", "int frame_step", "int mode", "int scemode",
        "short xsch", "short ysch", "short size", "short frs_sec", "float frs_sec_base",
        "char pic[1024]", "char engine[32]", "int pad",
    ],
    "Scene": ["ID id", "Object *camera", "RenderData r", "ListBase markers", "float *(*unused)[3]"],
    "Object": ["ID id"],
    "TimeMarker": ["TimeMarker *next", "TimeMarker *prev", "int frame", "char name[64]", "int flag", "Object *camera"],
    "FileGlobal": ["char subvstr[4]", "int pad", "Scene *curscene"],
    "Library": ["ID id", "char name[1024]", "void *packedfile"],
    "Image": ["ID id", "char name[1024]", "short source", "short pad[3]", "void *packedfile", "ListBase packedfiles"],
}  # fmt: skip
# As in 2.4x: short names, no step, no engine by name, the format's number beside the size.
ANCIENT = MODERN | {
    "ID": ["void *next", "void *prev", "char name[24]"],
    "RenderData": [
        "int sfra", "int efra", "int mode", "int scemode", "short xsch", "short ysch", "short size", "short frs_sec",
        "short imtype", "short renderer", "char pic[160]",
    ],
    "Scene": ["ID id", "Object *camera", "RenderData r"],
}  # fmt: skip


@dataclass(frozen=True)
class Writer:
    """One kind of .blend file."""

    version: int = 304
    wide: bool = True
    big: bool = False
    five: bool = False
    structs: Any = None

    @property
    def dna(self) -> dict[str, list[str]]:
        return self.structs or MODERN

    @property
    def order(self) -> str:
        return ">" if self.big else "<"

    @property
    def header(self) -> bytes:
        if self.five:
            return b"BLENDER17-01v%04d" % self.version
        return b"BLENDER" + (b"-" if self.wide else b"_") + (b"V" if self.big else b"v") + b"%03d" % self.version

    def head(self, code: bytes, length: int, old: int = 0, kind: int = 0) -> bytes:
        if len(code) == 2:
            code = b"\0\0" + code if self.big else code + b"\0\0"
        if self.five:
            return struct.pack("<4siQqq", code, kind, old, length, 1)
        return struct.pack(self.order + ("4siQii" if self.wide else "4siIii"), code, length, old, kind, 1)

    def block(self, code: bytes, body: bytes, old: int = 0, kind: int = 0) -> bytes:
        return self.head(code, len(body), old, kind) + body

    def rend(self, name: bytes, start: int, end: int, room: int = 64) -> bytes:
        body = struct.pack(self.order + "ii", start, end) + name[: room - 1].ljust(room, b"\0")
        return self.block(b"REND", body)

    def record(self, kind: str, code: bytes, old: int = 0, **values: Any) -> bytes:
        return self.block(code, self.encode(kind, values), old, list(self.dna).index(kind))

    def file(self, *blocks: bytes) -> bytes:
        """The whole file: header, these blocks, DNA and end."""
        return self.header + b"".join(blocks) + self.block(b"DNA1", self.dna_body()) + self.end

    @property
    def end(self) -> bytes:
        return self.head(b"ENDB", 0)

    def encode(self, kind: str, values: dict[str, Any]) -> bytes:
        return b"".join(self._encode_one(declared, values) for declared in self.dna[kind])

    def _encode_one(self, declared: str, values: dict[str, Any]) -> bytes:
        kind, name = declared.split(" ", 1)
        plain = re.sub(r"\W.*", "", name.lstrip("(*"))
        value = values.get(plain, 0)
        size = self.size(declared)
        if name.startswith(("*", "(*")):
            return struct.pack(self.order + ("Q" if self.wide or self.five else "I"), value)
        if kind in self.dna:
            return self.encode(kind, value or {})
        if "[" in name:
            return (value or b"").ljust(size, b"\0")
        return struct.pack(self.order + BASIC[kind][1], value)

    def size(self, declared: str) -> int:
        kind, name = declared.split(" ", 1)
        if name.startswith(("*", "(*")):
            return 8 if self.wide or self.five else 4
        one = sum(map(self.size, self.dna[kind])) if kind in self.dna else BASIC[kind][0]
        for dimension in re.findall(r"\[(\d+)\]", name):
            one *= int(dimension)
        return one

    def dna_body(self) -> bytes:
        types = [*BASIC, *self.dna]
        names = sorted({declared.split(" ", 1)[1] for fields in self.dna.values() for declared in fields})
        sizes = [size for size, _ in BASIC.values()] + [
            sum(map(self.size, fields)) for fields in self.dna.values()
        ]
        structs = []
        for kind, fields in self.dna.items():
            structs += [types.index(kind), len(fields)]
            for declared in fields:
                field_type, name = declared.split(" ", 1)
                structs += [types.index(field_type), names.index(name)]
        return self.join_dna(names, types, sizes, len(self.dna), structs)

    def join_dna(self, names: list[str], types: list[str], sizes: list[int], count: int, structs: list[int]) -> bytes:
        def strings(code: bytes, words: list[str]) -> bytes:
            text = b"".join(word.encode() + b"\0" for word in words)
            return _aligned(code + struct.pack(self.order + "i", len(words)) + text)

        def shorts(values: list[int]) -> bytes:
            return struct.pack(f"{self.order}{len(values)}H", *values)

        body = b"SDNA" + strings(b"NAME", names) + strings(b"TYPE", types) + _aligned(b"TLEN" + shorts(sizes))
        return body + b"STRC" + struct.pack(self.order + "i", count) + shorts(structs)


def _aligned(part: bytes) -> bytes:
    return part + bytes(-len(part) % 4)
