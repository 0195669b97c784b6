"""Plays on a local disk what an NFS client says that is not so. tests/faults/cases.py shows it on real ones."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOENT
from typing import Any

TWICE = ("rename", "replace", "unlink", "rmdir", "mkdir")
ASKS = ("stat", "lstat", "open")


@contextmanager
def replies_lost() -> Iterator[None]:
    """The server does it, and its answer is lost; the request that is sent again meets its own success."""
    real = {name: getattr(os, name) for name in TWICE}

    def twice(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **more: Any) -> Any:
            call(*args, **more)
            return call(*args, **more)

        return called

    with _in_place_of({name: twice(call) for name, call in real.items()}):
        yield


@contextmanager
def missing_from_memory(path: str) -> Iterator[None]:
    """The client has once been told that this name is not there. It believes so until the folder is opened."""
    real, believed = {name: getattr(os, name) for name in ASKS}, [path]

    def from_memory(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(name: Any, *args: Any, **more: Any) -> Any:
            if believed and (name == path or str(name).startswith(f"{path}/")):
                raise FileNotFoundError(ENOENT, "not there, from memory", name)
            if call is real["open"] and str(name) == os.path.dirname(path):
                believed.clear()
            return call(name, *args, **more)

        return called

    with _in_place_of({name: from_memory(call) for name, call in real.items()}):
        yield


@contextmanager
def remembered_at(target: str) -> Iterator[None]:
    """The client remembers the file under this name, where it was before, until the folder is opened. Of two names
    of one file a rename does nothing."""
    rename, opens, believed = os.rename, os.open, [target]

    def renamed(source: str, there: str) -> None:
        if there not in believed:
            rename(source, there)

    def opened(name: Any, *args: Any, **more: Any) -> int:
        if name == os.path.dirname(target):
            believed.clear()
        return opens(name, *args, **more)

    with _in_place_of({"rename": renamed, "open": opened}):
        yield


@contextmanager
def _in_place_of(calls: dict[str, Callable[..., Any]]) -> Iterator[None]:
    real = {name: getattr(os, name) for name in calls}
    try:
        for name, call in calls.items():
            setattr(os, name, call)
        yield
    finally:
        for name, call in real.items():
            setattr(os, name, call)
