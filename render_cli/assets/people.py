"""render people import, list: who makes the films."""

from pathlib import Path

import click

from assetfs import people, project
from assetfs.errors import BadProject, NoProject
from assetfs.people import People
from render_cli import ink, options, printing, silence, table
from render_cli.assets.film import F
from render_cli.table import Column
from render_cli.words import listed as several
from render_cli.words import plain

LARGEST = 1_000_000     # bytes of a table of people


def _of_projects(command: F) -> F:
    text = "The folder that holds the projects. Else RENDERD_PROJECTS, or the one above this project."
    return click.option("--projects", metavar="DIR", envvar="RENDERD_PROJECTS", help=text)(command)


@click.command("import")
@click.argument("file", metavar="FILE.csv")
@options.dry_run
@_of_projects
def from_csv(file: str, dry_run: bool, projects: str | None) -> None:
    """Add people from a table.

    Each row is name, ident, and the projects that the person works in; RFAM's users.csv is such a table, and so is
    what a spreadsheet saves as CSV, with , or ; between. They get a line each in people.yaml; those who
    stand there already stay as they are. The ident is best the name that the person logs in with.

    \b
    Examples:
      render people import users.csv -n
      render people import users.csv --projects /mnt/films

    \b
    Exit status: 0 all rows are people now, 1 some rows cannot be read, and nobody was added
    """
    folder = _folder(projects)
    plan = people.import_csv(_text(file), _read(folder))
    for problem in plan.problems:
        ink.warn(f"{plain(file)}, {plain(problem)}")
    if plan.problems:
        raise BadProject(f"Of {plain(file)} nobody was added.", "Mend the rows, and try again.")
    if plan.there:
        ink.note(f"Left alone, for they are there already: {several([plain(ident) for ident in plan.there], 10)}")
    if plan.new and not dry_run:
        people.add(folder, plan.new)
    for person in plan.new:
        click.echo(f"{'Would add' if dry_run else 'Added'} {person.ident}: {plain(person.name)}")


@click.command("list")
@options.as_json
@_of_projects
def listed(as_json: bool, projects: str | None) -> None:
    """Show the people, and the projects they work in.

    Nothing is changed on the disk.

    \b
    Examples:
      render people list

    \b
    Exit status: 0 fine, 1 no folder of projects
    """
    found = _read(_folder(projects)).people.values()
    if as_json:
        printing.as_json([{"ident": p.ident, "name": p.name, "photo": p.photo, "language": p.language,
                           "projects": list(p.projects)} for p in found])
    elif found:
        rows = [[p.ident, plain(p.name), plain(p.language), plain(", ".join(p.projects))] for p in found]
        columns = [Column("IDENT"), Column("NAME", least=12), Column("LANGUAGE"), Column("PROJECTS", least=10)]
        click.echo("\n".join(table.lines(columns, rows, table.terminal_width())))
    else:
        click.echo("Nobody yet. Add people: render people import users.csv", err=True)


def _text(file: str) -> str:
    with open(file, "rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadProject(f"{plain(file)} is larger than {LARGEST} bytes.", "Import it in several parts.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadProject(f"{plain(file)} is not UTF-8.", "Save the table as CSV in UTF-8.") from None


def _folder(said: str | None) -> Path:
    folder = Path(said) if said else project.find(Path(".")).parent
    silence.name(str(folder.absolute()))
    if not folder.is_dir():
        raise NoProject(f"There is no folder {plain(str(folder))} for projects.", "Is the share mounted?")
    return folder


def _read(folder: Path) -> People:
    found = people.read(folder)
    for problem in found.problems:
        ink.warn(plain(problem))
    return found
