"""render doctor: is this share fit for a farm?"""

import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click

from render_cli import doctor_child, doctor_packages, ink, options, place, printing, table
from render_cli.doctor_child import NoAnswer, Say
from render_cli.words import plain
from spool import atomic, beats, hosts
from spool.errors import SpoolError
from spool.fitness import examination
from spool.fitness.finding import WRONG, Finding, from_json, worst
from spool.fitness.troubles import trouble
from spool.layout import Incarnation
from spool.opening import open_spool

PATIENCE = 20.0     # seconds without a word after which the share does not answer
_SIGNS = {"ok": "done", "warning": "broken", "wrong": "failed", "untested": "cancelled"}
_COLOURS = {"ok": "done", "warning": "held", "wrong": "failed"}
_LINE, _STATE = 14, 12      # columns


@click.command()
@click.option("--with", "other", metavar="HOST", help="Test together with the renderd of another computer.")
@options.as_json
@options.spool
def doctor(other: str | None, as_json: bool, spool_path: str | None) -> int:
    """Test whether the share is fit for a farm, and say what to mend.

    Makes files in a folder of its own in the spool, races for them, and removes them; a farm that renders is not
    disturbed. Takes some seconds. Alone it tests what this computer sees; whether locks and renames hold between
    computers, and how late one sees what another made, is only seen together with a second one. A share that does
    not answer is given up after 20 s. What was found last is kept for `render hosts`.

    \b
    Examples:
      render doctor
      render doctor --with ws07      ws07 must run renderd on the same spool

    \b
    Exit status: 0 all is well, or there are only warnings; 1 something is wrong
    """
    width = max(_LINE, len(f"rename {other or ''}") + 2)
    run = _Run(place.named(spool_path), beats.new_incarnation(place.host()), other, quiet=as_json)
    try:
        with closing(run.findings()) as findings:       # ends the child before we clean up behind it
            for found in findings:
                run.found.append(found)
                if not as_json:
                    click.echo("\n".join(lines(found, width)))
    finally:
        run.tidy()
    if as_json:
        printing.as_json(run.as_json())
    else:
        ink.note(_summary(run))
    return int(worst(run.found) == WRONG)


@dataclass
class _Run:
    """One examination. This process never touches the share: its children do."""

    path: str | None
    me: Incarnation
    other: str | None
    quiet: bool
    found: list[Finding] = field(default_factory=list)
    answered: bool = True

    def findings(self) -> Generator[Finding, None, None]:
        yield from doctor_packages.check()
        doing = "spool"
        try:
            for said in doctor_child.heard(self._examine, PATIENCE):
                if "doing" in said:
                    doing = said["doing"]
                    self._show(doing)
                else:
                    self._show("")
                    yield from_json(said)
        except NoAnswer:
            self._show("")
            self.answered = False
            yield trouble("no-reply", seconds=f"{PATIENCE:.0f}", doing=doing)

    def _examine(self, say: Say) -> None:
        for found in examination.findings(self.path, self.me, self.other, lambda line: say({"doing": line})):
            say(found.as_json())

    def tidy(self) -> None:
        """Our folder is gone, and what was found is kept, if the share answers."""
        if not self.answered:
            return
        try:
            for _ in doctor_child.heard(self._tidy, PATIENCE):
                pass
        except NoAnswer:
            ink.warn("The share did not answer, so files of the test stay in it.", "Later: render clean")

    def _tidy(self, say: Say) -> None:
        try:
            spool = open_spool(self.path)
            atomic.remove_tree(spool.doctor(self.me))
            if any(view.name == self.me.host for view in hosts.views(spool)):
                hosts.write(spool, self.me.host, "doctor", self.as_json())
        except (OSError, SpoolError):
            return                      # it is full, read-only, no spool: the findings say so

    def as_json(self) -> dict[str, Any]:
        return {"spool": self.path, "host": self.me.host, "with": self.other, "state": worst(self.found),
                "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "checks": [one.as_json() for one in self.found]}

    def _show(self, doing: str) -> None:
        """What is tested now, in a line that the next one overwrites."""
        if sys.stderr.isatty() and not self.quiet:
            click.echo(f"\r\x1b[K{f'testing: {plain(doing)}' if doing else ''}", nl=False, err=True)


def lines(found: Finding, width: int) -> list[str]:
    """A finding in columns, its cure below it. The first column takes `width`."""
    name = f"{found.line} {found.host}".strip()
    head = f"{plain(name):{width}}"
    state = f"{ink.sign(_SIGNS[found.state])} {found.state}"
    indent = " " * (width + _STATE)
    text, *rest = table.wrapped(plain(found.text), indent).splitlines()
    cure = table.wrapped(f"-> {plain(found.cure)}", indent).splitlines() if found.cure else []
    return [head + ink.paint(state, _COLOURS.get(found.state, "")) + " " * (_STATE - len(state)) + text.strip(),
            *rest, *cure]


def _summary(run: _Run) -> str:
    counts = {state: sum(one.state == state for one in run.found) for state in ("wrong", "warning")}
    if counts["wrong"]:
        return "This share is not fit for a farm until what is wrong is mended."
    if run.other or not run.answered:
        return "This share is fit for a farm."
    return "Fit, as far as one computer can tell. With a second one: render doctor --with HOST"
