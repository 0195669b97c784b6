"""What the pages are made from: the projects, the people and the farm. Nothing of it is changed here."""

from pathlib import Path

from assetfs.errors import NoProject
from assetfs.people import People
from spool.layout import Spool
from webview.counting import Requests
from webview.crowd import Crowd, Register
from webview.farm import Farm
from webview.index import Film, Index
from webview.page import NotThere
from webview.thumbs import Thumbs


class Site:
    """`cache_dir` is the only folder that is written to; without one there are no small pictures.

    `names` are those by which a browser may call it, beside localhost and numbers."""

    def __init__(self, projects_dir: Path, spool: Spool | str | None = None, cache_dir: Path | None = None,
                 names: frozenset[str] = frozenset()) -> None:
        self.projects_dir, self.spool, self.cache_dir, self.names = projects_dir, spool, cache_dir, names
        self.index = Index(projects_dir)
        self.register = Register(projects_dir)
        self.farm = Farm(spool) if spool else None
        self.thumbs = Thumbs(cache_dir)
        self.requests = Requests()

    def crowd(self) -> Crowd:
        try:
            return self.register.look()
        except OSError as error:
            raise self._unreadable(error) from error

    def people(self) -> People:
        return self.crowd().people

    def idents(self) -> tuple[str, ...]:
        try:
            return self.index.idents()
        except (OSError, NoProject) as error:
            raise self._unreadable(error) from error

    def film(self, ident: str) -> Film:
        """The project as it is now. NotThere if it is none."""
        try:
            film = self.index.look(ident)
        except OSError as error:
            raise self._unreadable(error, ident) from error
        if film is None:
            raise NotThere("error.no_project", name=ident)
        return film

    def _unreadable(self, error: OSError | NoProject, ident: str = "") -> NotThere:
        text = error.strerror if isinstance(error, OSError) else error.message
        return NotThere("error.unreadable", status=503, name=ident or self.projects_dir.name, text=text)
