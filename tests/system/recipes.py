"""Recipes for tests: folders of small shell scripts."""

from pathlib import Path

from tests.system.farm import Farm


def recipe(farm: Farm, name: str, **stages: str) -> Path:
    """A recipe that all daemons of this farm find, beside those that are shipped. `pre_copy` is the stage pre-copy."""
    folder = farm.root / "recipes" / name
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder.parent, folder):
        path.chmod(0o755)
    for stage, script in stages.items():
        file = folder / stage.replace("_", "-")
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    farm.environ["RENDERD_RECIPES"] = f"{folder.parent}, shipped"
    return folder


def log_of(farm: Farm, job: str) -> str:
    """All that was said."""
    return "\n".join(path.read_text() for path in sorted(Path(f"{farm.spool.job(job)}/log").glob("*@*.log")))
