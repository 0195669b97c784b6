"""Whose files count. The owner of a file is its uid, never what it says."""

import os
import pwd
import stat
from functools import cache

from spool.errors import UnsafeFile
from spool.layout import Spool


class UnknownOwner(UnsafeFile):
    """The uid has no account here; perhaps only for a moment, or only on this computer."""


def user_name(uid: int) -> str:
    try:
        return _account(uid)
    except KeyError:
        return str(uid)


def refuse_foreign(spool: Spool, path: str, uid: int) -> None:
    """Refuses a file that its owner could not have put into the spool, or whose owner nobody knows."""
    if uid in (spool.owner, 0):
        return
    if not spool.mode & stat.S_IWGRP:
        raise UnsafeFile(f"{path} belongs to {user_name(uid)}, but only {user_name(spool.owner)} may write in this "
                         "spool.", "Look who put it there, and remove it.")
    refuse_unknown(path, uid)


def refuse_unknown(path: str, uid: int) -> None:
    """Refuses a file of somebody without an account on this computer."""
    if uid == os.geteuid():
        return
    try:
        _account(uid)
    except KeyError:
        raise UnknownOwner(f"{path} belongs to uid {uid}, which has no account on this computer.",
                           f"See: getent passwd {uid}   Make the account known here, or remove the file.") from None


@cache                                  # of a KeyError nothing is kept: the account may be known later
def _account(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name
