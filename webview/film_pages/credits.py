"""Who made the film, and what it uses of others."""

from dataclasses import asdict
from typing import Any

from assetfs import credits
from assetfs.people import People
from webview import languages
from webview.film_pages import names
from webview.index import Film
from webview.page import Ask, Page
from webview.site import Site


def facts(site: Site, ask: Ask) -> dict[str, Any]:
    words = (languages.text(ask.language, f"credits.{word}", {}) for word in ("others", "external"))
    return of(site.film(ask.project), site.people(), *words)


def of(film: Film, people: People, others: str, works: str) -> dict[str, Any]:
    """The sections as they roll, what is missing in them, and all as one text to copy, with these two headings."""
    rolled = credits.sections(film.project, people)
    return {"title_of_film": names.shown(rolled.title), "licence": names.shown(rolled.licence),
            "description": names.paragraph(film.project.description),
            "roles": [{"role": names.shown(role), "names": [names.shown(name) for name in cast]}
                      for role, cast in rolled.roles],
            "others": [names.shown(name) for name in rolled.others],
            "external": [{key: names.shown(value or "", 1000) for key, value in asdict(one).items()}
                         for one in rolled.external],
            "missing": [names.shown(sentence, 1000) for sentence in credits.missing(film.project, people)],
            "text": names.paragraph(credits.as_text(rolled, others, works), 100_000)}


PAGE = Page("credits", "/<project>/credits", facts)
