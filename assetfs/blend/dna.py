"""The DNA1 block: which field of which struct lies where in this very file.

    SDNA  NAME n names  TYPE n types  TLEN n sizes  STRC n structs (type, count, (type, name) ...)

Strings end with a zero; each part begins at a multiple of 4 from the block's start. A name carries
its shape: `*camera` is a pointer, `name[64]` an array. Numbers are unsigned shorts.
Source of the format: DNA_genfile in Blender's source.
"""

import re
from dataclasses import dataclass, field
from struct import Struct, error, unpack_from
from typing import NamedTuple

from assetfs.blend.header import Header
from assetfs.errors import BlendDamaged

MAX_STRINGS = 65_536
MAX_NAME = 256  # bytes
_DIMENSION = re.compile(rb"\[(\d{1,9})\]")
_NUMBERS = {
    b"char": "b", b"uchar": "B", b"int8_t": "b", b"uint8_t": "B", b"short": "h", b"ushort": "H",
    b"int": "i", b"long": "i", b"ulong": "I", b"float": "f", b"double": "d", b"int64_t": "q", b"uint64_t": "Q",
}  # fmt: skip


class Field(NamedTuple):
    type: bytes
    offset: int  # bytes from the start of the outermost struct
    size: int  # bytes, with all elements of an array
    pointer: bool


@dataclass
class Dna:
    """Where the fields are; the structs are laid out only when somebody asks."""

    name: str  # of the .blend, for errors
    header: Header
    names: list[bytes]
    types: list[bytes]
    sizes: tuple[int, ...]
    members: dict[bytes, tuple[int, ...]]  # struct -> type, name, type, name ...
    _laid_out: dict[bytes, dict[str, Field]] = field(default_factory=dict)

    def field(self, struct: bytes, *path: str) -> Field | None:
        """The field at the end of the path; None when this Blender version did not have it."""
        offset, found = 0, None
        for at, part in enumerate(path):
            found = self._fields(struct).get(part)
            if found is None or (found.pointer and at < len(path) - 1):
                return None
            offset, struct = offset + found.offset, found.type
        return Field(found.type, offset, found.size, found.pointer) if found else None

    def _fields(self, struct: bytes) -> dict[str, Field]:
        if struct not in self._laid_out:
            self._laid_out[struct] = self._lay_out(self.members.get(struct, ()))
        return self._laid_out[struct]

    def _lay_out(self, members: tuple[int, ...]) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        offset = 0
        try:
            for kind, number in zip(members[::2], members[1::2], strict=True):
                name = self.names[number][:MAX_NAME]
                pointer = name.startswith((b"*", b"(*"))
                size = self.header.pointer if pointer else self.sizes[kind]
                for dimension in _DIMENSION.findall(name):
                    size *= int(dimension)
                plain = name.lstrip(b"(*").split(b"[")[0].split(b")")[0]
                fields[plain.decode("ascii", "replace")] = Field(self.types[kind], offset, size, pointer)
                offset += size
        except IndexError:
            raise damaged(self.name) from None
        return fields


class Record(NamedTuple):
    """A struct's bytes, read by field name. A field that the file's version lacks gives the default."""

    dna: Dna
    struct: bytes
    body: bytes

    def number(self, *path: str, default: float = 0) -> float:
        found = self.dna.field(self.struct, *path)
        code = _NUMBERS.get(found.type) if found and not found.pointer else None
        return self._unpack(code, found.offset) if found and code else default

    def integer(self, *path: str, default: int = 0) -> int:
        value = self.number(*path, default=default)
        return value if isinstance(value, int) else default

    def pointer(self, *path: str) -> int:
        """The address that a pointer holds; 0 for none."""
        found = self.dna.field(self.struct, *path)
        code = "Q" if self.dna.header.pointer == 8 else "I"
        return int(self._unpack(code, found.offset)) if found and found.pointer else 0

    def text(self, *path: str) -> str:
        """Characters up to the first zero; bytes that are no UTF-8 as surrogates."""
        found = self.dna.field(self.struct, *path)
        if not found or found.pointer:
            return ""
        raw = self.body[found.offset : found.offset + found.size].split(b"\0", 1)[0]
        return raw.decode("utf-8", "surrogateescape")

    def _unpack(self, code: str, offset: int) -> float:
        try:
            value: float = unpack_from(self.dna.header.order + code, self.body, offset)[0]
        except (error, OverflowError):
            raise damaged(self.dna.name) from None
        return value


def parse(body: bytes, header: Header, name: str) -> Dna:
    """The DNA of one file; nonsense in it raises BlendDamaged."""
    reader = _Reader(body, header.order)
    try:
        reader.expect(b"SDNA")
        names = reader.strings(b"NAME")
        types = reader.strings(b"TYPE")
        reader.expect(b"TLEN")
        sizes = reader.shorts(len(types))
        members = {types[kind]: rest for kind, rest in reader.structs()}
    except (error, ValueError, IndexError):
        raise damaged(name) from None
    return Dna(name, header, names, types, sizes, members)


def damaged(name: str) -> BlendDamaged:
    return BlendDamaged(
        f"{name} is damaged: its own description of its data makes no sense.",
        "Open it in Blender and save it again, or take a backup.",
    )


class _Reader:
    """Walks the parts of a DNA1 block; raises struct.error or ValueError."""

    def __init__(self, body: bytes, order: str) -> None:
        self.body, self.order, self.at = body, order, 0

    def expect(self, code: bytes) -> None:
        self.at = (self.at + 3) & ~3
        if self.body[self.at : self.at + 4] != code:
            raise ValueError(code)
        self.at += 4

    def count(self) -> int:
        (number,) = unpack_from(self.order + "i", self.body, self.at)
        self.at += 4
        if not 0 <= number <= MAX_STRINGS:
            raise ValueError(number)
        return int(number)

    def strings(self, code: bytes) -> list[bytes]:
        self.expect(code)
        number = self.count()
        *found, _ = self.body[self.at :].split(b"\0", number)
        if len(found) != number:
            raise ValueError(number)
        self.at += sum(map(len, found)) + number
        return found

    def shorts(self, number: int) -> tuple[int, ...]:
        layout = Struct(f"{self.order}{number}H")
        values: tuple[int, ...] = layout.unpack_from(self.body, self.at)
        self.at += layout.size
        return values

    def structs(self) -> list[tuple[int, tuple[int, ...]]]:
        self.expect(b"STRC")
        number = self.count()
        rest = self.shorts((len(self.body) - self.at) // 2)
        found, at = [], 0
        for _ in range(number):
            kind, members = rest[at : at + 2]
            at, begin = at + 2 + 2 * members, at + 2
            if at > len(rest):
                raise ValueError(members)
            found.append((kind, rest[begin:at]))
        return found
