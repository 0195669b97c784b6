"""render add: send scenes, or any program, to the farm."""

import os
from collections.abc import Sequence
from typing import Any

import click

from render_cli import naming, options, picture_format, place, printing, projects, sending, wanted
from render_cli.errors import Usage
from render_cli.wanted import Asked, Wanted
from render_cli.words import chunks, count, plain, short
from spool import chunk_size, command, farm_mail, frames, opening, queue, recipes
from spool.job import as_sent
from spool.submit import Submitted


class WithProgram(click.Command):
    """Keeps what stands behind `--` apart: those are the arguments of another program."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        ctx.meta["program"] = tuple(args[at + 1:])
        if at == len(args) - 1:
            raise click.UsageError("No program stands behind --.", ctx)
        return super().parse_args(ctx, args[:at])


@click.command(cls=WithProgram, options_metavar="[OPTIONS]")
@click.argument("files", metavar="[FILE]... [-- PROGRAM [ARG]...]", nargs=-1)
@click.option("--scene", "scenes", metavar="NAME", multiple=True, help="This scene; several times for several.")
@click.option("--all-scenes", is_flag=True, help="Every scene of the file.")
@click.option("--frames", metavar="LIST", default="",
              help="1-100   1-100x2 (every second)   1-10,15,20-30. Else the file's.")
@click.option("--chunk", metavar="N|auto", type=options.number_or_auto, default=10, show_default=True,
              help="How many frames a computer takes at a time. auto: as many as last about 5 minutes there.")
@click.option("--priority", metavar="N", type=click.IntRange(0, 100), default=50, show_default=True,
              help="0 to 100; higher renders first.")
@click.option("--output", metavar="PATTERN", default="",
              help="Where the pictures go: //render/#### or DIR/. // is next to the .blend. Else the file's.")
@click.option("--format", "format", metavar="FORMAT", default="", help="PNG, JPEG, OPEN_EXR ... Else the file's.")
@click.option("--name", metavar="NAME", default="", help="What the job is called. Else as the file.")
@click.option("--order", type=click.Choice(frames.ORDERS), default="probe", show_default=True,
              help="probe: first, last, middle, of many more some between, then on; near dear frames first. "
                   "bisect: ever finer. linear: one after the other.")
@click.option("--group", "groups", metavar="NAME,...", type=options.names, default="",
              help="Only computers in one of these groups: night,gpu.")
@click.option("--needs", metavar="NEED,...", type=options.needs, default="",
              help="Only computers that have all this: memory=8G,cores=8,blender>=3.6,gpu,tag:NAME.")
@click.option("--max-hosts", metavar="N", type=click.IntRange(1), help="On at most so many computers at a time.")
@click.option("--project", metavar="NAME", default="", help="The film that it is of. Else the project that FILE is in.")
@click.option("--recipe", metavar="NAME", default="",
              help="What its chunks go through: checked, movie, svn ... See: render recipes")
@click.option("--set", "options", metavar="KEY=VALUE", multiple=True,
              help="An option of the recipe; several times for several.")
@click.option("--force", "anew", is_flag=True,
              help="Render also frames that are there already, made from the very same input.")
@click.option("--hold", is_flag=True, help="Do not start yet; later: render release JOB.")
@click.option("--allow-missing", is_flag=True, help="Render although textures or libraries are missing.")
@click.option("--mail", "mail", metavar="ADDRESS", default="", help="Who is told how it ended. Else as farm.yaml says.")
@click.option("--no-mail", is_flag=True, help="Nobody gets a mail.")
@options.dry_run
@options.as_json
@options.spool
def add(files: tuple[str, ...], priority: int, hold: bool, anew: bool, dry_run: bool, as_json: bool,
        spool_path: str | None, **said: Any) -> None:
    """Send scenes, or any program, to the farm.

    Every FILE becomes a job, and its frames are cut into chunks. Scene, frames, size, format and output come from
    the .blend itself, without starting Blender. By default the scene is rendered that was on screen when the file
    was saved. A job is written into the spool at once or not at all; the folder for the pictures is made if it is
    missing next to the .blend. The .blend is not copied: every computer must see it at the same path. In a farm
    whose members can only add jobs, the job is put into its inbox, and admitted by the next computer that looks.

    With --chunk auto the first frames are sent alone (three; 17 with --order bisect, none with linear); each
    computer then takes as many as last about `chunk_seconds` (farm.yaml of the spool, 300) by what its last ones
    took, but 100 at most.

    What lies under a named path (projects::shots/010.blend) is sent by that name, so that computers render it that
    have the folder at another place. FILE, --output and arguments may be given so.

    Behind -- any other program can be sent. In its arguments {first}, {last}, {frames} and {output} are filled in
    for each chunk; no shell reads them.

    \b
    Examples:
      render add shot.blend
      render add shot.blend --frames 1-100x10 --output //test/
      render add film.blend --all-scenes --priority 80
      render add film.blend --group night --needs 'memory=16G,blender>=3.6'
      render add shot.blend --recipe checked --set BLACK=0.002
      render add --frames 1-100 --output out/f_####.png -- python3 draw.py {first} {last} {output}

    \b
    Exit status:
      0 sent, 1 unreadable file or spool, 2 options that cannot be meant, 65 no such scene, or it has no camera,
      73 the pictures' folder is missing or not writable
    """
    spool = place.reading(spool_path)
    by_inbox = not dry_run and opening.sends_by_inbox(spool)
    program: tuple[str, ...] = click.get_current_context().meta["program"]
    _check(files, program, said)
    said["format"] = picture_format.asked_for(said["format"]) if said["format"] else ""
    if said["chunk"] == options.AUTO:
        said |= {"chunk": chunk_size.BOUND, "chunk_seconds": spool.chunk_seconds}
    if said.pop("no_mail"):
        said["mail"] = "no"
    said |= {"output": naming.here(said["output"], spool.rules), "rules": spool.rules}
    found = _wanted([naming.here(path, spool.rules) for path in files], program,
                    Asked(spool.tries, os.getcwd(), **said))
    found = [one._replace(more=projects.more(spool, one.job.project, one.job.blend)) for one in found]
    planned = sending.ready(spool, found, priority=priority, hold=hold, dry_run=dry_run, anew=anew)
    if not dry_run:
        for one_plan in planned:
            sending.send(spool, one_plan, by_inbox)
    from render_cli import takers  # nothing of it is needed to send: a computer may render already

    takers.warn_if_none(spool, planned)
    _tell(planned, dry_run, as_json, hold, by_inbox)


def _check(files: Sequence[str], program: Sequence[str], said: dict[str, Any]) -> None:
    if bool(files) == bool(program):
        raise Usage("Give .blend files, or a program behind --; not both." if files else "Nothing to send was named.",
                    "render add shot.blend   or   render add --frames 1-100 -- PROGRAM {first} {last}")
    if said["scenes"] and said["all_scenes"]:
        raise Usage("--scene and --all-scenes exclude each other.", "Take one of them.")
    if program and (said["scenes"] or said["all_scenes"] or said["format"]):
        raise Usage("--scene, --all-scenes and --format are for .blend files.", "Leave them out for a program.")
    if said["mail"] and (said["no_mail"] or not farm_mail.is_address(said["mail"])):
        raise Usage(f"--mail {plain(said['mail'])} is no address." if not said["no_mail"] else
                    "--mail and --no-mail exclude each other.", "For example: --mail mia@film.example")
    _check_recipe(program, said["recipe"], said["options"], said["chunk"])
    if program and said["chunk"] == options.AUTO and not command.names_frames(program):
        raise Usage("--chunk auto is for programs that are told their frames.",
                    "Put {first} and {last}, or {frames}, into the arguments; or say how many: --chunk 10")


def _check_recipe(program: Sequence[str], recipe: str, said: Sequence[str], chunk: int | str) -> None:
    if recipe and not recipes.is_name(recipe):
        raise Usage(f"--recipe {recipe} is no name of a recipe.", "The names are short: render recipes")
    if recipe == ("blender" if program else "command"):
        raise Usage(f"--recipe {recipe} is for {'.blend files' if program else 'programs behind --'}.", "Leave it out.")
    try:
        recipes.options(said)
    except ValueError as error:
        raise Usage(f"--set: {error}.", "For example: --set BLACK=0.01") from None
    if recipe in recipes.ONE_FILE and chunk == options.AUTO:
        raise Usage("--chunk auto is for pictures; a film is made by one computer.", "Leave it out.")
    if said and not recipe:
        raise Usage("--set is for recipes, and no --recipe was named.", "See: render recipes")


def _wanted(files: Sequence[str], program: Sequence[str], asked: Asked) -> list[Wanted]:
    if program:
        return [wanted.of_program(program, asked)]
    found: list[Wanted] = []
    for path in files:
        blend, jobs = wanted.of_blend(path, asked)
        found += jobs
        sending.warn_missing(blend, asked.allow_missing)
    return found


def _tell(planned: Sequence[Submitted], dry_run: bool, as_json: bool, hold: bool, by_inbox: bool) -> None:
    if as_json:
        waits = {"state": "inbox"} if by_inbox else {}
        printing.as_json({"jobs": [_facts(plan) | waits for plan in planned], "dry_run": dry_run})
        return
    for plan in planned:
        click.echo(_line(plan))
    name = short(planned[0].job.job)
    if dry_run:
        click.echo("Nothing was written: this was a dry run.", err=True)
    elif by_inbox:
        click.echo("It lies in the inbox; a computer of the farm admits it in a moment.\n"
                   f"Next: render jobs   or   render wait {name}", err=True)
    elif hold:
        click.echo(f"On hold. To start: render release {name}", err=True)
    else:
        click.echo(f"Next: render jobs   or   render wait {name}", err=True)


def _line(plan: Submitted) -> str:
    job = plan.job
    scene = f"  scene {plain(job.scene)}" if job.scene else ""
    where = f"  -> {plain(job.output)}" if job.output else ""
    return f"{job.job}{scene}  {_amount(plan)}{where}"


def _amount(plan: Submitted) -> str:
    number = sum(map(len, plan.chunks))
    return f"frames {plan.job.frames} ({count(number, 'frame')} in {chunks(plan.job)})"


def _facts(plan: Submitted) -> dict[str, Any]:
    job, named = plan.job, as_sent(plan.job)
    return {"job": job.job, "name": job.name, "scene": job.scene, "frames": sum(map(len, plan.chunks)),
            "frame_list": job.frames, "chunks": len(plan.chunks), "output": job.output, "blend": job.blend,
            "blend_named": named.blend, "output_named": named.output, "paths": list(job.paths),
            "groups": list(job.groups), "needs": list(job.needs), "max_hosts": job.max_hosts, "project": job.project,
            "priority": plan.entry.priority, "state": queue.WORDS[plan.entry.state]}
