"""Can this claim be rendered here? Asked before a program is started."""

import os
from dataclasses import dataclass

from assetfs.blend import version_of, version_text
from assetfs.errors import AssetError
from renderd.bench import Bench
from renderd.blenders import Blender, best_for
from renderd.diagnose import Finding
from spool import atomic, needs
from spool.claim import Claim


@dataclass(frozen=True)
class Ready:
    """For a .blend the Blender that shall open it, and the file's SHA-256; nothing for other programs."""

    blender: Blender | None = None
    sha256: str = ""


def check(bench: Bench, claim: Claim) -> Ready | Finding:
    """What is needed, or why not. The file's header is read now: it may have been saved again since submit."""
    job, program = claim.job, claim.info.command[0]
    if program not in bench.settings.programs:
        return Finding("program-not-allowed", {"program": program})
    for path in filter(None, (job.blend, job.cwd)):
        atomic.ask_anew(os.path.dirname(path))      # it may have been put there since it was missing
    if not job.is_blender:
        return Ready()
    try:
        version, digest = version_of(job.blend), bench.fingerprints.of(job.blend)
    except (AssetError, OSError) as error:
        return Finding(_why_unreadable(job.blend, error), {"path": job.blend, "text": error})
    fit = [b for b in bench.blenders if needs.good_for_all(job.needs, b.version[:2])] if job.needs else bench.blenders
    blender = best_for(version, fit)
    if blender is None:
        newest = max((b.version[:2] for b in fit), default=None)
        return Finding("blend-too-new", {"path": job.blend, "wanted": version_text(version),
                                         "have": version_text(newest) if newest else "none"})
    return Ready(blender, digest)


def _why_unreadable(blend: str, error: AssetError | OSError) -> str:
    if isinstance(error, PermissionError) or isinstance(error.__cause__, PermissionError):
        return "file-forbidden"
    return "file-unreadable" if os.path.exists(blend) else "file-missing"
