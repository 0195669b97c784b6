"""A small film, and a browser that looks at it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spool import opening
from spool.layout import Spool
from tests.webview import films
from tests.webview.browsing import Browser
from webview.app import Web
from webview.site import Site


@pytest.fixture(name="projects")
def fixture_projects() -> Iterator[Path]:
    """A folder with one project, `film`, and two people."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    (made / "people.yaml").write_text(films.PEOPLE)
    films.make(made)
    yield made
    shutil.rmtree(made)


@pytest.fixture(name="site")
def fixture_site(projects: Path) -> Iterator[Site]:
    made = Site(projects)
    yield made
    made.index.close()


@pytest.fixture(name="browser")
def fixture_browser(site: Site) -> Browser:
    return Browser(Web(site))


@pytest.fixture(name="spool")
def fixture_spool(tmp_path: Path) -> Spool:
    (tmp_path / "out").mkdir()
    return opening.init(str(tmp_path / "farm"))


@pytest.fixture(name="farm_site")
def fixture_farm_site(projects: Path, spool: Spool, tmp_path: Path) -> Iterator[Site]:
    """The film with a farm and a cache."""
    made = Site(projects, spool, tmp_path / "cache")
    yield made
    made.index.close()
