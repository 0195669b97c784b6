"""Counts what is asked of the file system below one folder: calls of `os` that name a path, and the names they list."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

# Each is a request to the server at least, if nothing is remembered. What is done with an open file is not counted.
CALLS = ("chmod", "link", "listdir", "lstat", "mkdir", "open", "readlink", "rename", "replace", "rmdir", "scandir",
         "stat", "unlink", "utime")


@dataclass
class Count:
    """Calls by name; `names` is how many names the listings gave."""

    root: str
    calls: Counter[str] = field(default_factory=Counter)
    names: int = 0
    on: bool = True
    folders: dict[int, str] = field(default_factory=dict)       # what a descriptor was opened for, at last

    def clear(self) -> None:
        self.calls.clear()
        self.names = 0

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    def note(self, name: str, path: Any, folder: int | None, found: object) -> None:
        of = path if folder is None else folder
        at = self.folders.get(of) if isinstance(of, int) else os.fsdecode(of)
        if name == "open" and isinstance(found, int):
            self.folders[found] = at or ""
        if self.on and at and at.startswith(self.root):
            self.calls[name] += 1
            self.names += len(found) if isinstance(found, list) else 0


@contextmanager
def counted(root: str) -> Iterator[Count]:
    """Within it every such call of this process is counted, also one that fails; fsync waits for no disk."""
    count = Count(root)
    with ExitStack() as stack:
        for name in CALLS:
            stack.enter_context(patch.object(os, name, _counting(count, name, getattr(os, name))))
        stack.enter_context(patch.object(os, "fsync", lambda fd: None))
        yield count


def _counting(count: Count, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def counting(path: Any = ".", *given: Any, **named: Any) -> Any:
        found = None
        try:
            found = call(path, *given, **named)
            return found
        finally:
            count.note(name, path, named.get("dir_fd"), found)

    return counting
