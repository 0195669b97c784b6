"""What can be wrong with a share: one table, a sentence and a cure for each code. docs/DOCTOR.md comes from it."""

import re
from dataclasses import dataclass
from typing import Any

from spool.fitness.finding import WARNING, WRONG, Finding

LINES: dict[str, str] = {
    "packages": "our packages are ours, and none of another program with the same name",
    "spool": "the folder is a spool, and answers in time",
    "space": "free space and free inodes",
    "notices": "nobody waits for a mail that did not work (where farm.yaml has `mail` or `hook`)",
    "mount": "how the share is mounted, and from what",
    "write": "this user can make folders and files, and they reach the disk",
    "create": "of several processes that make one file, one succeeds",
    "rename": "of several processes (or hosts) that rename one file, one succeeds: this is how chunks are taken",
    "replace": "a file that is replaced while others read it is never seen half old, half new",
    "folder": "a folder can be renamed with all in it: this is how jobs are sent",
    "case": "names that differ in capitals are two files",
    "link": "symbolic links can be made and followed",
    "lock": "a locked file is locked for others, and free when its holder dies",
    "clock": "this computer's clock against the file server's",
    "times": "how fine the times of files are",
    "group": "what one member of the group makes, the others can change",
    "umask": "what this user makes elsewhere, for example folders for pictures, can be used by the farm",
    "owner": "files belong to who made them, and root of a workstation is not root of the share",
    "sight": "how long until another host sees a new name",
    "answer": "the daemon of the other host takes part",
    "lease": "the share is quick enough for `beat` in farm.yaml",
}


_HEAD = """\
# Is the share fit?

    render doctor                   what this computer sees
    render doctor --with ws07       what holds between this computer and ws07, whose renderd takes part

Each line is ok, a warning (it works, but), wrong (exit status 1), or untested. All files of the test lie in a folder
of its own, `.doctor.HOST.PID.NONCE` in the spool, and are removed at the end; the farm may render meanwhile. A share
that does not answer is given up after 20 s. `render hosts` shows where the last test found something wrong. What a
server hides from its clients (for example `async` in its exports) cannot be tested.

## What is tested

| line | what must hold |
|---|---|
"""
_MIDDLE = """
## What can be wrong

| line | how bad | what is said | cure |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, and what a person does about it."""

    code: str
    line: str
    state: str
    sentence: str
    cure: str


def _table(*troubles: Trouble) -> dict[str, Trouble]:
    return {trouble.code: trouble for trouble in troubles}


_AGAIN = "unmount it and mount it again"
_MAKE_ROOM = "Make room: render clean, or a larger disk."
_NO_FARM = "No farm can work here: use NFS 3, 4.1 or 4.2, or a local disk."

