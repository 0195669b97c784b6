"""Where the spool is: flag, environment, settings files, in this order."""

import os
from collections.abc import Iterable, Mapping

import click

from render_cli import silence
from render_cli.errors import BadSettings
from spool import layout, opening
from spool.layout import Spool

ETC = "/etc/renderd"


def reading(flag: str | None) -> Spool:
    """The spool that this command line is about."""
    path = named(flag)
    silence.name(path)
    return opening.open_spool(path)


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
    return layout.host_name(_configured("host", os.environ) or os.uname().nodename)


def _of_the_group() -> str | None:
    """From `render --spool DIR COMMAND`."""
    context = click.get_current_context(silent=True)
    return context.find_root().obj if context else None


def _configured(key: str, environ: Mapping[str, str]) -> str | None:
    if said := environ.get(f"RENDERD_{key.upper()}"):
        return said
    home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '/')}/.config"
    return _last_said(key, [ETC, f"{home}/renderd"])


def _last_said(key: str, folders: Iterable[str]) -> str | None:
    """What is said last in the settings files that the daemon reads as well."""
    found = None
    for path in (path for folder in folders for path in _settings_files(folder)):
        value = _read(path).get(key)
        found = os.path.expanduser(value) if isinstance(value, str) else found
    return found


def _settings_files(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:                     # not there; or not for this user, to whom it then says nothing
        return []
    return [f"{folder}/{name}" for name in sorted(names) if name.endswith(".yaml") and name[0] != "."]


def _read(path: str) -> Mapping[str, object]:
    import yaml  # only here: flag and environment say nothing

    try:
        with open(path, "rb") as file:
            found = yaml.safe_load(file.read())
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise BadSettings(f"{path} is not YAML: {what}", "Mend it, or use --spool DIR.") from None
    return found if isinstance(found, dict) else {}
