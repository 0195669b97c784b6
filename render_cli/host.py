"""render host: pause computers, let them go on, end them, and what else one may ask of their daemons."""

import os

import click

from render_cli import ink, options, place, printing
from render_cli.words import near, plain
from spool import beats, commanding
from spool import hosts as spool_hosts
from spool.commanding import Asked
from spool.errors import NoHost
from spool.layout import Spool

WAIT = 15.0         # seconds; several polls of a daemon


@click.command()
@click.argument("what", metavar="WHAT", type=click.Choice(commanding.KINDS))
@click.argument("names", metavar="[HOST]...", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Every host that is on.")
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0), default=WAIT, show_default=True,
              help="How long to wait for answers.")
@options.dry_run
@options.as_json
@options.spool
def host(what: str, names: tuple[str, ...], everybody: bool, timeout: float, dry_run: bool, as_json: bool,
         spool_path: str | None) -> None:
    """Command the daemons of one, several or all hosts.

    What each answers is printed.

    \b
    WHAT is one of:
      pause    renders stand still at once; after pause_return (10 minutes) their frames go back to the queue
      resume   go on, also after `finish`, and where a host paused itself because it failed several jobs
      finish   render what was begun, then end
      return   renders end, their frames go back to the queue now, and the host is paused
      quit     end now; frames that are not done go back to the queue
      reload   read the settings again; what is wrong with them is told here
      status   say what it does

    On the disk each host gets a file in hosts/HOST/inbox, which its daemon removes when it reads it; a daemon on
    this computer is asked directly. What is not answered in time is taken back. A host obeys root, the user that
    its renderd runs as, the owner of the spool, and its `operators`.

    \b
    Examples:
      render host pause ws07
      render host finish ws07 ws08
      render host reload --all
      render host status --all --json

    \b
    Exit status: 0 all did it, 1 somebody refused or did not answer, 2 no host was named
    """
    spool = place.reading(spool_path)
    if bool(names) == everybody:
        text = "Name hosts, or say --all; not both." if names else "Which host? Name one, or say --all."
        raise click.UsageError(text)
    chosen = _living(spool) if everybody else _known(spool, names)
    if dry_run:
        click.echo("\n".join(f"Would ask {one}: {what}" for one in chosen))
        return
    said = []
    for one in commanding.ask(spool, chosen, what, timeout, os.environ):
        said.append(one)
        if not as_json:
            _say(one)
    if as_json:
        printing.as_json([one._asdict() for one in said])
    click.get_current_context().exit(0 if all(one.answered and one.ok for one in said) else 1)


def _living(spool: Spool) -> list[str]:
    found = sorted({beat.owner.host for beat in beats.living(spool)})
    if not found:
        raise NoHost("No computer is on.", "Start on each that shall render: renderd")
    return found


def _known(spool: Spool, names: tuple[str, ...]) -> list[str]:
    """Each once. A name that is none changes nothing."""
    known = [one.name for one in spool_hosts.views(spool)]
    for name in names:
        if name not in known:
            meant = near(name, known)
            raise NoHost(f"There is no host {plain(name)!r}.",
                         f"Did you mean {meant[0]}?" if meant else "See all with: render hosts")
    return list(dict.fromkeys(names))


def _say(one: Asked) -> None:
    line = f"{one.host}: {plain(one.text)}"
    if one.answered and one.ok:
        click.echo(line)
    else:
        ink.note(line)
