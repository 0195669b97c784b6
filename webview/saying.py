"""How things are said on a page, in the language of who looks: the functions that every template has."""

import math
import time
from urllib.parse import quote, urlencode

from webview import languages
from webview.markup import Html, escaped, tag
from webview.page import Ask
from webview.site import Site

SIGNS = {"waiting": "○", "rendering": "▶", "done": "✓", "failed": "✗", "held": "‖", "silent": "?"}
_TEXT = "\ufe0e"        # no emoji, please
_SIZES = ("kB", "MB", "GB", "TB")


class Saying:
    """A template sees every method that does not begin with an underscore."""

    def __init__(self, site: Site, ask: Ask) -> None:
        self._site, self._ask = site, ask
        self._people = site.people().people
        self._faces: dict[tuple[str | None, str, bool], Html] = {}

    def t(self, key: str, **words: object) -> str:
        pattern = languages.pattern(self._ask.language, key, is_one=words.get("n") == 1)
        said = {name: self.number(word) if isinstance(word, int | float) else word for name, word in words.items()}
        if any(isinstance(word, Html) for word in said.values()):
            return Html(languages.filled(escaped(pattern), {k: escaped(str(word)) for k, word in said.items()}))
        return languages.filled(pattern, said)

    # -- addresses

    def link(self, path: str, **query: object) -> str:
        """An address of this site for the same person in the same language."""
        asked = {"as": self._ask.person, "lang": self._ask.get("lang")} | {k.rstrip("_"): v for k, v in query.items()}
        return _address(path, asked)

    def here(self, **changes: object) -> str:
        """This page, asked otherwise; None drops a key."""
        return self.link(self._ask.path, **dict(self._ask.query) | changes)

    def photo(self, project: str) -> str:
        """The address of its picture, or nothing."""
        return f"/photo/project/{quote(project)}" if self._site.film(project).project.photo else ""

    def current(self, is_here: bool) -> Html:
        """The attribute of a link to what is shown already."""
        return Html(' aria-current="page"' if is_here else "")

    # -- numbers and times

    def number(self, value: float) -> str:
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
        return text.translate(str.maketrans(",.", self.t("number.thousands") + self.t("number.point")))

    def bytes_(self, value: int) -> str:
        if value < 1000:
            return f"{value} B"
        power = min(len(_SIZES), int(math.log10(value)) // 3)
        return f"{self.number(value / 1000**power)} {_SIZES[power - 1]}"

    def duration(self, seconds: float) -> str:
        whole = round(seconds)
        if whole < 60:
            return f"{whole} s" if whole >= 10 or seconds == whole else f"{self.number(float(seconds))} s"
        if whole < 3600:
            return f"{whole // 60} min {whole % 60:02} s"
        if whole < 86400:
            return f"{whole // 3600} h {whole % 3600 // 60:02} min"
        return self.t("time.days", n=whole // 86400, hours=whole % 86400 // 3600)

    def ago(self, seconds: float) -> str:
        return self.t("time.ago", time=self.duration(max(0, seconds)))

    def when(self, moment: float) -> Html:
        """A moment in the time of this computer."""
        local = time.localtime(moment)
        return tag("time", time.strftime(self.t("time.format"), local),
                   datetime=time.strftime("%Y-%m-%dT%H:%M:%S%z", local))

    # -- states

    def sign(self, look: str) -> Html:
        return tag("span", SIGNS.get(look, "·") + _TEXT, class_=f"sign look-{look}", aria_hidden="true")

    def word(self, look: str) -> str:
        return self.t(f"look.{look}")

    def state(self, look: str, name: str = "") -> Html:
        return tag("span", self.sign(look), " ", name or self.word(look), class_=f"state state-{look}")

    # -- people

    def person_name(self, ident: str | None) -> str:
        if not ident:
            return self.t("person.nobody")
        person = self._people.get(ident)
        return person.name if person else ident

    def face(self, ident: str | None, size: str = "", *, alone: bool = False) -> Html:
        """The photo, or the first letters of the name; `alone`: the name does not stand beside it."""
        if (ident, size, alone) not in self._faces:
            self._faces[ident, size, alone] = self._face(ident, size, alone)
        return self._faces[ident, size, alone]

    def _face(self, ident: str | None, size: str, alone: bool) -> Html:
        person, name = self._people.get(ident or ""), self.person_name(ident)
        kind = f"face face-{size}" if size else "face"
        if person and person.photo:
            picture = tag("img", src=f"/photo/person/{quote(person.ident)}", alt=name if alone else "", loading="lazy")
            return tag("span", picture, class_=kind, title=name)
        heard = {"role": "img", "aria_label": name} if alone else {"aria_hidden": "true"}
        return tag("span", initials(name) if ident else "·", class_=f"{kind} face-letters", title=name, **heard)


def _address(path: str, query: dict[str, object]) -> str:
    said = {key: value for key, value in query.items() if value not in (None, "")}
    asked = urlencode(said, errors="replace")
    return quote(path, errors="replace") + (f"?{asked}" if asked else "")


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
