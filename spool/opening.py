"""Find a spool, make one, and refuse what is none."""

import grp
import os
import stat
from dataclasses import replace

from spool import atomic, farm_settings, mounts, owners, trusted
from spool.errors import NoSpool, NotAllowed, UnsafeFile
from spool.layout import FOLDERS, HUNGRY, Spool

INBOX_MODE = 0o3770     # sticky: nobody moves what is not his; setgid: all of it is the group's


def open_spool(path: str | None) -> Spool:
    """The spool at `path`, known to be one and not writable by everybody."""
    if not path:
        raise NoSpool("No spool was named.",
                      "Say export RENDERD_SPOOL=/path/on/the/share, or make one: render init DIR")
    root = os.path.realpath(path)
    try:
        spool = _unchecked(root)
        _check_closed(spool, ".", spool.mode)
        _check_folders(spool, path)
    except FileNotFoundError:
        raise NoSpool(*_missing(path, root)) from None
    return spool


def _unchecked(root: str) -> Spool:
    """What the folder and its farm.yaml say; what should be in it may be missing."""
    info = trusted.check_folder(root)
    spool = Spool(root, mode=stat.S_IMODE(info.st_mode), owner=info.st_uid)
    if not os.access(root, os.R_OK | os.X_OK):
        raise NotAllowed(f"You may not look into the spool {root}.", _join(spool))
    mount = mounts.holding(mounts.mounts(), root)
    return replace(spool, local=mount is not None and mount.fstype in mounts.LOCAL, **farm_settings.read(spool))


def _check_folders(spool: Spool, path: str) -> None:
    there = atomic.names(spool.root)
    for name in _folders(spool):
        if name not in there:
            raise NoSpool(f"The spool at {path} lacks its folder {name}/.", f"Mend it: render init {path}")
        _check_closed(spool, name, trusted.check_folder(spool.folder(name), of=spool).st_mode)


def _folders(spool: Spool) -> tuple[str, ...]:
    return (*FOLDERS, "inbox") if spool.by_inbox else FOLDERS


def _check_closed(spool: Spool, name: str, mode: int) -> None:
    """Where members can only add, the group may write in the inbox alone, and nobody may move another's file there."""
    folder = os.path.normpath(spool.folder(name))
    if spool.by_inbox and name != "inbox" and mode & stat.S_IWGRP:
        raise UnsafeFile(f"Jobs come through the inbox of this spool, but its group may write in {folder}.",
                         f"Look what was put there, then: chmod g-w {folder}")
    if name == "inbox" and not mode & stat.S_ISVTX:
        raise UnsafeFile(f"In {folder} everybody may remove what others put there.", f"chmod {INBOX_MODE:o} {folder}")


def init(path: str, group: str = "", by_inbox: bool = False) -> Spool:
    """The spool at `path`: made, or completed if folders were missing. Never touches what is there.

    A new one for a `group`: its members may do everything; or add jobs only, through the inbox."""
    root = os.path.realpath(path)
    if os.path.isdir(root) and "farm.yaml" not in os.listdir(root) and _others(root):
        raise NoSpool(f"{path} is not empty and is no spool.", "Give a new folder, it is made for you.")
    gid = _gid(group) if group else -1
    try:
        atomic.make_root(root)
        if "farm.yaml" not in os.listdir(root):     # first: it says that what is missing belongs here
            if group or by_inbox:
                _give(root, gid, by_inbox)
            atomic.replace(f"{root}/farm.yaml", (farm_settings.NEW + farm_settings.BY_INBOX * by_inbox).encode())
        spool, there = _unchecked(root), os.lstat(root).st_gid
        if (by_inbox and not spool.by_inbox) or gid not in (-1, there):
            raise NoSpool(f"{path} is a spool already, and not of that kind.",
                          "Make a new one in another folder, and let this one run dry.")
        for name in (*FOLDERS, "inbox", HUNGRY):
            atomic.make_folder(f"{root}/{name}", INBOX_MODE if name == "inbox" and spool.by_inbox else spool.mode)
        if "README.txt" not in os.listdir(f"{root}/inbox"):
            from spool.drop_readme import README  # only here: every command comes by

            atomic.replace(f"{root}/inbox/README.txt", README.encode())
    except OSError as error:
        raise NoSpool(f"Cannot make a spool at {path}: {error.strerror}.",
                      "Choose a folder on the share that you may write.") from None
    return open_spool(path)


def _give(root: str, gid: int, by_inbox: bool) -> None:
    """The folder is the group's. Whether others may look stays as it is."""
    others = trusted.check_folder(root).st_mode & 0o005
    atomic.give_to_group(root, gid, (0o2750 if by_inbox else 0o2770) | others)


def _gid(group: str) -> int:
    try:
        return int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError:
        raise NoSpool(f"There is no group {group!r} on this computer.", f"Make it: sudo groupadd {group}") from None


def _others(root: str) -> list[str]:
    """What lies there and is not from an `init` that was cut short."""
    return [name for name in os.listdir(root) if not (name.startswith(".farm.yaml.") and name.endswith(".tmp"))]


def check_writable(spool: Spool) -> None:
    """Refuses a spool in which this user cannot change jobs."""
    if os.access(f"{spool.root}/jobs", os.W_OK) and os.access(f"{spool.root}/queue", os.W_OK):
        return
    owner = owners.user_name(spool.owner)
    if spool.by_inbox:
        raise NotAllowed(f"In this farm only {owner} may change jobs; everybody else can add some: render add",
                         f"Ask whoever looks after the farm. Who may become {owner} says: sudo -u {owner} render ...")
    raise NotAllowed(f"You may not write in the spool {spool.root}.", _join(spool))


def sends_by_inbox(spool: Spool) -> bool:
    """Whether this user's jobs go through the inbox. NotAllowed if they go nowhere."""
    if not spool.by_inbox or os.geteuid() == spool.owner:
        check_writable(spool)
        return False
    if not os.access(f"{spool.root}/inbox", os.W_OK | os.X_OK):
        raise NotAllowed(f"You may not put jobs into {spool.root}/inbox.", _join(spool))
    return True


def _join(spool: Spool) -> str:
    """How one gets into the group of the spool."""
    try:
        group = grp.getgrgid(os.lstat(spool.root).st_gid).gr_name
    except KeyError:
        group = str(os.lstat(spool.root).st_gid)
    if not spool.mode & stat.S_IWGRP and not spool.by_inbox:
        return (f"It belongs to {owners.user_name(spool.owner)} alone, see: ls -ld {spool.root}/jobs\n"
                "How several users share one is told in docs/SECURITY.md.")
    return (f"Ask to be in the group {group}: sudo usermod -aG {group} {owners.user_name(os.geteuid())}\n"
            "Then log out and in again.")


def _missing(path: str, root: str) -> tuple[str, str]:
    if not os.path.isdir(root):
        return f"No spool at {path}.", f"Mount the share, or make a new spool: render init {path}"
    return f"{path} is no spool: it has no farm.yaml.", f"Is it the right folder? To make one: render init {path}"
