"""What is wrong in a film, by where it is shown: at its asset, or with the folder. Reckoned once per snapshot."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from assetfs import check, project
from assetfs import people as people_
from assetfs.people import People
from assetfs.tree import Problem
from webview.film_pages import names
from webview.index import Film

LONGEST = 1000              # characters of a sentence: it may name a file, or ten thousand


@dataclass(frozen=True)
class Findings:
    """Sentences with the cure, as they can stand on a page."""

    of_asset: dict[str, list[str]]
    elsewhere: list[Problem]


@dataclass
class _Last:
    """The findings with the people they were reckoned with: people.yaml changes without the film."""

    found: list[tuple[People, Findings]] = field(default_factory=list)


def of(film: Film, people: People) -> Findings:
    """From memory if neither the film nor the people changed."""
    last = film.kept(_last)
    if not last.found or last.found[0][0] is not people:
        last.found[:] = [(people, _sorted(film, people))]
    return last.found[0][1]


def _last(film: Film) -> _Last:
    return _Last()


def _sorted(film: Film, people: People) -> Findings:
    of_asset: dict[str, list[str]] = defaultdict(list)
    elsewhere = []
    for problem in _all(film, people):
        path = problem.path if problem.path in film.assets else problem.path.removesuffix(".json")
        if path in film.assets:
            of_asset[path].append(_sentence(problem.text))
        else:
            elsewhere.append(Problem(names.shown(problem.path), _sentence(problem.text)))
    return Findings(dict(of_asset), elsewhere)


def _all(film: Film, people: People) -> Iterator[Problem]:
    yield from (Problem(project.FILE, text) for text in film.project.problems)
    yield from (Problem(people_.FILE, text) for text in people.problems)
    yield from check.check(film.project, people, film.tree, film.effective)


def _sentence(text: str) -> str:
    shown = names.shown(text, LONGEST)
    return shown[:1].upper() + shown[1:]
