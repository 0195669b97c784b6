"""Names that people gave, as they can stand on a page: in any script, of any length, from any file."""

import re

LONGEST = 200               # characters of a name on a page; the file itself says the rest
_DIGITS = re.compile("([0-9]+)")


def shown(text: object, most: int = LONGEST) -> str:
    """One line that can be written as UTF-8. The template escapes it."""
    whole = " ".join(str(text)[:2 * most].split())
    if len(whole) <= most and whole.isprintable():
        return whole
    cut = whole if len(whole) <= most else whole[:most - 1] + "…"
    return "".join("\ufffd" if _unprintable(char) else char for char in cut)


def paragraph(text: object, most: int = 4000) -> str:
    """As shown, with its line breaks."""
    return "\n".join(shown(line, most) for line in str(text)[:most].splitlines())


def _unprintable(char: str) -> bool:
    """A control character, or half of a character that JSON can spell and UTF-8 cannot."""
    return char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff"


def natural(text: str) -> tuple[str | tuple[int, str], ...]:
    """Sorts s2 before s10. Digits are never made a number: a name may have thousands of them."""
    parts = _DIGITS.split(text[:LONGEST].casefold())
    return tuple(_number(part) if at % 2 else part for at, part in enumerate(parts))


def _number(digits: str) -> tuple[int, str]:
    bare = digits.lstrip("0")
    return len(bare), bare
