"""render asset times: from the farm's journals into the sidecars."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from assetfs import sidecar
from assetfs import times as statistics
from assetfs.errors import AssetError
from assetfs.names import sidecar_of
from assetfs.tree import Asset
from render_cli import ink, options, place
from render_cli.assets import film as films
from render_cli.assets.film import Film
from render_cli.words import count, plain
from spool import job as jobs
from spool import journal, queue
from spool.errors import SpoolError
from spool.layout import Spool

Seconds = dict[str, float]      # frame -> how long it took


@click.command()
@films.of_all
@options.dry_run
@options.spool
@films.of_project
def times(above: str | None, dry_run: bool, spool_path: str | None, project_dir: str | None) -> None:
    """Note in the sidecars how long the farm took for each frame.

    The times are read from the journals of all jobs in the spool whose .blend is an asset, and kept under
    `render_time`: the last ten of each frame, the newest last. Nothing else writes that key. What is known already is
    not written again, so it may run as often as one likes; jobs that render clean removed are not forgotten.

    \b
    Examples:
      render asset times
      render asset times --all /mnt/films

    \b
    Exit status: 0 all times are noted, 1 a sidecar could not be written, or no project or spool
    """
    found = films.every(project_dir, above)
    by_blend = _by_blend(place.reading(spool_path), {film.in_jobs(path) for film in found for path in film.tree.assets})
    fine = [_note(film, asset, by_blend.get(film.in_jobs(path), []), dry_run)
            for film in found for path, asset in film.tree.assets.items()]
    click.get_current_context().exit(0 if all(fine) else 1)


def _by_blend(spool: Spool, blends: set[str]) -> dict[str, list[Seconds]]:
    """Of each of these files what its jobs took, the oldest job first."""
    found: dict[str, list[Seconds]] = {}
    for entry in sorted(queue.entries(spool), key=lambda entry: entry.job):
        try:
            blend = jobs.read(spool, entry.job).blend
            if blend in blends:
                found.setdefault(blend, []).append(dict(_seconds(spool, entry.job)))
        except (SpoolError, FileNotFoundError):
            continue                    # removed meanwhile, or shown as broken by `render jobs`
    return found


def _seconds(spool: Spool, job: str) -> Iterator[tuple[str, float]]:
    for frame, done in journal.done_frames(journal.events(spool, job)).items():
        if done.seconds is not None:
            yield str(frame), done.seconds


def _merged(before: Mapping[str, Any], newer: list[Seconds]) -> dict[str, list[float]]:
    merged = {frame: list(seconds) for frame, seconds in before.items()}
    for seconds in newer:
        merged = statistics.merge(merged, seconds)
    return merged


def _note(film: Film, asset: Asset, newer: list[Seconds], dry_run: bool) -> bool:
    """False if the sidecar could not be written, which is said: the others are."""
    if asset.sidecar is None or not newer:
        return True                     # broken ones are the matter of `render asset check`
    before = {frame: list(seconds) for frame, seconds in asset.sidecar.render_time.items()}
    merged = _merged(before, newer)
    changed = sum(seconds != before.get(frame) for frame, seconds in merged.items())
    if not changed:
        return True

    def edit(found: dict[str, Any]) -> None:
        found["render_time"] = _merged(found.get("render_time") or {}, newer)

    try:
        if not dry_run:
            sidecar.change(film.folder / sidecar_of(asset.path), edit)
    except AssetError as error:
        ink.warn(error.message, error.hint or "")
        return False
    named = plain(f"{film.project.ident}/{asset.path}")
    click.echo(f"{'Would note' if dry_run else 'Noted'} how long {count(changed, 'frame')} of {named} took")
    return True
