"""Where the spool is: flag, environment, settings files, in this order."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

import click

from render_cli import patience, silence
from render_cli.errors import BadSettings
from spool import opening, rules
from spool.errors import SpoolError
from spool.host_names import host_name
from spool.layout import Spool

ETC = "/etc/renderd"


def reading(flag: str | None) -> Spool:
    """The spool that this command line is about."""
    path = named(flag)
    silence.name(path)
    return at_home(opening.open_spool(path))


def at_home(spool: Spool) -> Spool:
    """With the named paths as this computer has them."""
    return replace(spool, rules=rules.with_paths(spool.rules, own_paths(os.environ)))


def own_paths(environ: Mapping[str, str]) -> dict[str, str]:
    """The named paths that the settings of this computer's daemon tell."""
    if text := environ.get("RENDERD_PATHS"):
        return rules.of_environment(text)
    found = _last_said("paths", _folders(environ))
    said = found if isinstance(found, dict) else {}
    return rules.of_settings({str(name): os.path.expanduser(str(path)) for name, path in said.items()})


def known_paths() -> Mapping[str, str]:
    """The named paths for a command that needs no spool: of the one that is named, if it can be read at once."""
    return {**_paths_of(named(None)), **own_paths(os.environ)}


@lru_cache(maxsize=1)                   # asked for each of many files
def _paths_of(path: str | None) -> Mapping[str, str]:
    if not path:
        return {}
    try:
        return patience.ask(lambda: opening.open_spool(path).rules.paths)
    except (SpoolError, OSError, patience.Silent):
        return {}


def writing(flag: str | None) -> Spool:
    """As `reading`; refuses a spool that this user may not write."""
    spool = reading(flag)
    opening.check_writable(spool)
    return spool


def named(flag: str | None) -> str | None:
    """The folder that is said to be the spool; it is not looked at."""
    return flag or _of_the_group() or _configured("spool", os.environ)


def host() -> str:
    """The name of this computer in the farm, as its daemon would call it."""
    return host_name(_configured("host", os.environ) or os.uname().nodename)


def _of_the_group() -> str | None:
    """From `render --spool DIR COMMAND`."""
    context = click.get_current_context(silent=True)
    return context.find_root().obj if context else None


def _configured(key: str, environ: Mapping[str, str]) -> str | None:
    if said := environ.get(f"RENDERD_{key.upper()}"):
        return said
    found = _last_said(key, _folders(environ))
    return os.path.expanduser(found) if isinstance(found, str) else None


def _folders(environ: Mapping[str, str]) -> list[str]:
    home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '/')}/.config"
    return [ETC, f"{home}/renderd"]


def _last_said(key: str, folders: Iterable[str]) -> object:
    """What is said last in the settings files that the daemon reads as well."""
    found = None
    for path in (path for folder in folders for path in _settings_files(folder)):
        said = _read(path, key).get(key)
        found = found if said is None else said
    return found


def _settings_files(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:                     # not there; or not for this user, to whom it then says nothing
        return []
    return [f"{folder}/{name}" for name in sorted(names) if name.endswith(".yaml") and name[0] != "."]


def _read(path: str, key: str) -> Mapping[str, object]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:                     # not for this user, to whom it then says nothing
        return {}
    if f"{key}:".encode() not in data:
        return {}
    import yaml  # only here: it takes longer to load than most commands take

    try:
        found = yaml.safe_load(data)
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise BadSettings(f"{path} is not YAML: {what}", "Mend it, or use --spool DIR.") from None
    return found if isinstance(found, dict) else {}
