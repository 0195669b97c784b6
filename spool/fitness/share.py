"""What a check is given: the spool, the doctor's own folder in it, and what was measured before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from spool import atomic, mounts
from spool.layout import Incarnation, Spool
from spool.mounts import Mount


@dataclass
class Share:
    """A spool while it is tested. All that is made lies in `folder`."""

    spool: Spool
    folder: str
    mount: Mount
    alive: Callable[[], None] = lambda: None        # called while something long goes on as it should
    measured: dict[str, float] = field(default_factory=dict)        # seconds

    def path(self, name: str) -> str:
        return f"{self.folder}/{name}"


def on(spool: Spool, me: Incarnation) -> Share:
    mount = mounts.holding(mounts.mounts(), spool.root)
    return Share(spool, spool.doctor(me), mount or Mount("/", "unknown", "", ""))


@contextmanager
def scratch(share: Share, name: str) -> Iterator[str]:
    """A folder for one check."""
    folder = share.path(name)
    atomic.make_folder(folder, share.spool.mode)
    yield folder
    atomic.remove_tree(folder)
