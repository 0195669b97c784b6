"""render asset show: everything about one asset."""

from collections.abc import Iterator
from typing import Any

import click

from assetfs import due, keeping
from assetfs.names import sidecar_of
from render_cli import ink, options, printing
from render_cli.assets import facts
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.assets.listing import state_word
from render_cli.words import count, duration, plain, size

CHECKPOINTS = 3         # that are named


@click.command()
@films.one_asset
@options.as_json
@films.of_project
def show(asset: str, as_json: bool, project_dir: str | None) -> None:
    """Show one asset: what it is, whose, what it uses, its times.

    Nothing is changed on the disk.

    \b
    Examples:
      render asset show s010
      render asset show shots/s010.blend --json | jq .times.slowest

    \b
    Exit status: 0 fine, 1 no such asset, or its sidecar is broken
    """
    film = films.opened(project_dir)
    path = films.asset_path(film, asset)
    if path not in film.tree.assets:
        ink.warn(f"{plain(path)} has no sidecar, so nothing is known of it.",
                 f"Give it one: render asset new TYPE NAME --adopt --file {plain(path)}")
        click.get_current_context().exit(1)
    found = facts.whole(film, film.tree.assets[path]) | {
        "checkpoints": [one.stamp for one in keeping.checkpoints(film.folder, path)]}
    if as_json:
        printing.as_json(found)
    else:
        click.echo("\n".join(_page(film, found)))
    if found["problem"]:
        ink.warn(f"{plain(sidecar_of(path))} is broken: {found['problem']}", "Mend it with a text editor.")
        click.get_current_context().exit(1)


def _page(film: Film, found: dict[str, Any]) -> Iterator[str]:
    yield f"{plain(found['path'])}  {ink.state('broken') if found['problem'] else state_word(film, found['state'])}"
    yield ""
    for name, value in _about(film, found):
        if value:
            yield f"  {name:12} {plain(value)}"


def _about(film: Film, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not found["problem"]:
        kind = film.project.types.get(found["type"])
        yield "name", found["name"]
        yield "type", f"{found['type']}{f' ({kind.name})' if kind else ', which project.yaml does not know'}"
        yield "about", found["description"]
        yield "owner", found["owner"] or "nobody"
        yield "support", ", ".join(found["support"])
        yield "creator", found["creator"] or ""
        yield "priority", _priority(film, found)
        yield "rating", "*" * (found["rating"] or 0)
        yield "budget", ", ".join(f"{state} {duration(60 * m)}" for state, m in found["time_budget"].items())
        yield "pipeline", ", ".join(found["pipeline"])
        yield "uses", ", ".join(found["dependencies"])
    yield "used by", ", ".join(found["used_by"])
    yield "file", _file(found)
    yield "checkpoints", _checkpoints(found["checkpoints"])
    yield "sent", ", ".join(due.submitted_jobs(found["submitted"]))
    yield from _times(found["times"])


def _priority(film: Film, found: dict[str, Any]) -> str:
    own, raised = found["priority"], found["effective_priority"]
    named = film.project.priorities.names
    text = "not said" if own is None else f"{own} ({film.project.priorities.name(own)})" if named else str(own)
    return text if own is None or raised == own else f"{text}, {raised} by what waits for it"


def _file(found: dict[str, Any]) -> str:
    return f"{size(found['size'])}, changed {found['changed']}" if found["changed"] else "there is no .blend"


def _checkpoints(stamps: list[str]) -> str:
    more = f" and {len(stamps) - CHECKPOINTS} more" if len(stamps) > CHECKPOINTS else ""
    return ", ".join(stamps[:CHECKPOINTS]) + more


def _times(found: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if found:
        yield "rendered", (f"{count(found['frames'], 'frame')} in {duration(found['total'])}, "
                           f"{duration(found['mean'])} on average")
        yield "slowest", ", ".join(f"frame {frame} {duration(seconds)}" for frame, seconds in found["slowest"])
