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
        at = self._place(path if folder is None else folder)
        if name == "open" and isinstance(found, int):
            self.folders[found] = at
        if self._counts(at):
            self.calls[name] += 1
            self.names += len(found) if isinstance(found, list) else 0

    def note_entry(self, path: Any) -> None:
        """One more name of a folder that is listed one by one."""
        self.names += self._counts(self._place(path))

    def _place(self, path: Any) -> str:
        return self.folders.get(path, "") if isinstance(path, int) else os.fsdecode(path)

    def _counts(self, at: str) -> bool:
        return self.on and at.startswith(self.root)


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
            return _Entries(found, lambda: count.note_entry(path)) if name == "scandir" else found
        finally:
            count.note(name, path, named.get("dir_fd"), found)

    return counting


class _Entries:
    """What scandir gives, one after the other, each counted as it is asked for."""

    def __init__(self, found: Any, note: Callable[[], None]) -> None:
        self.found, self.note, self.close = found, note, found.close

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        entry = next(self.found)
        self.note()
        return entry

    def __enter__(self) -> "_Entries":
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()
