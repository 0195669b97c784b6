"""What a page is, and what is asked of it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from webview.answer import Answer
    from webview.safe_files import OpenFile
    from webview.site import Site


class NotThere(Exception):
    """What was asked for is not there. The key is that of a sentence in the language files."""

    def __init__(self, key: str, *, status: int = 404, **words: object) -> None:
        super().__init__(key, words)
        self.key = key
        self.status = status
        self.words = words


@dataclass(frozen=True)
class Ask:
    """A question, as far as a page may know of it: two that are equal get the same answer."""

    page: str
    path: str
    project: str
    rest: str
    person: str
    language: str
    query: tuple[tuple[str, str], ...] = ()

    def get(self, key: str, default: str = "") -> str:
        return next((value for name, value in self.query if name == key), default)


def nothing(site: "Site", ask: Ask) -> Hashable:
    """The version of a page that depends on people and its project alone."""
    return ()


@dataclass(frozen=True)
class Page:
    """Data first, then the template NAME.tpl.

    `facts` is plain data that /api shows too. `version` is cheap and changes whenever the facts do; people and the
    project are added by the frame."""

    name: str
    rule: str
    facts: Callable[["Site", Ask], dict[str, Any]]
    version: Callable[["Site", Ask], Hashable] = nothing
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plain:
    """What is no page: a picture, a film, numbers for a program."""

    rule: str
    answer: Callable[["Site", Ask], "Answer | OpenFile"]
    asks: tuple[str, ...] = ()
