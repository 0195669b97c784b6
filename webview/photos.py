"""The pictures of people and projects: only those that people.yaml and project.yaml name."""

from webview.answer import Answer
from webview.markup import tag
from webview.page import Ask, NotThere, Plain
from webview.safe_files import OpenFile, open_below
from webview.saying import initials
from webview.site import Site

SVG = "image/svg+xml"


def of_person(site: Site, ask: Ask) -> Answer | OpenFile:
    """Somebody who is named, and whose photo is not there yet, gets the letters of the name."""
    person = site.people().people.get(ask.rest)
    if person is None:
        raise NotThere("error.no_picture")
    found = open_below(site.projects_dir, person.photo) if person.photo else None
    return found or _letters(initials(person.name))


def of_project(site: Site, ask: Ask) -> OpenFile:
    film = site.film(ask.rest)
    found = open_below(film.folder, film.project.photo) if film.project.photo else None
    if found is None:
        raise NotThere("error.no_picture")
    return found


def _letters(text: str) -> Answer:
    letters = tag("text", text, x="50", y="61.5", text_anchor="middle", font_size="33", font_weight="700",
                  font_family="system-ui, sans-serif", fill="#7d848c")
    drawing = tag("svg", letters, xmlns="http://www.w3.org/2000/svg", viewBox="0 0 100 100")
    return Answer(drawing.encode("utf-8", "replace"), SVG)


PLAIN = (Plain("/photo/person/<rest>", of_person), Plain("/photo/project/<rest>", of_project))
