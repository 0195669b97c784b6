"""The groups `render project`, `render people`, `render asset` and `render asset credit`."""

import click

from render_cli.commands import Commands

PROJECT = {"Commands": {"new": "assets.project:new", "check": "assets.project:check",
                        "import": "assets.project:from_rfam"}}
PEOPLE = {"Commands": {"import": "assets.people:from_csv", "list": "assets.people:listed"}}
ASSET = {
    "Every day": {"todo": "assets.todo", "list": "assets.listing:listed", "show": "assets.show", "new": "assets.new",
                  "set": "assets.setting:setting", "clone": "assets.clone"},
    "Keep and bring back": {"checkpoint": "assets.keep", "checkpoints": "assets.keep", "restore": "assets.keep",
                            "remove": "assets.trash", "removed": "assets.trash", "unremove": "assets.trash"},
    "The whole film": {"check": "assets.check", "credit": "assets.groups", "render": "assets.automatic:render_due",
                       "times": "assets.times"},
}
CREDIT = {"Commands": {"add": "assets.credit:add", "list": "assets.credit:listed", "show": "assets.credit:show"}}


@click.group(cls=Commands, sections=PROJECT)
def project() -> None:
    """Make a film's folder, and check its settings.

    A project is a folder with a project.yaml: kinds of assets, the steps they go through, priorities, credits. The
    folder above it holds all projects, and people.yaml, which they share.

    \b
    Examples:
      render project new /mnt/films/onion --config cycles --title "The Onion"
      render project check

    \b
    Exit status: 0 fine, 1 it failed or something is wrong, 2 the command line cannot be meant
    """


@click.group(cls=Commands, sections=PEOPLE)
def people() -> None:
    """Add the people who make the films.

    They stand in people.yaml, in the folder that holds the projects: who they are, which language they read, and in
    which projects they work. Add a photo as people/IDENT.jpg.

    \b
    Examples:
      render people import users.csv
      render people list

    \b
    Exit status: 0 fine, 1 it failed, 2 the command line cannot be meant
    """


@click.group(cls=Commands, sections=ASSET, of_blend="show")
def asset() -> None:
    """Make, find and change the assets of a film.

    An asset is a .blend in a project, and the sidecar beside it, NAME.blend.json: what it is, whose, how far, what it
    uses. ASSET is its path in the project or from here, its name, or a part of the path that only one has. The project
    is the one that this folder is in, or that of --project DIR. You are who --person or RENDERD_PERSON names, or
    the person of people.yaml who is called as you log in.

    \b
    Examples:
      render asset new shot s010
      render asset set s010 state=animated owner=ana
      render asset todo

    \b
    Exit status: 0 fine, 1 it failed, 2 the command line cannot be meant
    """


@click.group(cls=Commands, sections=CREDIT)
def credit() -> None:
    """Say who made the film, and what others made for it.

    Roles and works of others stand in project.yaml, in the order of the credits.

    \b
    Examples:
      render asset credit add Director --person ana
      render asset credit show

    \b
    Exit status: 0 fine, 1 it failed, 2 the command line cannot be meant
    """
