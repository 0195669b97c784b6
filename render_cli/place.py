"""Where the spool is: flag, environment, settings files, in this order."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from render_cli.errors import BadSettings
from spool import opening
from spool.layout import Spool

ETC = Path("/etc/renderd")


def reading(flag: str | None) -> Spool:
    """The spool that this command line is about."""
    return opening.open_spool(flag or _of_the_group() or _configured(os.environ))


def writing(flag: str | None) -> Spool:
    """As `reading`; refuses a spool that this user may not write."""
    spool = reading(flag)
    opening.check_writable(spool)
    return spool


def _of_the_group() -> str | None:
    """From `render --spool DIR COMMAND`."""
    context = click.get_current_context(silent=True)
    return context.find_root().obj if context else None


def _configured(environ: Mapping[str, str]) -> str | None:
    if environ.get("RENDERD_SPOOL"):
        return environ["RENDERD_SPOOL"]
    home = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    return _last_said([ETC, home / "renderd"])


def _last_said(folders: Iterable[Path]) -> str | None:
    """The last `spool:` in the settings files that the daemon reads as well."""
    found = None
    for path in (p for folder in folders for p in sorted(folder.glob("*.yaml")) if not p.name.startswith(".")):
        value = _read(path).get("spool")
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
