"""What the farm has of an asset: its picture, and the jobs that rendered it. All from memory."""

from collections.abc import Callable, Hashable
from typing import Any

from webview.farm_jobs import moment
from webview.film_pages import names
from webview.index import Film
from webview.page import Ask
from webview.site import Site

Picture = Callable[[str, str, int], str]                # project, path, size -> address; see thumbs.py
Jobs = Callable[[str], list[dict[str, Any]]]            # absolute path of a .blend -> its jobs, newest first

_KEYS = ("job", "frames", "done", "failed", "running")
_LOOKS = {"open": "waiting", "held": "held", "done": "done", "failed": "failed"}


def pictures(site: Site) -> Picture:
    return site.thumbs.of_asset


def jobs(site: Site) -> Jobs:
    """Of a page without a farm there are none."""
    return site.farm.look().jobs_of_blend if site.farm else lambda blend: []


def version(site: Site, ask: Ask) -> Hashable:
    """Changes with every frame that is done, and every picture that is made."""
    return site.thumbs.number, site.farm.look().number if site.farm else 0


def of_asset(film: Film, found: Jobs, path: str) -> list[dict[str, Any]]:
    """The jobs of one asset, newest first."""
    return [{key: job[key] for key in _KEYS} | {"name": names.shown(job["name"]), "look": _look(job), "asset": path,
            "sent": moment(str(job["created"]))} for job in found(str(film.folder / path))]


def _look(job: dict[str, Any]) -> str:
    return "rendering" if job["state"] == "open" and job["running"] else _LOOKS.get(job["state"], "silent")
