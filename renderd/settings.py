"""The settings of one daemon: one table, and how they are shown. Where the values come from: sources.py.

The fields of Settings are the table. The checks, `etc/renderd.yaml` and `docs/CONFIG.md` come from
it: `python -m renderd.settings etc/renderd.yaml docs/CONFIG.md` writes them again.
"""

# ruff: noqa: RUF009  (_setting gives a dataclass field)
import sys
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from renderd import kinds
from renderd.kinds import Kind
from spool.paths import local

AUTO = "auto"


def _setting(kind: Kind, default: Any, text: str, example: Any = None) -> Any:
    metadata = {"kind": kind, "help": text, "example": example}
    if default == {}:
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """What one daemon was told, and in `origins` who said so for each name."""

    spool: Path | None = _setting(
        kinds.folder(), None, "The shared folder with the queue. It must be set.", "/mnt/spool"
    )
    host: str = _setting(
        kinds.host_name(),
        "",
        "This computer's name in the farm; no two may have the same. By default its short host name in lower case.",
        "ws07",
    )
    slots: int | str = _setting(
        kinds.whole_or(1, AUTO),
        1,
        "How many renders run at the same time. auto: one with all cores; when the newest frames of the job used less "
        "than 1.5 cores each on this computer, and other cores were idle, more of the same job, as many as it has "
        "cores and memory for (by the largest of these frames; a tenth, at least 1 GB, is left free), and one again "
        "when they use more or memory gets short. `render why JOB` tells how many and why.",
    )
    threads: int = _setting(kinds.whole(0), 0, "Threads of one render. 0: the computer's cores divided by slots.")
    programs: tuple[str, ...] = _setting(
        kinds.programs(),
        ("blender", "ffmpeg"),
        "The programs that may run, by name or absolute path. A job that asks for another one is not taken.",
    )
    blender: tuple[str, ...] = _setting(
        kinds.programs(),
        ("blender", "/opt/blender*/blender", "~/blender*/blender"),
        "Where to look for Blenders: commands, absolute paths, and paths with *. "
        "A job gets the one of its own version, else the next newer one, never an older one.",
    )
    groups: tuple[str, ...] = _setting(
        kinds.names(),
        (),
        "Groups of hosts that this computer is in, beside those of farm.yaml. `render add --group` asks for them.",
        ("night",),
    )
    tags: tuple[str, ...] = _setting(
        kinds.names(),
        (),
        "What this computer has that renderd cannot see. `render add --needs tag:NAME` asks for it; the tag gpu stands "
        "for a graphics card that is not found by itself.",
        ("licence-x",),
    )
    paths: Mapping[str, str] = _setting(
        kinds.places(),
        {},
        "Where the named paths lie on this computer, beside those of farm.yaml and before them. Jobs that use one are "
        "not taken while its folder is missing or empty.",
        {"projects": "/mnt/projects"},
    )
    poll: float = _setting(
        kinds.seconds(0.1), 2.0, "Seconds between two looks at the queue when there is nothing to do."
    )
    stop_grace: float = _setting(
        kinds.seconds(0), 5.0, "Seconds that a render has to end after SIGINT before it gets SIGKILL."
    )
    linger: float = _setting(
        kinds.seconds(0),
        20.0,
        "Seconds that a Blender may live on in silence when all its frames are verified; then it is "
        "ended and the frames count (some versions hang while they quit).",
    )
    keep_blender: float = _setting(
        kinds.seconds(0),
        30.0,
        "Seconds that a Blender waits for the next chunk of its job before it is ended. 0: it ends with its chunk.",
    )
    keep_memory: int = _setting(
        kinds.whole(0),
        40,
        "Percent of this computer's memory; a Blender that holds more is ended with its chunk, and not kept.",
    )
    no_progress: float = _setting(
        kinds.seconds(0),
        3600.0,
        "Seconds without a word, a sample or a frame after which a Blender is taken for hung: it is ended, and its "
        "frames go to another host. Any other program only if none of its processes used the CPU meanwhile either. "
        "0: never.",
    )
    when: str = _setting(
        kinds.hours(),
        "",
        "When this computer renders, by its own clock: days, times, or times of days, between commas. Otherwise "
        "renders stand still, and take no CPU. Empty: always.",
        "18:00-08:00, sat, sun",
    )
    idle_minutes: int = _setting(
        kinds.whole(0),
        0,
        "Renders only when nobody did anything at this computer for so many minutes; when somebody comes back, "
        "renders stand still at once. 0: nobody is asked for.",
    )
    beside_blender: bool = _setting(
        kinds.switch(),
        True,
        "Whether it renders while a Blender runs that somebody at this computer started. false: renders stand still "
        "until that ends.",
    )
    memory_pressure: int = _setting(
        kinds.percent(),
        10,
        "Percent of the last ten seconds in which programs waited for memory (PSI of the kernel), from which on "
        "renders stand still, before the computer swaps. 0: never.",
    )
    memory_left: int = _setting(
        kinds.percent(),
        5,
        "Percent of the memory that must be left for other programs, else renders stand still. 0: nothing.",
    )
    memory_return: float = _setting(
        kinds.seconds(0),
        60.0,
        "Seconds that renders may stand still for want of memory before they end and their frames go back to the "
        "queue.",
    )
    pressure_file: Path = _setting(
        kinds.folder(),
        Path("/proc/pressure/memory"),
        "Where the kernel tells of waiting for memory; in a container the memory.pressure of its cgroup. "
        "Where it is not there, only memory_left counts.",
    )
    pause_return: float = _setting(
        kinds.seconds(0),
        600.0,
        "Seconds that renders may stand still (paused, outside of `when`, for a person or a Blender) before they end "
        "and their frames go back to the queue.",
    )
    operators: tuple[str, ...] = _setting(
        kinds.users(),
        (),
        "Who may command this daemon with `render host`, beside its own user, the owner of the spool and root.",
        ("mia",),
    )
    recipes: tuple[str, ...] = _setting(
        kinds.folders("shipped"),
        ("/etc/renderd/recipes", "shipped"),
        "Folders with recipes; `shipped` are those that come with renderd. Of two of one name the first counts. Only "
        "what lies there runs as a stage, and only if nobody but root and the daemon's user can change it.",
    )
    stage_limit: float = _setting(
        kinds.seconds(0),
        3600.0,
        "Seconds that one stage of a recipe may take before it is ended; the chunk then fails. 0: no limit.",
    )
    work: Path | None = _setting(
        kinds.folder(),
        None,
        "A folder on this computer's own disk in which the recipes svn and git keep working copies; at the same place "
        "on every computer. Without it they refuse.",
        "/var/lib/renderd/work",
    )
    allow_root: bool = _setting(
        kinds.switch(), False, "Whether the daemon starts as root. Renders would then run as root as well."
    )
    allow_scripts: bool = _setting(
        kinds.switch(),
        False,
        "Whether Blender runs the scripts inside .blend files (-y instead of -Y). They can do all that "
        "the daemon's user can.",
    )
    environment: tuple[str, ...] = _setting(
        kinds.variables(),
        ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "XDG_RUNTIME_DIR", "OCIO", "BLENDER_USER_*"),
        "The environment variables that renders get from the daemon; a * at the end stands for any rest. "
        "TMPDIR is always set by the daemon.",
    )
    notice_hook: str = _setting(
        kinds.program(),
        "",
        "A program that this computer runs for notices (job done, job failed, host sick), for chat and the like; it "
        "must be in `programs`. It gets the facts as JSON on stdin and as RENDERD_ variables. Only with `hook: true` "
        "in farm.yaml of the spool; docs/NOTICES.md.",
        "/usr/local/bin/tell-the-chat",
    )
    powercap: Path = _setting(
        kinds.folder(),
        Path("/sys/class/powercap"),
        "Where the kernel counts the energy of the processors; with one slot it is journalled for each frame, if the "
        "daemon's user may read it. docs/REPORTS.md.",
    )
    log_level: str = _setting(
        kinds.choice("debug", "info", "warning", "error"), "info", "The least event that is logged."
    )
    log_limit: int = _setting(
        kinds.size(),
        10_000_000,
        "Bytes of a chunk's log that are kept: its beginning, and its last 64 kB; what is between is dropped.",
    )
    origins: Mapping[str, str] = field(default_factory=dict)


