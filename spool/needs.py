"""What a job needs of a host: `memory=8G`, `cores=8`, `blender>=3.6`, `blender=3.6`, `gpu`, `tag:NAME`.

Pure. A need that this version does not know is met by nobody: a newer one sent it, and knows why."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from spool.errors import BadNeed

WORDS = "memory=8G   cores=8   blender>=3.6   blender=3.6   gpu   tag:NAME"
MOST = 50           # needs of one job
LONGEST = 100       # characters of one
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"       # of a tag, a group, a named path

_MB = {"M": 1, "G": 1000, "T": 1_000_000}
_MEMORY = re.compile(r"memory>?=(\d{1,9}(?:\.\d{1,3})?)([MGT])B?", re.ASCII)
_CORES = re.compile(r"cores>?=(\d{1,6})", re.ASCII)
_BLENDER = re.compile(r"blender(>?=)(\d{1,4})\.(\d{1,4})", re.ASCII)
_TAG = re.compile(rf"tag:({NAME})", re.ASCII)


class Able(Protocol):
    """What of a host is asked here; verdict.Host has it."""

    @property
    def blenders(self) -> tuple[tuple[int, int], ...]: ...
    @property
    def cores(self) -> int: ...
    @property
    def memory_mb(self) -> int: ...
    @property
    def gpus(self) -> tuple[str, ...]: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


class Need(NamedTuple):
    """One of them; `kind` is memory, cores, blender, blender-is, gpu, tag or unknown."""

    kind: str
    text: str
    amount: float = 0                   # MB, or cores
    version: tuple[int, int] = (0, 0)
    tag: str = ""


@lru_cache(maxsize=256)                 # asked for each chunk of a job
def parse(text: str) -> Need:
    """Never fails: what makes no sense is `unknown`."""
    if found := _MEMORY.fullmatch(text):
        return Need("memory", text, float(found[1]) * _MB[found[2]])
    if found := _CORES.fullmatch(text):
        return Need("cores", text, int(found[1]))
    if found := _BLENDER.fullmatch(text):
        return Need("blender" if found[1] == ">=" else "blender-is", text, version=(int(found[2]), int(found[3])))
    if found := _TAG.fullmatch(text):
        return Need("tag", text, tag=found[1])
    return Need("gpu" if text == "gpu" else "unknown", text)


def listed(text: str) -> tuple[str, ...]:
    """The needs in a list with commas, as people write it; BadNeed names the first that is none."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for one in found:
        if parse(one).kind == "unknown":
            raise BadNeed(f"{one!r} is nothing that a computer can be asked for.", f"There are: {WORDS}")
    return found


def met(need: Need, host: Able) -> bool:
    if need.kind == "memory":
        return host.memory_mb >= need.amount
    if need.kind == "cores":
        return host.cores >= need.amount
    if need.kind in ("blender", "blender-is"):
        return any(good(need, version) for version in host.blenders)
    if need.kind == "gpu":              # what is not seen may be told by a tag
        return bool(host.gpus) or "gpu" in host.tags
    return need.kind == "tag" and need.tag in host.tags


def good(need: Need, version: tuple[int, int]) -> bool:
    """Is this Blender one that the need speaks of? Also yes where it speaks of none."""
    if need.kind == "blender":
        return version >= need.version
    return need.kind != "blender-is" or version == need.version


def good_for_all(needs: Sequence[str], version: tuple[int, int]) -> bool:
    """May this Blender render for a job with these needs?"""
    return all(good(parse(text), version) for text in needs)
