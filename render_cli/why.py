"""render why: what keeps a job, a computer or the whole farm from rendering."""

from typing import Any

import click

from render_cli import options, patience, place, printing
from render_cli import why_words as words
from render_cli.errors import NotAdmitted, SentBack
from spool import claim, opening, queue, view
from spool import hosts as spool_hosts
from spool.errors import BadFile, NoJob, NoSpool, SeveralJobs, SpoolError, UnsafeFile
from spool.host_names import host_name
from spool.layout import Spool
from spool.obstacles import Found
from spool.why import ahead, disk, farm, host
from spool.why import job as of_job

NO_ANSWER = 75          # EX_TEMPFAIL

Asked = tuple[dict[str, Any], list[str]]       # for programs, for people


@click.command()
@click.argument("name", metavar="[JOB|HOST]", required=False, shell_complete=options.complete)
@options.as_json
@options.spool
def why(name: str | None, as_json: bool, spool_path: str | None) -> int:
    """Tell why a job, a computer or the farm does not render.

    If it does, tells who renders. Every computer is asked with the very rule by which its renderd takes chunks; what
    only a daemon knows (it is paused, it had trouble with a job) it has said itself. A word that is the name of a
    computer means that one. Each reason has a code that never changes its meaning; docs/WHY-NOTHING-RENDERS.md has
    them all. A share that does not answer is told after some seconds. Nothing is changed on the disk.

    \b
    Examples:
      render why                 the whole farm in a few lines
      render why shot010         one job, and what each computer says to it
      render why ws07            one computer, and what it says to each open job
      render why shot010 --json | jq -r '.reasons[].code'

    \b
    Exit status: 0 fine, whatever the reason is; 1 no such job or computer, or the spool cannot be used;
    75 the share does not answer
    """
    path = place.named(spool_path)
    try:
        told, lines = patience.ask(lambda: _answer(path, name))
    except patience.Silent:
        return _refuse(Found("share-silent", {"path": path}), as_json, NO_ANSWER)
    except SpoolError as error:
        if not as_json or not (code := _code(error)):
            raise
        return _refuse(Found(code, {"text": error.message, "hint": error.hint or ""}), as_json, error.exit_code)
    if as_json:
        printing.as_json(told)
    else:
        click.echo("\n".join(lines))
    return 0


def _refuse(what: Found, as_json: bool, code: int) -> int:
    """Says why nothing can be said; gives the exit status."""
    if as_json:
        printing.as_json(words.nothing_told(what))
    else:
        click.echo("\n".join(words.reasons([what])))
    return code


def _code(error: SpoolError) -> str:
    """Of a spool that cannot be used; "" for what a person asked wrongly."""
    kinds = ((NoSpool, "spool-missing"), (UnsafeFile, "spool-refused"), (BadFile, "spool-foreign"))
    return next((code for kind, code in kinds if isinstance(error, kind)), "")


def _answer(path: str | None, name: str | None) -> Asked:
    """All that touches the share."""
    spool = opening.open_spool(path)
    if not name:
        found = farm.of(spool)
        return words.farm_told(found), words.farm_page(found)
    views = spool_hosts.views(spool)
    exact = any(entry.job == name for entry in queue.entries(spool))
    if not exact and (of_host := host.of(spool, name, views) or host.of(spool, host_name(name), views)):
        return words.host_told(of_host), words.host_page(of_host)
    of = _job(spool, name, views)
    return words.job_told(of), words.job_page(of)


def _job(spool: Spool, name: str, views: list[spool_hosts.HostView]) -> of_job.Why:
    try:
        entry = options.find(spool, name)
    except (NotAdmitted, SentBack) as error:
        code = "not-admitted" if isinstance(error, NotAdmitted) else "sent-back"
        return of_job.Why(name, "inbox", [Found(code, {"text": error.message, "hint": error.hint})], [])
    except SeveralJobs:
        raise
    except NoJob:
        raise NoJob(f"No job and no computer is called {name!r}.", "See all with: render jobs   render hosts") from None
    try:
        found = view.detail(spool, entry)
    except (SpoolError, OSError) as error:
        return of_job.unreadable(entry.job, queue.WORDS[entry.state], error)
    waiting = claim.waiting_chunks(spool, found.view.job)
    if found.view.state != "open":
        return of_job.of(spool, found, waiting, views)
    return of_job.of(spool, found, waiting, views, ahead.of(spool, entry, found), disk.of_job(spool, found.view.job),
                     ahead.load(spool, found.view.job))
