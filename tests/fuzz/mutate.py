"""Changes that know a format, so that the input gets past its checksum, packing or syntax."""

import gzip
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from random import Random
from typing import Any

import zstandard

from tests.fuzz.target import Scramble

JSON_WORDS = (b'"', b":", b",", b"{", b"}", b"[", b"]", b"null", b"true", b"NaN", b"1e999", b"\\u0000", b"\\ud800")
YAML_WORDS = (b": ", b"\n", b"- ", b"[", b"]", b"{", b"}", b"&a ", b"*a", b"<<", b"? ", b"!!int ", b"!!timestamp ",
              b"!!python/name:os.system ", b"'", b'"', b"|", b">", b"#", b"---", b"...", b"%YAML 1.1", b"\\x00", b"~",
              b".inf", b"2026-13-45", b"1:30", b"0x", b"0b", b"=")  # fmt: skip
NUMBERS = (0, 1, 2, 3, 8, 127, 128, 255, 256, 1000, 32_767, 65_535, 65_536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
MOST_UNPACKED = 1 << 20


def scramble(random: Random) -> Scramble:
    """Plain changes of bytes, where no fuzzer is at hand."""

    def change(data: bytes) -> bytes:
        content = bytearray(data)
        for _ in range(random.randint(1, 4)):
            at, length = random.randint(0, len(content)), random.randint(0, 8)
            content[at : at + random.choice((0, length))] = random.choice((b"", random.randbytes(length)))
        return bytes(content)

    return change


def number(data: bytes, random: Random, places: list[int]) -> bytes:
    """An odd number of 2, 4 or 8 bytes at one of the places."""
    at, size = random.choice(places), random.choice((2, 4, 4, 8))
    value = random.choice((*NUMBERS, -1, random.randrange(256), len(data))) & ((1 << 8 * size) - 1)
    return data[:at] + value.to_bytes(size, random.choice(("little", "big"))) + data[at + size :]


# .blend


def blend(data: bytes, random: Random, change: Scramble) -> bytes:
    """Blocks that are doubled, dropped, swapped; odd numbers in their heads and in the DNA."""
    found = list(blocks(data))
    if len(found) < 2:
        return change(data)
    way, at = random.randrange(8), random.randrange(len(found))
    if way == 0:
        found.insert(random.randrange(1, len(found) + 1), found[at])
    elif way == 1:
        del found[at]
    elif way == 2:
        other = random.randrange(len(found))
        found[at], found[other] = found[other], found[at]
    elif way == 3:
        found[at] = number(found[at], random, list(range(0, 33, 4)))
    elif way == 4:
        found[at] = _fitted(change(found[at]), data, random) if at else change(found[at])
    else:
        found = [_fitted(_dna(block, random, change), data, random) if block.startswith(b"DNA1") else block
                 for block in found]
    return b"".join(found)


def _dna(block: bytes, random: Random, change: Scramble) -> bytes:
    parts = [found.start() + 4 for found in re.finditer(rb"NAME|TYPE|TLEN|STRC", block)]
    if random.random() < 0.5 or not parts:
        places = [*parts, *range(parts[-1] if parts else 0, len(block), 2)]
        return number(block, random, places or [0])
    start = random.choice(parts)
    return block[:start] + change(block[start : start + 200]) + block[start + 200 :]


def blocks(data: bytes) -> Iterator[bytes]:
    """The header, then block after block; the rest as it is."""
    at, (head, place, number) = 17 if data.startswith(b"BLENDER17") else 12, _head(data)
    yield data[:at]
    while at + head <= len(data):
        end = at + head + max(0, number.unpack_from(data, at + place)[0])
        yield data[at:end]
        at = end


def _fitted(block: bytes, data: bytes, random: Random) -> bytes:
    """The block with its new length in its head, mostly: else nothing behind it would be found."""
    head, place, number = _head(data)
    if len(block) < head or random.random() < 0.1:
        return block
    return block[:place] + number.pack(len(block) - head) + block[place + number.size :]


def _head(data: bytes) -> tuple[int, int, struct.Struct]:
    """Of the head of a block: its bytes, and where its length stands and how."""
    if data.startswith(b"BLENDER17"):
        return 32, 16, struct.Struct("<q")
    return 24 if data[7:8] == b"-" else 20, 4, struct.Struct((">" if data[8:9] == b"V" else "<") + "i")


def packed_blend(data: bytes, random: Random, change: Scramble) -> bytes:
    """What is packed is changed, and packed again; now and then in another way, or changed once more."""
    plain = unpacked(data)
    if plain is None:
        return change(data)
    whole = PACKINGS[random.randrange(len(PACKINGS))](blend(plain, random, change), random)
    return change(whole) if random.random() < 0.1 else whole


def unpacked(data: bytes) -> bytes | None:
    """As far as it can be unpacked; None when nothing comes of it."""
    try:
        if data.startswith(b"\x1f\x8b"):
            return gzip.decompress(data)[:MOST_UNPACKED]
        reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True)
        return reader.read(MOST_UNPACKED) or None
    except (OSError, EOFError, zlib.error, zstandard.ZstdError):
        return None


