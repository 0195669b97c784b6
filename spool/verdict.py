"""May this host take this chunk? One pure answer, for daemons and for `render why`.

What others have at work just now is no part of it: see limits.py."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spool import needs, obstacles, recipes
from spool.job import Job
from spool.layout import ChunkName


class Host(NamedTuple):
    """What the answer needs to know of a host; it stands in hosts/HOST/host.json."""

    name: str
    programs: tuple[str, ...] = ()
    blenders: tuple[tuple[int, int], ...] = ()
    groups: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cores: int = 0
    memory_mb: int = 0
    gpus: tuple[str, ...] = ()          # names of cards whose driver is there
    paths: tuple[str, ...] = ()         # named paths whose folder is there
    missing: tuple[tuple[str, str], ...] = ()       # named paths, and their folders, that are not there
    able: bool = False                  # it has a chunk of the job: so it may take one
    recipes: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """Yes, or why not: a code of obstacles.py, and what its sentence wants to know."""

    yes: bool
    code: str = ""
    facts: Mapping[str, object] = {}

    @property
    def reason(self) -> str:
        """One sentence for people."""
        return obstacles.sentence(self.code, self.facts) if self.code else ""

    @property
    def cure(self) -> str:
        return obstacles.cure(self.code, self.facts) if self.code else ""


YES = Verdict(True)


def may_take(job: Job, chunk: ChunkName | None, host: Host, others: Iterable[Host] = ()) -> Verdict:
    """May `host` take `chunk`? Without a chunk: any chunk of the job. `others` are alive now."""
    if job.asked_program not in host.programs:
        return Verdict(False, "program-refused", {"host": host.name, "program": job.asked_program})
    if job.recipe not in recipes.BUILT_IN and job.recipe not in host.recipes:
        return Verdict(False, "no-recipe", {"host": host.name, "recipe": job.recipe})
    if job.is_blender and not any(version >= job.blender for version in host.blenders):
        return _no_blender(job, host)
    if job.picky and not host.able and (no := _refused(job, host)):
        return no
    if chunk and host.name in chunk.avoid:
        better = sorted(o.name for o in others if o.name not in chunk.avoid and may_take(job, None, o).yes)
        if better:
            return Verdict(False, "failed-there", {"host": host.name, "chunk": chunk.stem, "better": better[0]})
    return YES


def _no_blender(job: Job, host: Host) -> Verdict:
    facts = {"host": host.name, "wanted": _dotted(job.blender)}
    newest = max(host.blenders, default=None)
    if newest is None:
        return Verdict(False, "no-blender", facts)
    return Verdict(False, "old-blender", facts | {"have": _dotted(newest)})


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _refused(job: Job, host: Host) -> Verdict | None:
    """What the job asks for and the host has not."""
    if job.groups and not set(job.groups) & set(host.groups):
        return Verdict(False, "other-group", {"host": host.name, "groups": " or ".join(job.groups),
                                              "have": list(host.groups) or "no group"})
    for text in job.needs:
        if not needs.met(need := needs.parse(text), host):
            return _unmet(need, host)
    for name in job.paths:
        if name not in host.paths:
            return _no_path(name, host)
    return None


def _unmet(need: needs.Need, host: Host) -> Verdict:
    facts = {"host": host.name, "need": need.text}
    if need.kind == "memory":
        return Verdict(False, "needs-memory", facts | {"have": f"{host.memory_mb / 1000:.1f}G"})
    if need.kind == "cores":
        return Verdict(False, "needs-cores", facts | {"have": host.cores})
    if need.kind in ("blender", "blender-is"):
        have = [_dotted(version) for version in sorted(set(host.blenders), reverse=True)]
        return Verdict(False, "needs-blender", facts | {"have": have or "none"})
    if need.kind == "gpu":
        return Verdict(False, "needs-gpu", facts)
    if need.kind == "tag":
        return Verdict(False, "needs-tag", facts | {"tag": need.tag, "have": list(host.tags) or "none"})
    return Verdict(False, "needs-unknown", facts)


def _no_path(name: str, host: Host) -> Verdict:
    if folder := dict(host.missing).get(name):
        return Verdict(False, "path-missing", {"host": host.name, "path": name, "folder": folder})
    return Verdict(False, "path-unknown", {"host": host.name, "path": name})
