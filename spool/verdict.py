"""May this host take this chunk? One pure answer, for daemons and for `render why`."""

from collections.abc import Iterable
from typing import NamedTuple

from spool.job import Job
from spool.layout import ChunkName


class Host(NamedTuple):
    """What the answer needs to know of a host; it stands in hosts/HOST/host.json."""

    name: str
    programs: tuple[str, ...] = ()
    blenders: tuple[tuple[int, int], ...] = ()


class Verdict(NamedTuple):
    """Yes, or why not: one sentence for people."""

    yes: bool
    reason: str = ""


YES = Verdict(True)


def may_take(job: Job, chunk: ChunkName | None, host: Host, others: Iterable[Host] = ()) -> Verdict:
    """May `host` take `chunk`? Without a chunk: any chunk of the job. `others` are alive now."""
    if job.program not in host.programs:
        return Verdict(False, f"the program {job.program!r} is not allowed on {host.name}: add it to `programs:` "
                              f"in /etc/renderd/renderd.yaml there")
    if job.recipe == "blender" and not any(version >= job.blender for version in host.blenders):
        return _no_blender(job, host)
    if chunk and host.name in chunk.avoid:
        better = sorted(o.name for o in others if o.name not in chunk.avoid and may_take(job, None, o).yes)
        if better:
            return Verdict(False, f"{chunk.stem} failed on {host.name} before; {better[0]} shall try it first")
    return YES


def _no_blender(job: Job, host: Host) -> Verdict:
    wanted = ".".join(map(str, job.blender))
    newest = max(host.blenders, default=None)
    has = f"its newest is {newest[0]}.{newest[1]}" if newest else "it has no Blender"
    return Verdict(False, f"{host.name} needs Blender {wanted} or newer for this file; {has}")
