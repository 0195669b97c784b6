"""render asset new: a .blend to begin with, and its sidecar."""

from functools import partial
from pathlib import Path

import click

from assetfs import blender_output, making
from assetfs.making import Plan
from assetfs.names import sidecar_of, stem
from render_cli import ink, options
from render_cli.assets import film as films
from render_cli.words import plain


@click.command()
@click.argument("type_ident", metavar="TYPE")
@click.argument("name", metavar="NAME")
@click.option("--description", metavar="TEXT", default="", help="What it is, in a few words.")
@click.option("--owner", metavar="IDENT", help="Who shall work on it. Else nobody yet: render asset set ... owner=ana")
@click.option("--file", metavar="PATH", help="The path in the project, if it is not to be as the type says.")
@click.option("--adopt", is_flag=True, help="The .blend is there already; give it its sidecar.")
@films.blender
@options.dry_run
@films.of_person
@films.of_project
def new(type_ident: str, name: str, description: str, owner: str | None, file: str | None, adopt: bool, blender: str,
        dry_run: bool, person: str | None, project_dir: str | None) -> None:
    """Make an asset from the template of its type.

    TYPE is one of project.yaml, which says where its files lie. NAME may have folders in front, and spaces; the file
    gets _ for them. The template is copied, and Blender writes into the copy where its pictures go and, for the word
    ASSET, the name; then the sidecar is written. Nothing is overwritten: a name that is taken is refused.

    \b
    Examples:
      render asset new shot s010
      render asset new prop "forest/Old tree" --owner ana
      render asset new shot s020 --adopt
      render asset new char Onion --blender /opt/blender-4.2/blender

    \b
    Exit status:
      0 made, 1 the name is taken, or there is no such type, 2 no such person, or no name for a file,
      69 no Blender here, or one too old for the template
    """
    film = films.opened(project_dir)
    plan = making.plan(film.project, type_ident, name, films.me(film, person),
                       films.person(film, owner) if owner else None, description, file, adopt)
    if not dry_run:
        making.make(plan, partial(_rewrite, plan, blender))
    _tell(plan, adopt, dry_run)


def _rewrite(plan: Plan, blender: str, aside: Path, output: str) -> None:
    blender_output.rewrite(aside, output, name=stem(plan.path), source=plan.template, blender=blender)


def _tell(plan: Plan, adopt: bool, dry_run: bool) -> None:
    made = plain(plan.path if plan.template else sidecar_of(plan.path))
    pictures = f"   (pictures: {plain(plan.output)})" if plan.template and plan.output else ""
    click.echo(f"{'Would make' if dry_run else 'Made'} {made}{pictures}")
    if adopt:
        ink.note("The .blend stays as it is, and so does the place of its pictures.")
    elif not plan.template:
        ink.note(f"The type {plan.mapping['type']} has no template: save a file as {plain(plan.path)} with Blender.")
    elif not dry_run:
        click.echo(f"Next: blender {plan.blend}", err=True)
