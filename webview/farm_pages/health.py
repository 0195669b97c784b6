"""For programs that watch the page: is all well? One word, or one sentence with the status 503."""

import time

from webview import languages
from webview.answer import TEXT, Answer
from webview.page import Ask, Plain
from webview.site import Site


def answer(site: Site, ask: Ask) -> Answer:
    """From memory: a share that does not answer cannot hang it."""
    if site.farm is None:
        return _said("ok", 200)
    snapshot, trouble = site.farm.look(), site.farm.silent()
    if trouble:
        since = time.strftime("%H:%M", time.localtime(trouble.since))
        words = {"text": trouble.text, "cure": trouble.cure, "time": since}
        return _said(languages.text("en", f"farm.trouble.{trouble.word}", words), 503)
    return _said("ok", 200) if snapshot.seen else _said(languages.text("en", "farm.trouble.first", {}), 503)


def _said(text: str, status: int) -> Answer:
    return Answer(f"{text.strip()}\n".encode(), TEXT, status, cache="no-store")


PLAIN = Plain("/healthz", answer)
