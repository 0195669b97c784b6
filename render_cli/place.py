"""Where the spool is: flag, environment, settings files, in this order."""

import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from render_cli import silence
from render_cli.errors import BadSettings
from spool import layout, opening
from spool.layout import Spool

ETC = Path("/etc/renderd")


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
    return layout.host_name(_configured("host", os.environ) or socket.gethostname())


def _of_the_group() -> str | None:
    """From `render --spool DIR COMMAND`."""
    context = click.get_current_context(silent=True)
    return context.find_root().obj if context else None


def _configured(key: str, environ: Mapping[str, str]) -> str | None:
    if said := environ.get(f"RENDERD_{key.upper()}"):
        return said
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    return _last_said(key, [ETC, home / "renderd"])


def _last_said(key: str, folders: Iterable[Path]) -> str | None:
    """What is said last in the settings files that the daemon reads as well."""
    found = None
    for path in (p for folder in folders for p in sorted(folder.glob("*.yaml")) if not p.name.startswith(".")):
        value = _read(path).get(key)
        found = os.path.expanduser(value) if isinstance(value, str) else found
    return found


def _read(path: Path) -> Mapping[str, object]:
    import yaml  # only here: flag and environment say nothing

    try:
        found = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise BadSettings(f"{path} is not YAML: {what}", "Mend it, or use --spool DIR.") from None
    return found if isinstance(found, dict) else {}
