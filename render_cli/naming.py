"""Named paths on a command line: what people write becomes a place here, and what is sent becomes a name."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from render_cli import place
from render_cli.errors import Usage
from spool import chunk, command, opening, paths, trusted
from spool import job as jobs
from spool.chunk import Info
from spool.errors import SpoolError
from spool.job import Job
from spool.rules import Rules


def here(text: str, rules: Rules) -> str:
    """The path on this computer of what somebody wrote, also on Windows; a name that is none is refused."""
    text, folders = paths.from_windows(text, rules.windows), rules.paths
    name = paths.name_of(text)
    if not name or name in folders or os.path.lexists(text):
        return paths.local(text, folders)
    raise Usage(f"{name}:: is the name of no path here.", _cure(name, folders))


def _cure(name: str, folders: Mapping[str, str]) -> str:
    known = f"There are: {', '.join(sorted(folders))}. " if folders else ""
    return (f"{known}To make it known: paths: {{{name}: /mnt/{name}}} in farm.yaml of the spool, or in "
            "/etc/renderd/renderd.yaml for this computer alone.")


def named(job: Job, folders: Mapping[str, str]) -> Job:
    """The job with names for all that lies under a named path; in memory it has the places of this computer."""
    if not folders:
        return job
    real = {name: os.path.realpath(folder) for name, folder in folders.items()}

    def sent_as(text: str, said: Callable[[str], str] = str) -> str:
        """By the folder as it is called, or, since a .blend goes by its real path, as it is really called."""
        tried = (paths.named(text, {name: said(place) for name, place in each.items()}) for each in (folders, real))
        return next((found for found in tried if found != text), text)

    scene = command.verbatim(job.scene) if job.scene else None
    rest = (part if part == scene else sent_as(part, command.verbatim) for part in job.template[1:])
    sent = replace(job, template=(job.template[0], *rest), blend=sent_as(job.blend), cwd=sent_as(job.cwd),
                   output=sent_as(job.output))
    used = paths.names_in([sent.blend, sent.cwd, sent.output, *(p for p in sent.template if p != scene)], folders)
    return jobs.localised(replace(sent, paths=used), folders) if used else job


def job_here(path: str) -> Job | None:
    """The job in whose folder this info file lies, with the places of this computer."""
    path = os.path.abspath(path)
    while (folder := os.path.dirname(path)) != path:
        with suppress(FileNotFoundError):
            said = trusted.read_json(path := f"{folder}/job.json", trusted.JOB_LIMIT)
            job = jobs.decode(path, said, os.path.basename(folder))
            return jobs.localised(job, _folders(os.path.dirname(os.path.dirname(folder)))) if job.paths else job
        path = folder
    return None


def _folders(root: str) -> Mapping[str, str]:
    """By the farm.yaml of the spool, if there is one, and by the settings of this computer."""
    with suppress(SpoolError, OSError):
        return place.at_home(opening.open_spool(root)).rules.paths
    return place.own_paths(os.environ)


def info_here(info: Info, path: str) -> Info:
    """The info file's command with the places of this computer. Of a copy outside of its job, all names that are
    known here are taken for names."""
    if not any(paths.name_of(text) for text in (*info.command, info.output)):
        return info
    if job := job_here(path):
        _refuse_unknown(job)
        return chunk.localised(info, job)
    own = place.own_paths(os.environ)
    return info._replace(command=tuple(paths.local(word, own) for word in info.command),
                         output=paths.local(info.output, own))


def _refuse_unknown(job: Job) -> None:
    known = job.written.folders if job.written else {}
    for name in job.paths:
        if name not in known:
            raise Usage(f"This job uses {name}::, and nobody says where that is on this computer.", _cure(name, known))
