"""HTML made in Python: everything is escaped but what was made here."""

from html import escape


class Html(str):
    """Text that is HTML already."""

    def __str__(self) -> "Html":
        return self


def escaped(text: str) -> Html:
    """What a template writes for {{ }}."""
    if isinstance(text, Html):
        return text
    return Html(escape(text))


def tag(name: str, *content: str, **attributes: str | int | bool) -> Html:
    """`class_` is class, `aria_label` is aria-label; True is an attribute without a value, False is none."""
    said = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    inner = "".join(escaped(part) for part in content)
    return Html(f"<{name}{said}>" if name in _VOID else f"<{name}{said}>{inner}</{name}>")


_VOID = ("img", "input", "br", "link", "meta")


def _attribute(key: str, value: str | int | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
