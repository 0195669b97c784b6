"""Run things at the same moment in processes of their own: threads of one process share their locks."""

import multiprocessing
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any


def together(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returns. An OSError of one is raised here, and ends the others: they may wait for it."""
    fork = multiprocessing.get_context("fork")
    gate, opener = fork.Pipe(duplex=False)
    pipes = [fork.Pipe(duplex=False) for _ in works]
    children = [fork.Process(target=_run, args=(work, gate, opener, end), daemon=True)
                for work, (_, end) in zip(works, pipes, strict=True)]
    for child, (_, end) in zip(children, pipes, strict=True):
        child.start()
        end.close()
    opener.close()                      # the last one: all begin
    try:
        return [_answer(reader) for reader, _ in pipes]
    except OSError:
        for child in children:
            child.kill()
        raise
    finally:
        for child in children:
            child.join()


def _run(work: Callable[[], Any], gate: Connection, opener: Connection, end: Connection) -> None:
    opener.close()
    with suppress(EOFError):
        gate.recv()                     # nobody sends: it ends when every opener is closed
    try:
        end.send(work())
    except OSError as error:
        end.send(error)


def _answer(reader: Connection) -> Any:
    try:
        said = reader.recv()
    except EOFError:
        raise OSError(0, "a process of the test ended") from None
    if isinstance(said, OSError):
        raise said
    return said