def _gzip(data: bytes, random: Random) -> bytes:
    return gzip.compress(data, 1, mtime=0)


def _members(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return gzip.compress(data[:at], 1, mtime=0) + gzip.compress(data[at:], 1, mtime=0)


def _zstd(data: bytes, random: Random) -> bytes:
    return zstandard.ZstdCompressor(level=1, write_checksum=random.random() < 0.5).compress(data)


def _seekable(data: bytes, random: Random) -> bytes:
    """Frames with a seek table behind them, as Blender packs; now and then a skippable frame before them."""
    size = random.choice((256, 4096, 1 << 18))
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    frames = [zstandard.ZstdCompressor(level=1).compress(part) for part in parts]
    sizes = zip(map(len, frames), map(len, parts), strict=True)
    table = b"".join(struct.pack("<II", *pair) for pair in sizes) + struct.pack("<IBI", len(parts), 0, 0x8F92EAB1)
    first = b"\x52\x2a\x4d\x18\3\0\0\0abc" * random.choice((0, 0, 1, 3))
    return first + b"".join(frames) + b"\x5e\x2a\x4d\x18" + struct.pack("<I", len(table)) + table


PACKINGS = (_gzip, _members, _zstd, _seekable)

# JSON

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1 << 31, 1 << 64, 10**400, 0.5, float("nan"), float("inf"), "", "0", "-1", "1-10",
    "1-1000000", "0-999999," * 40 + "7", "9" * 5000, "\0", "\ud800", "\n", "..", "/", "####", "%04d", "%99d",
    "{first}", "{ranges}", "{frames}", "{{}", [], {}, [[]], [None], [1, 2], {"": None}, "000.0001-0010",
)  # fmt: skip


def json_object(data: bytes, random: Random, change: Scramble) -> bytes:
    """One value of the JSON becomes another, odd one; a key goes; or the bytes are changed."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return change(data)
    places = list(_places(found))
    if not places or random.random() < 0.1:
        return change(data)
    inside, key = random.choice(places)
    way = random.randrange(8)
    if way == 0:
        del inside[key]
    elif way == 1 and isinstance(inside[key], str):
        inside[key] = change(inside[key].encode("utf-8", "replace")).decode("utf-8", "replace")
    elif way == 2:
        other, name = random.choice(places)
        inside[key] = json.loads(json.dumps(other[name] if _has(other, name) else None))
    else:
        inside[key] = random.choice(_ODD)
    return json.dumps(found).encode()


def json_lines(data: bytes, random: Random, change: Scramble) -> bytes:
    """One line is changed as JSON, doubled, moved or broken."""
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    way = random.randrange(6)
    if way == 0:
        lines.insert(at, random.choice(lines))
    elif way == 1:
        del lines[at]
    else:
        lines[at] = json_object(lines[at], random, change)
    return b"\n".join(lines)


def _places(found: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in it, as (what it is in, key)."""
    keys = list(found) if isinstance(found, dict) else range(len(found)) if isinstance(found, list) else ()
    for key in keys:
        yield found, key
        yield from _places(found[key])


def _has(inside: Any, key: Any) -> bool:
    return key in inside if isinstance(inside, dict) else key < len(inside)


# Pictures


def picture(data: bytes, random: Random, change: Scramble) -> bytes:
    """Odd numbers near the front, where formats keep them; a PNG gets its checksums again."""
    odd = random.random() < 0.5 and data
    changed = number(data, random, list(range(min(len(data), 400)))) if odd else change(data)
    return _with_sums(changed) if changed.startswith(b"\x89PNG") else changed


def _with_sums(data: bytes) -> bytes:
    out, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        out += [data[at:end], zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")]
        at = end + 4
    return b"".join(out)
