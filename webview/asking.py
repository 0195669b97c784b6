"""What a browser asks."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl

from assetfs.people import People
from webview import languages
from webview.answer import Environ
from webview.page import Ask

LONGEST = 200           # characters of a word in the address
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::\d{1,5})?")


def ask(page: str, path: str, args: Mapping[str, str], asks: Iterable[str], environ: Environ, people: People) -> Ask:
    """Only what a page may know of: the rest would make two of what is one."""
    said = dict(parse_qsl(environ.get("QUERY_STRING", ""), errors="replace"))
    person = people.people.get(said.get("as", ""))
    wanted = said.get("lang", "") if said.get("lang") in languages.known() else ""
    language = languages.chosen(wanted, person.language if person else "", environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    query = tuple((key, said[key][:LONGEST]) for key in sorted(asks) if key in said)
    return Ask(page, path, args.get("project", ""), args.get("rest", ""), person.ident if person else "", language,
               query + ((("lang", wanted),) if wanted else ()))


@lru_cache(maxsize=256)                 # asked at each load, and browsers say one of a few
def is_us(host: str, names: frozenset[str]) -> bool:
    """A page elsewhere can have its own name lead to this address; it cannot take a number for a name."""
    matched = _HOST.fullmatch(host)
    name = matched[1].strip("[]").lower().rstrip(".") if matched else ""
    return name in names or _is_number(name)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
