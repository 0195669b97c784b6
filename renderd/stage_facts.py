"""What a stage is told of its job and chunk: as JSON, and as environment variables RENDER_NAME."""

import os
from collections.abc import Mapping
from typing import Any

from renderd.bench import Bench
from spool import farm_mail, recipes
from spool import frames as frame_lists
from spool.claim import Claim
from spool.job import Job

LONGEST = 100_000       # bytes of one variable; the kernel takes 128 kB. What is longer stands in the JSON only
_JSON_ONLY = ("command", "options", "pictures")


def facts(bench: Bench, claim: Claim, recipe: str) -> dict[str, Any]:
    """All that holds as long as the claim does."""
    job, name, info = claim.job, claim.name, claim.info
    frames = job.frame_list() if info.stage else list(info.frames)
    return {"job": job.job, "name": job.name, "owner": job.owner, "recipe": recipe, "host": name.owner.host,
            "slot": name.slot, "spool": bench.spool.root, "chunk": info.stage or name.chunk.stem,
            "try": name.chunk.tries + 1, "tries": job.tries, "round": 0 if info.stage else info.round,
            **of_frames(frames), "all_frames": job.frames,
            "blend": job.blend, "scene": job.scene, "format": job.file_format, "width": job.width,
            "height": job.height, "fps": job.fps, "output": job.output, "output_folder": os.path.dirname(job.output),
            "cwd": job.cwd, "threads": bench.threads, "command": list(info.command),
            **_mail(bench, job),
            "work": str(bench.settings.work or ""), "options": recipes.options(job.options)}


def _mail(bench: Bench, job: Job) -> dict[str, str]:
    """How a stage can tell who sent the job, as farm.yaml says it."""
    mail = bench.spool.mail
    if not mail:
        return {"mail_server": "", "mail_from": "", "mail_to": ""}
    to = job.mail if farm_mail.is_address(job.mail) else mail.address_of(job.owner)
    return {"mail_server": mail.smtp, "mail_from": mail.sender, "mail_to": to}


def of_frames(frames: list[int]) -> dict[str, Any]:
    return {"frames": frame_lists.text(frames), "first": frames[0], "last": frames[-1], "count": len(frames),
            "frame_list": frames}


def environment(told: Mapping[str, Any]) -> dict[str, str]:
    """RENDER_JOB, RENDER_FRAMES ...; RENDER_SET_KEY for each KEY=VALUE of --set. What is not known is empty."""
    found = {f"RENDER_{name.upper()}": _text(value) for name, value in told.items() if name not in _JSON_ONLY}
    found |= {f"RENDER_SET_{key.upper()}": value for key, value in told["options"].items()}
    return {name: value if len(os.fsencode(value)) < LONGEST else "" for name, value in found.items()}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
