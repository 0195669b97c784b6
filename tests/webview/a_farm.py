"""A film on a farm at work, with something of everything that a page can show: for eyes, and for browsers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from spool import beats, opening
from spool.layout import Spool
from tests.bench import film
from tests.bench.film_faces import face, png
from tests.render_cli.conftest import PlayedHost
from tests.spool import played
from webview import serving
from webview.app import Web
from webview.site import Site

SHOT = "shots/s001_010.blend"
BROKEN = "shots/s001_020.blend"


@dataclass(frozen=True)
class Served:
    address: str
    job: str                        # where the one at work is
    pages: tuple[str, ...]          # one of each kind, and those of a film and a job that have troubles


@contextmanager
def served(root: Path) -> Iterator[Served]:
    """Everything is made below the root, and served at an address of this computer."""
    projects = root / "projects"
    film.make(projects)
    (projects / "film" / f"{BROKEN}.json").write_text("{ broken")
    (root / "out").mkdir()
    spool = opening.init(str(root / "farm"))
    at_work, failed = _jobs(spool, root, str(projects / "film" / SHOT))
    web = Web(Site(projects, spool, root / "cache"))
    sockets = serving.listening("127.0.0.1", 0)
    threading.Thread(target=serving.serve, args=(web, sockets), daemon=True).start()
    of_film = ("", "?as=ana", "assets", "assets?faulty=1", "team", "shots", f"asset/{SHOT}", f"asset/{BROKEN}",
               "credits", "film")
    yield Served(f"http://127.0.0.1:{sockets[0].getsockname()[1]}",
                 f"/job/{at_work}", ("/", *(f"/film/{page}" for page in of_film), "/rendering", f"/job/{at_work}",
                                     f"/job/{failed}", "/none"))
    web.site.index.close()


def _jobs(spool: Spool, root: Path, blend: str) -> tuple[str, str]:
    """One at work, one that failed; others are done, held, and wait."""
    def add(name: str, **asked: object) -> str:
        return played.add(spool, f"{root}/out/{name}####.png", **asked)[1].job

    alpha, beta = PlayedHost(spool, "alpha"), PlayedHost(spool, "beta")
    done = add("done", frames="1-4")
    alpha.render_all(done)
    failed = add("failed", frames="1-4")
    alpha.publish(alpha.take(failed), picture=png(face(1, 64)))
    beta.fail_for_good(failed, "Blender crashed.")
    add("held", hold=True)
    at_work = add("work", frames="1-20", blend=blend)
    alpha.publish(alpha.take(at_work), picture=png(face(2, 64)))
    alpha.publish(alpha.take(at_work), 1, picture=png(face(3, 64)))
    alpha.status("rendering", job=at_work, frame=4)
    beats.retire(spool, beta.beat.owner)
    add("waits", frames="1-100", chunk=10)
    return at_work, failed
