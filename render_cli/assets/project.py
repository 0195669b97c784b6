"""render project new, check, import: the folder of a film, and its settings."""

from pathlib import Path

import click

from assetfs import rfam, shipped
from assetfs.names import TEMPLATES
from assetfs.project import FILE, Project
from render_cli import options, printing
from render_cli.assets import film as films
from render_cli.words import count, plain


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--config", "configuration", metavar="NAME", required=True,
              help="cycles, eevee, or a folder of your own with a project.yaml and templates/: a path with a /.")
@click.option("--title", metavar="TEXT", help="What the film is called. Else as the folder.")
@options.dry_run
def new(folder: str, configuration: str, title: str | None, dry_run: bool) -> None:
    """Make the folder of a new film.

    DIR is in the folder that holds all projects. It gets the project.yaml and the templates of the configuration, and
    folders for assets and pictures. What is in DIR already stays; nothing is overwritten. Then change project.yaml
    with a text editor.

    \b
    Examples:
      render project new /mnt/films/onion --config cycles --title "The Onion"
      render project new /mnt/films/onion --config /mnt/films/ours/

    \b
    Exit status: 0 made, 1 it is a project already, or no such configuration, 2 no name for a project
    """
    plan = shipped.plan(Path(folder), configuration, title or Path(folder).absolute().name)
    if dry_run:
        click.echo(f"Would make the project {plan.folder} with {count(len(plan.copies), 'template')}")
        return
    shipped.make(plan)
    click.echo(f"Made the project {plan.folder}")
    click.echo(f"""
Next:
  cd {plan.folder}
  render people import USERS.csv      who works on it: name, ident, project
  render asset new shot s010          the first shot""", err=True)


@click.command()
@options.as_json
@films.of_project
def check(as_json: bool, project_dir: str | None) -> None:
    """Find mistakes in project.yaml and people.yaml, with their lines.

    Nothing is changed on the disk. The assets are checked by: render asset check

    \b
    Examples:
      render project check

    \b
    Exit status: 0 no mistakes, 1 some, or no project
    """
    film = films.found(project_dir)
    told = [*film.project.problems, *_templates(film.project), *film.people.problems]
    if as_json:
        printing.as_json([{"text": text} for text in told])
    for text in told if not as_json else ():
        click.echo(plain(text))
    click.get_current_context().exit(1 if told else 0)


def _templates(project: Project) -> list[str]:
    return [f"{project.folder / FILE}: the type {kind.ident} names the template {kind.template}, which is not in "
            f"{project.folder / TEMPLATES}; put it there, or correct its name."
            for kind in project.types.values()
            if kind.template and not (project.folder / TEMPLATES / kind.template).is_file()]


@click.command("import")
@click.argument("file", metavar="PROJECT_JSON")
def from_rfam(file: str) -> None:
    """Print RFAM's project.json as lines for a project.yaml.

    Title, description, licence, roles and works of others. Nothing is changed on the disk: put the lines into the
    project.yaml instead of those with the same keys. RFAM's sidecars are read as they are.

    \b
    Examples:
      render project import old/project.json

    \b
    Exit status: 0 fine, 1 it cannot be read, or is no project.json of RFAM
    """
    with open(file, "rb") as opened:
        click.echo(rfam.project_lines(opened.read(rfam.LARGEST + 1)), nl=False)