TROUBLES: dict[str, Trouble] = _table(
    Trouble("foreign-package", "packages", WRONG, "The package {name} comes from {place}, and not from {ours}.",
            "Install renderd into an environment of its own: python3 -m venv /opt/renderd"),
    Trouble("no-reply", "spool", WRONG, "The share did not answer within {seconds} s ({doing}).",
            "Is the server up, and the network? Everything that uses the share waits until it is back."),
    Trouble("not-open", "spool", WRONG, "This is no spool that can be used: {text}", "{cure}"),
    Trouble("failed", "spool", WRONG, "The share refused what must work: {text}.",
            "Ask who looks after the server; a farm cannot work on it."),

    Trouble("read-only", "mount", WRONG, "{path} is mounted read-only.",
            "Take out ro where it is mounted (mostly /etc/fstab), then: mount -o remount,rw {path}"),
    Trouble("soft", "mount", WRONG, "It is mounted with {option}: when the server is slow, calls fail that happened "
            "all the same, and pictures are cut.", f"Write hard instead of {{option}}, then {_AGAIN}."),
    Trouble("nolock", "mount", WRONG, "It is mounted with {option}: a lock is not seen by other computers, so two of "
            "them may mend or retry one job at the same time.",
            f"Take out {{option}}, install nfs-common (rpc.statd), then {_AGAIN}."),
    Trouble("nocto", "mount", WRONG, "It is mounted with nocto: new names are seen late, for up to {seconds} s.",
            f"Take out nocto, then {_AGAIN}."),
    Trouble("old-cache", "mount", WARNING, "What was looked up and missing stays missing for up to {seconds} s "
            "({option}); 60 is usual.", f"Take out {{option}} or actimeo, then {_AGAIN}."),
    Trouble("noac", "mount", WARNING, "It is mounted with noac: each call asks the server up to 15 times instead of "
            "once, and nothing here needs it.", f"Take out noac, then {_AGAIN}."),
    Trouble("nfs-4.0", "mount", WARNING, "NFS 4.0 stands still for 100 s after each restart of the server.",
            f"Write vers=4.2 (or vers=3), then {_AGAIN}."),
    Trouble("smb", "mount", WARNING, "{fstype} (Windows shares) was not tried: caches and locks differ.",
            "Use NFS if you can; else let two hosts test it: render doctor --with HOST"),
    Trouble("fuse", "mount", WARNING, "{fstype} is a program between us and the disk; most of them give no rename "
            "that is safe between computers.", "Use NFS; for one computer alone a plain folder."),
    Trouble("overlay", "mount", WARNING, "An overlay (a container's own disk): what is written may be gone with the "
            "container, and no other computer sees it.", "Mount the share into the container as a volume."),
    Trouble("memory", "mount", WARNING, "{fstype} is memory: all is gone after a restart, and no other computer "
            "sees it.", "For more than a trial, take a folder on a disk or a share."),
    Trouble("ownerless", "mount", WARNING, "{fstype} knows no owners, groups and modes.",
            "Take a disk with a Linux filesystem, for example ext4."),
    Trouble("unknown-kind", "mount", WARNING, "{fstype} was not tried.",
            "Let two hosts test it: render doctor --with HOST"),

    Trouble("untold", "notices", WARNING, "{count} notices wait, the first ({about}) after {tries} tries: {text}",
            "Is the mail server of farm.yaml on, and does it take mail from the farm? It is tried again by itself."),
    Trouble("no-teller", "notices", WARNING, "farm.yaml has `{way}`, but no computer that is on can tell people so.",
            "What it runs must be in `programs` of a computer, and for a hook `notice_hook` there: docs/NOTICES.md. "
            "Then start its renderd again."),
    Trouble("no-space", "space", WRONG, "Only {free} are free.", _MAKE_ROOM),
    Trouble("low-space", "space", WARNING, "Only {free} are free; logs and journals grow.",
            _MAKE_ROOM),
    Trouble("no-inodes", "space", WRONG, "Only {count} more files can be made, however much space is free.",
            "Remove small files, or make the filesystem anew with more inodes."),
    Trouble("low-inodes", "space", WARNING, "Only {count} more files can be made; a large job needs 10,000.",
            "Remove small files: render clean"),

    Trouble("unwritable", "write", WRONG, "{user} may not write in {path}.",
            "Be in the group of the folder (see: ls -ld {path}); it counts from the next login. Root is often "
            "nobody on a share: try as the user of the daemon."),
    Trouble("full", "write", WRONG, "{path} is full, or your quota is used up.",
            _MAKE_ROOM),

    Trouble("create-shared", "create", WRONG, "{count} files were made by more than one process.",
            _NO_FARM),
    Trouble("rename-shared", "rename", WRONG, "{count} of {names} names were won twice, or by nobody.",
            _NO_FARM),
    Trouble("torn", "replace", WRONG, "A file that was replaced was seen half old, half new, {count} times.",
            _NO_FARM),
    Trouble("away", "replace", WARNING, "A file that was replaced was not there for a moment, {count} times.",
            "Use NFS or a Linux filesystem: there a rename replaces in one step."),
    Trouble("folder-lost", "folder", WRONG, "A folder that was renamed came without what was in it.",
            _NO_FARM),
    Trouble("folds-case", "case", WARNING, "Shot and shot are one file here.",
            "Name nothing alike but for capitals; better, switch it off: it is a choice when the filesystem is made."),
    Trouble("no-links", "link", WARNING, "No symbolic links ({text}); films that use some will lack files.",
            "Use a Linux filesystem, or NFS."),

    Trouble("no-locks", "lock", WRONG, "The share gives no {kind} locks ({text}).",
            "On NFS 3 start rpc.statd (package nfs-common) here and on the server; on NFS 4 ask its administrator."),
    Trouble("lock-shared", "lock", WRONG, "A {kind} lock kept nobody out.",
            "Take out nolock or local_lock where it is mounted; then test again: render doctor --with HOST"),
    Trouble("lock-stays", "lock", WARNING, "A {kind} lock was not free {seconds} s after it was given back.",
            "Is rpc.statd running, here and on the server?"),

    Trouble("clock-off", "clock", WARNING, "This computer's clock is {offset} {way} the file server's. Jobs sent "
            "from here sort wrongly; nothing else depends on it.", "Set it: timedatectl set-ntp true"),
    Trouble("coarse-times", "times", WARNING, "Times are kept in whole seconds: a .blend that is saved twice in one "
            "second may look unchanged.", "Use a filesystem with finer times, for example ext4 or xfs."),

    Trouble("no-setgid", "group", WRONG, "What you make here belongs to the group {mine}, and not to {group}: the "
            "daemons cannot take jobs that you send.", "find {path} -type d -exec chmod g+s {{}} +"),
    Trouble("setgid-missing", "group", WARNING, "Folders of the spool have no setgid bit: a job of somebody whose "
            "first group is not {group} cannot be taken.", "find {path} -type d -exec chmod g+s {{}} +"),
    Trouble("folder-mode", "group", WRONG, "{folders} may not be used by the group as the spool itself may.",
            "chmod {mode} {path}; chgrp {group} {path}"),
    Trouble("umask", "umask", WARNING, "Your umask is {umask}: the farm may not {what} what you make.",
            "umask 002   in ~/.profile; it counts from the next login."),
    Trouble("root-trusted", "owner", WARNING, "Root of this computer is root of the share.",
            "Export with root_squash, unless every computer is in good hands."),
    Trouble("owner-changed", "owner", WARNING, "A file that you made belongs to {owner}, and you are {user}: the "
            "farm cannot tell who sent a job.",
            "The numbers of users must be the same everywhere; export without all_squash."),

    Trouble("never-met", "rename", WARNING, "The two hosts never raced for the same name, so nothing was proved.",
            "Try again when both have less to do."),
    Trouble("dead-host", "answer", WRONG, "No renderd runs on {host}.", "Start it there; see: render hosts"),
    Trouble("old-host", "answer", WRONG, "{host} takes no messages: hosts/{host}/inbox is missing.",
            "Its renderd is older than this one: install the new one there, and start it again."),
    Trouble("no-answer", "answer", WRONG, "{host} did not answer within {seconds} s ({step}).",
            "See: render hosts, and the log of renderd there. Its user must be able to write in the spool."),
    Trouble("same-machine", "answer", WARNING, "{host} is this same computer, so nothing is proved about two.",
            "Name a host that is another computer: render hosts"),

    Trouble("too-lazy", "lease", WARNING, "Up to {seconds} s pass until a heartbeat is seen; that is too much for "
            "beat: {beat}, and living hosts may be declared dead.",
            "Write beat: {wanted} in {path}/farm.yaml, and start every renderd again."),
)


def page() -> str:
    """docs/DOCTOR.md."""
    lines = "".join(f"| `{line}` | {what} |\n" for line, what in LINES.items())
    wrong = "".join(f"| `{t.line}` | {t.state} | {_shown(t.sentence)} | {_shown(t.cure)} |\n"
                    for t in TROUBLES.values())
    return _HEAD + lines + _MIDDLE + wrong


def _shown(text: str) -> str:
    """With what is filled in as capitals."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), text).replace("{{}}", "{}")


def trouble(code: str, **facts: Any) -> Finding:
    """The finding of this code, with its places filled in."""
    known = TROUBLES[code]
    return Finding(known.line, known.state, known.sentence.format(**facts), known.cure.format(**facts), code)
