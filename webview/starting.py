"""From an environment to a site: what is named, and whether it is there."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from webview.errors import NoFarm, NoProjects
from webview.site import Site

PATIENCE = 10.0     # seconds in which a spool that is none is found out; later the page tells it


def own_name() -> str:
    return socket.gethostname().lower()


def own_names() -> frozenset[str]:
    """What this computer is called."""
    short = own_name().partition(".")[0]
    return frozenset({own_name(), short, f"{short}.local"})


def cache_dir(environ: Mapping[str, str]) -> Path | None:
    """For small pictures: the folder that systemd gives, else the user's. None: there is none that may be written."""
    home = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    place = environ.get("CACHE_DIRECTORY") or (f"{home}/renderd-web" if home else "")
    if not place:
        return None
    try:
        os.makedirs(place, 0o700, exist_ok=True)
    except OSError:
        return None
    return Path(place) if os.access(place, os.W_OK | os.X_OK) else None


def site(environ: Mapping[str, str]) -> Site:
    """What the environment names. NoProjects or NoFarm if it is not there; a spool may be slow to answer."""
    named = environ.get("RENDERD_PROJECTS", "")
    if not named:
        raise NoProjects("No folder of projects was named.", "Say where the projects are: render web --projects DIR")
    projects = Path(os.path.realpath(named))
    if not projects.is_dir():
        raise NoProjects(f"No folder at {named}.", "Mount the share, or name another one: render web --projects DIR")
    if not os.access(projects, os.R_OK | os.X_OK):
        raise NoProjects(f"You may not look into {named}.", f"Let everybody look into it: chmod o+rx {named}")
    names = frozenset(name.lower() for name in environ.get("RENDERD_WEB_NAMES", "").split())
    made = Site(projects, environ.get("RENDERD_SPOOL") or None, cache_dir(environ), names | own_names())
    if made.farm and (trouble := made.farm.first(PATIENCE)):
        raise NoFarm(trouble.text, trouble.cure)
    return made
