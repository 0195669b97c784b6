"""What RFAM wrote about a film, as lines of a project.yaml."""

from typing import Any

from assetfs import strict_json
from assetfs.errors import BadProject
from assetfs.yaml_edit import flow, quoted

LARGEST = 1_000_000


def project_lines(data: bytes) -> str:
    """Title, description, licence, roles in their order and works of others, out of RFAM's project.json."""
    try:
        found = strict_json.read(data, LARGEST)
        roles = sorted(_each(found, "roles"), key=_order)
        works = sorted(_each(found, "ext_assets"), key=lambda work: str(work.get("description")))
        said = [(ours, _text(found, theirs)) for ours, theirs in
                (("title", "title"), ("description", "description"), ("licence", "license"))]
        lines = [f"{key}: {quoted(text)}" for key, text in said if text]
        lines += ["roles:"] * bool(roles)
        lines += [f"- {flow({'role': _text(r, 'role'), 'person': _text(r, 'user')})}" for r in roles]
        lines += ["external:"] * bool(works)
        lines += [f"- {flow(_work(work))}" for work in works]
    except (ValueError, RecursionError) as error:
        raise BadProject(f"This is no project.json of RFAM: {error}", "Take the file as RFAM left it.") from None
    return "".join(f"{line}\n" for line in lines)


def _work(work: dict[str, Any]) -> dict[str, str]:
    said = {"what": _text(work, "description"), "origin": _text(work, "origin"), "licence": _text(work, "license")}
    return {key: text for key, text in said.items() if text}


def _each(found: dict[str, Any], key: str) -> list[dict[str, Any]]:
    held = found.get(key, {})
    if not isinstance(held, dict) or not all(isinstance(value, dict) for value in held.values()):
        raise ValueError(f"{key} must be an object of objects.")
    return list(held.values())


def _order(role: dict[str, Any]) -> float:
    order = role.get("order", 0)
    if not isinstance(order, int | float):
        raise ValueError("order must be a number.")
    return order


def _text(found: dict[str, Any], key: str) -> str:
    text = found.get(key) or ""
    if not isinstance(text, str):
        raise ValueError(f"{key} must be a text.")
    return text
