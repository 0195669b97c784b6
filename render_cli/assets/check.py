"""render asset check: everything that is wrong with the film's files."""

import click

from assetfs import check as checking
from assetfs.project import FILE
from render_cli import options, printing
from render_cli.assets import film as films
from render_cli.words import count, plain


@click.command()
@options.as_json
@films.of_project
def check(as_json: bool, project_dir: str | None) -> None:
    """Find everything that is wrong with the film's files.

    Every sidecar is read, every dependency looked up, every person, type and state. Named are also .blend files
    without a sidecar, links, assets that depend on themselves, and mistakes in project.yaml and people.yaml. Nothing
    is repaired: each line says what to do.

    \b
    Examples:
      render asset check
      render asset check --json | jq -r .[].path

    \b
    Exit status: 0 all is well, 1 something is wrong, or no project
    """
    film = films.found(project_dir)
    told = [{"path": FILE, "text": text} for text in film.project.problems]
    told += [{"path": "", "text": text} for text in film.people.problems]
    lines = [one["text"] for one in told]
    for problem in checking.check(film.project, film.people, film.tree):
        told.append({"path": problem.path, "text": problem.text})
        lines.append(str(problem))
    if as_json:
        printing.as_json(told)
    else:
        for line in lines:
            click.echo(plain(line))
        if lines:
            click.echo(f"{count(len(lines), 'thing')} to mend, in {count(len(film.tree.assets), 'asset')}.", err=True)
    click.get_current_context().exit(1 if told else 0)