TABLE = {f.name: f for f in fields(Settings) if f.metadata}


def threads_per_slot(settings: Settings, cores: int, slots: int) -> int:
    """Threads for one render of so many."""
    return settings.threads or max(1, cores // slots)


def with_folders(settings: Settings, folders: Mapping[str, str]) -> Settings:
    """Named paths in them are those of this computer. Programs go by both names: jobs ask for them by either."""
    def here(said: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(local(path, folders) for path in said)

    programs = tuple(dict.fromkeys((*settings.programs, *here(settings.programs))))
    return replace(settings, paths=folders, programs=programs, blender=here(settings.blender))


def handed_on(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The part of the environment that renders get."""
    whole = {name for name in settings.environment if not name.endswith("*")}
    starts = tuple(name[:-1] for name in settings.environment if name.endswith("*"))
    return {name: value for name, value in environ.items() if name in whole or name.startswith(starts)}


def show(settings: Settings) -> str:
    """All settings as a settings file, each with its origin behind it."""
    rows = [(as_yaml(name, getattr(settings, name)), settings.origins[name]) for name in TABLE]
    width = min(40, max(len(row) for row, _ in rows))
    return "".join(f"{row:{width}}  # {origin}\n" for row, origin in rows)


def as_json(settings: Settings) -> dict[str, dict[str, Any]]:
    """All settings as {name: {"value": ..., "origin": ...}}."""
    return {name: {"value": plain(getattr(settings, name)), "origin": settings.origins[name]} for name in TABLE}


def as_yaml(name: str, value: Any) -> str:
    """`name: value` on one line; commented out where there is no value."""
    value = plain(value)
    if value is None:
        return f"# {name}:"
    flow = None if isinstance(value, list | dict) else False
    line = yaml.safe_dump({name: value}, default_flow_style=flow, width=100_000, allow_unicode=True)
    return line.removesuffix("\n")


def plain(value: Any) -> Any:
    """The value as JSON and YAML know it."""
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def default_of(setting: Field[Any]) -> Any:
    return setting.default if setting.default_factory is MISSING else setting.default_factory()


if __name__ == "__main__":
    from renderd.settings_pages import main

    main(sys.argv[1:])
