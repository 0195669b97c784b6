"""Reads a page as strictly as no browser does: what is open is closed, and nothing is there that could run."""

from collections import Counter
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from tests.webview.browsing import Browser

VOID = {"area", "br", "hr", "img", "input", "link", "meta"}


class Parsed(HTMLParser):
    """The tags and the text of a page, and what is wrong with it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self._open]
        self.faults += [f"the id {one} is there {count} times" for one, count in self.ids.items() if count > 1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> in the wrong place, line {self.getpos()[0]}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def _note(self, tag: str, said: dict[str, str | None]) -> None:
        self.tags[tag] += 1
        self.ids.update([said["id"] or ""] if "id" in said else [])
        self.faults += [f"<{tag} {key}>" for key in said if key == "style" or key.startswith("on")]
        if tag == "style" or (tag == "script" and not (said.get("src") or "").startswith("/static/")):
            self.faults.append(f"<{tag}> of its own")
        addresses = [said[key] or "" for key in ("href", "src", "action") if key in said]
        self.faults += [f"leads out: {a[:80]}" for a in addresses if not a.startswith(("/", "#")) or a[:2] == "//"]
        self.links += [said["href"] or ""] if tag == "a" else []


def page(browser: Browser, address: str) -> Parsed:
    """A page that must be fine."""
    got = browser.get(address)
    assert got.status == 200, f"{address}: {got.status}"
    parsed = Parsed(got.text)
    assert not parsed.faults, f"{address}: {parsed.faults}"
    return parsed


def facts(browser: Browser, address: str) -> Any:
    """The same page as data."""
    got = browser.get(address)
    assert got.status == 200, f"{address}: {got.status}"
    return got.data


def asset_address(path: str) -> str:
    return f"/film/asset/{quote(path)}"
