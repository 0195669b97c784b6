"""May this host take this chunk? One pure answer, for daemons and for `render why`."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spool import obstacles
from spool.job import Job
from spool.layout import ChunkName


class Host(NamedTuple):
    """What the answer needs to know of a host; it stands in hosts/HOST/host.json."""

    name: str
    programs: tuple[str, ...] = ()
    blenders: tuple[tuple[int, int], ...] = ()


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
    if job.program not in host.programs:
        return Verdict(False, "program-refused", {"host": host.name, "program": job.program})
    if job.recipe == "blender" and not any(version >= job.blender for version in host.blenders):
        return _no_blender(job, host)
    if chunk and host.name in chunk.avoid:
        better = sorted(o.name for o in others if o.name not in chunk.avoid and may_take(job, None, o).yes)
        if better:
            return Verdict(False, "failed-there", {"host": host.name, "chunk": chunk.stem, "better": better[0]})
    return YES


def _no_blender(job: Job, host: Host) -> Verdict:
    facts = {"host": host.name, "wanted": ".".join(map(str, job.blender))}
    newest = max(host.blenders, default=None)
    if newest is None:
        return Verdict(False, "no-blender", facts)
    return Verdict(False, "old-blender", facts | {"have": f"{newest[0]}.{newest[1]}"})
