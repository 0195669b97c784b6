"""render asset credit add, list, show: the credits of the film."""

import dataclasses

import click

from assetfs import credits as titles
from assetfs.project import External
from render_cli import ink, options, printing
from render_cli.assets import film as films
from render_cli.errors import Usage
from render_cli.words import plain


@click.command()
@click.argument("what", metavar="ROLE|WORK")
@click.option("--person", "ident", metavar="IDENT", help="Who has this role: a person of people.yaml.")
@click.option("--name", metavar="NAME", help="Who has this role: somebody else.")
@click.option("--external", is_flag=True, help="It is a work of others that the film uses.")
@click.option("--origin", metavar="ADDRESS", default="", help="Where the work is from.")
@click.option("--author", metavar="NAME", default="", help="Who made the work.")
@click.option("--licence", metavar="LICENCE", default="", help="The licence of the work: CC0-1.0, CC-BY-4.0 ...")
@options.dry_run
@films.of_project
def add(what: str, ident: str | None, name: str | None, external: bool, origin: str, author: str, licence: str,
        dry_run: bool, project_dir: str | None) -> None:
    """Add a line to the credits: a role, or a work of others.

    It comes behind those of its kind in project.yaml, whose other lines and remarks stay as they are. A file that a
    program cannot add to is left alone, with the line to write by hand.

    \b
    Examples:
      render asset credit add Director --person ana
      render asset credit add "Voice of the onion" --name "A. Guest"
      render asset credit add "Oak texture" --external --origin https://example.org/oak --licence CC0-1.0

    \b
    Exit status: 0 added, 1 the file cannot be added to, 2 no such person, or options that do not fit
    """
    film = films.opened(project_dir)
    if external == bool(ident or name) or (not external and ((ident and name) or origin or author or licence)):
        raise Usage("This is neither a role nor a work of others.",
                    "A role: ROLE --person IDENT or --name NAME. A work: WORK --external --origin ... --licence ...")
    whose = films.person(film, ident) if ident else name
    if not dry_run and external:
        titles.add_external(film.folder, External(what, origin, author, licence))
    elif not dry_run:
        titles.add_role(film.folder, what, ident, name)
    click.echo(f"{'Would add' if dry_run else 'Added'} {plain(what)}{'' if external else f': {plain(whose)}'}")
    if external and not (licence and origin):
        ink.warn(f"{plain(what)} has no {'licence' if not licence else 'origin'}.", "Write it into project.yaml.")


@click.command("list")
@options.as_json
@films.of_project
def listed(as_json: bool, project_dir: str | None) -> None:
    """Show what the credits have, and what they lack.

    A licence or an origin that is missing is named on stderr. Nothing is changed on the disk.

    \b
    Examples:
      render asset credit list
      render asset credit list --json | jq .missing

    \b
    Exit status: 0 nothing is missing, 1 something is, or no project
    """
    film = films.opened(project_dir)
    made, missing = titles.sections(film.project, film.people), titles.missing(film.project, film.people)
    if as_json:
        printing.as_json({"title": made.title, "licence": made.licence,
                          "roles": [{"role": role, "names": list(names)} for role, names in made.roles],
                          "others": list(made.others),
                          "external": [dataclasses.asdict(work) for work in made.external], "missing": missing})
    else:
        for role, names in made.roles:
            click.echo(f"{plain(role)}: {', '.join(map(plain, names))}")
        for work in made.external:
            facts = filter(None, (work.author, work.licence or "no licence", work.origin or "no origin"))
            click.echo(f"{plain(work.what)}: {plain(', '.join(facts))}")
        for text in missing:
            ink.warn(plain(text))
    click.get_current_context().exit(1 if missing else 0)


@click.command()
@click.option("--html", "form", flag_value="html", help="As a piece of a web page.")
@click.option("--blend", "form", flag_value="blend", help="For a text object in Blender: no line is too long.")
@click.option("--width", metavar="N", type=click.IntRange(10, 500), default=44, show_default=True,
              help="Characters of a line, with --blend.")
@films.of_project
def show(form: str | None, width: int, project_dir: str | None) -> None:
    """Print the credits, as text, HTML or for Blender.

    Roles in their order, people of the project without a role, works of others, the licence. Nothing is changed on
    the disk. What is missing is said by: render asset credit list

    \b
    Examples:
      render asset credit show
      render asset credit show --html > credits.html
      render asset credit show --blend --width 30 > credits.txt

    \b
    Exit status: 0 fine, 1 no project
    """
    film = films.opened(project_dir)
    made = titles.sections(film.project, film.people)
    text = titles.as_html(made) if form == "html" else titles.as_blend_text(made, width) if form == "blend" else \
        titles.as_text(made)
    click.echo(text, nl=False)
