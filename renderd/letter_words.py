"""The words of letters (letter.py) in the languages of farm.yaml. Reasons and warnings come as they are, in English."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "done": "is done", "failed": "failed", "held": "was put on hold",
        "head": "{name} {word}: {amount}",
        "one-frame": "1 frame", "frames": "{n} frames", "missing": "{gone} of {frames} missing",
        "look": "Look at the pictures: {text}",
        "hopeless": "No frame of it succeeded, and {chunks} chunks failed ({hosts}), so the farm put it on hold. "
                    "{text} When it is mended: render release {name}",
        "which": "Frames {frames}{where}:", "where": ", last tried on {hosts}", "more-reasons": "and {n} more reasons.",
        "pictures": "Pictures:  {path}", "file": "File:      {path}, scene {scene}",
        "time": "Time:      {total} in all, {mean} a frame; slowest: {slow}",
        "show": "What went wrong:  render show {name}", "retry": "Try again:        render retry {name}",
        "movie": "Make a film:      render movie {name}",
        "some-failed": "{bad} of {n} jobs failed", "all-done": "{n} jobs are done",
        "job": "{name}: {word}, {done} of {frames}", "more-jobs": "and {n} more",
        "all": "All of them:  render jobs", "again": "Try again:    render retry {name}",
        "host": "{host} needs somebody", "hosts": "See: render hosts",
    },
    "de": {
        "done": "ist fertig", "failed": "ist gescheitert", "held": "wurde angehalten",
        "head": "{name} {word}: {amount}",
        "one-frame": "1 Bild", "frames": "{n} Bilder", "missing": "{gone} von {frames} fehlen",
        "look": "Sieh dir die Bilder an: {text}",
        "hopeless": "Kein Bild davon ist gelungen, und {chunks} Teile sind gescheitert ({hosts}), darum hat die Farm "
                    "den Job angehalten. {text} Wenn es behoben ist: render release {name}",
        "which": "Bilder {frames}{where}:", "where": ", zuletzt versucht auf {hosts}",
        "more-reasons": "und {n} weitere Gründe.",
        "pictures": "Bilder:    {path}", "file": "Datei:     {path}, Szene {scene}",
        "time": "Zeit:      {total} zusammen, {mean} je Bild; am längsten: {slow}",
        "show": "Was schiefging:   render show {name}", "retry": "Noch einmal:      render retry {name}",
        "movie": "Film daraus:      render movie {name}",
        "some-failed": "{bad} von {n} Jobs sind gescheitert", "all-done": "{n} Jobs sind fertig",
        "job": "{name}: {word}, {done} von {frames}", "more-jobs": "und {n} weitere",
        "all": "Alle:         render jobs", "again": "Noch einmal:  render retry {name}",
        "host": "{host} braucht jemanden", "hosts": "Mehr: render hosts",
    },
}


class Words:
    """Those of one language."""

    def __init__(self, language: str) -> None:
        self._words = WORDS[language]

    def __call__(self, key: str, **facts: object) -> str:
        return self._words[key].format(**facts)

    def ended(self, state: str) -> str:
        return self._words.get(state, state)

    def count(self, frames: int) -> str:
        return self("one-frame") if frames == 1 else self("frames", n=frames)
