"""The keys of every --json, for docs/CLI.md. The tests compare them with what the commands print."""

from collections.abc import Mapping

_JOB = {
    "job": "its name in the spool",
    "name": "as people call it",
    "state": "open, held, done, failed or cancelled; `jobs` only: inbox (waits to be admitted) or sent back",
    "priority": "0 to 100, higher first",
    "owner": "the user who sent it",
    "frames": "how many frames it has",
    "done": "frames that are there",
    "failed": "frames that were given up",
    "running": "frames of the chunks that a computer has now",
    "blend": "path of the .blend, empty for other programs",
    "scene": "name of the scene, empty for other programs",
    "output": "pattern of the pictures, #### is the frame; empty if the farm does not see them",
    "created": "when it was sent, UTC, by the sender's clock",
    "hosts": "who renders it now",
    "warning": "a sentence if its frames may not fit together, else empty",
    "broken": "`jobs` only: why its files cannot be read, or why it was sent back, else empty",
}

_ASSET = {
    "path": "where it is in the project: shots/s010.blend",
    "name": "as people call it; this and all that only the sidecar says is null if that is broken",
    "type": "one of project.yaml",
    "state": "one of project.yaml",
    "description": "what it is",
    "owner": "ident of the person who works on it, or null",
    "support": "idents of those who help",
    "priority": "its own priority, or null",
    "effective_priority": "the same, raised by what waits for it",
    "rating": "0 to 5, or null",
    "render": "true if it is rendered on the farm, or null",
    "final": "true if it is part of what the audience sees, or null",
    "dependencies": "paths of what it uses",
    "size": "bytes of the .blend; null if there is none",
    "changed": "when the .blend was saved, UTC, by the file server's clock; null if there is none",
    "problem": "a sentence if the sidecar is broken, else empty",
}

KEYS: Mapping[str, Mapping[str, str]] = {
    "users": {
        "owner": "who sent the jobs",
        "jobs": "how many, but for those in the trash",
        "open": "of them, open ones; held, failed, done: the same",
        "held": "jobs on hold",
        "failed": "jobs that failed",
        "done": "jobs that are done",
        "chunks_running": "chunks that computers have now",
        "frames_running": "frames of these that are not done yet",
        "frames_waiting": "frames that nobody has begun, also of jobs on hold",
        "frames_done": "frames that are there",
        "frames_failed": "frames that were given up",
        "hours": "of rendering, of all frames that are there",
    },
    "add": {
        "jobs": "a list with an object for each job: job, name, scene, frames (how many), frame_list, chunks (how "
                "many; with --chunk auto to begin with), output, blend, priority, state; the rest as in `show`",
        "dry_run": "true if nothing was written",
    },
    "jobs": _JOB,
    "show": _JOB | {
        "chunks": "a list of {name, state, frames, host, tries, reason}; state is waiting, running, failed or done",
        "per_frame": "an object: frame to {seconds, peak_mb, host}; null where it is not known",
        "groups": "names of groups of computers; any of them may render it, all if there are none",
        "needs": "what a computer must have to render it: memory=8G ...",
        "max_hosts": "how many computers may render it at the same time, or null",
        "project": "the film that it is of, or empty",
        "paths": "the named paths that it uses",
        "blend_named": "as blend, with named paths: projects::shots/010.blend",
        "output_named": "the same of output",
        "frame_list": "the frames, as --frames reads them",
        "command": "the arguments, with {first}, {last} ... not filled in yet",
        "format": "picture format",
        "width": "pixels of a picture; null if not known",
        "height": "the same",
        "fps": "frames per second of the scene, or null",
        "blender": "[major, minor] of the Blender that saved the file",
        "order": "probe, bisect or linear",
        "chunk": "frames in a chunk; with chunk_seconds the most",
        "recipe": "what its chunks go through; blender and command have no stages",
        "options": "a list of KEY=VALUE for the recipe",
        "chunk_seconds": "how long a chunk shall last (--chunk auto), or null",
    },
    "stats": {
        "by": "job, file, owner, host or day",
        "first": "when the first frame of these numbers was done, UTC, by its host's clock; empty if none",
        "last": "the same of the last",
        "oldest": "the oldest line of all journals that are there; what was cleaned away before is not counted",
        "hosts": "who rendered",
        "total": "the sum of all: as a row",
        "rows": "a list of {key, jobs, frames, seconds, hours, cpu_hours, seconds_a_frame, peak_mb, failures, kwh, "
                "kwh_frames}; kwh is null where no computer could measure, kwh_frames how many frames it is of",
        "slowest": "a list of {seconds, frame, job, host, blend, wall, cpu, peak_mb, advice}",
    },
    "hosts": {
        "host": "its name in the farm",
        "state": "as it says itself: idle, rendering, paused ...; dead or silent if it is not heard of",
        "slots": "renders that it does at a time",
        "frames_now": "a list of {job, frame}",
        "memory_mb": "memory that it has",
        "swap_used_mb": "swap that is used; null if not known",
        "blender": "versions of its Blenders",
        "seen_s": "seconds since its last heartbeat, by the file server's clock; null if it has none",
        "cores": "processor cores",
        "memory_free_mb": "memory that is free; null if not known",
        "groups": "the groups that it is in",
        "tags": "what its settings say that it has",
        "gpus": "graphics cards whose driver is there",
        "paths": "an object: each named path that it knows, and whether its folder is there",
        "programs": "the programs that it runs",
        "share": "what `render doctor` found there last: ok, warning or wrong; empty if it did not run",
        "obstacles": "a list of {code, text, cure}: why it takes nothing at all though it lives",
    },
    "recipes": {
        "recipe": "its name, for render add --recipe",
        "about": "the first line of its README.md",
        "stages": "names of its programs, in the order in which they run",
        "hosts": "the computers that run it",
        "refused": "an object: a computer that has it and does not run it, to why",
    },
    "why": {
        "job": "the name of the job; null if none was asked for",
        "host": "the name of the computer; the same",
        "state": "of the job: open, held, done, failed, cancelled or inbox; of the computer as in `render hosts`; of "
                 "the farm null; unknown if the spool cannot be used",
        "reasons": "a list of {code, text, cure}, the most telling first (docs/WHY-NOTHING-RENDERS.md; codes of frames "
                   "that failed: docs/FAILURES.md)",
        "hosts": "a list of {host, state, alive, may, code, text, cure, now, age_s}: what each says; may: it takes "
                 "chunks of the job when it is free, null without JOB; now: what it renders; age_s: how old its own "
                 "words are, counted in its heartbeats, or null",
        "jobs": "without JOB a list of {job, priority, may, waiting, running, code, text, cure}; may: the computer "
                "takes chunks of it; waiting and running are frames; null where it was not asked for",
        "more": "how many jobs more there are, which were not looked at",
    },
    "doctor": {
        "spool": "the folder",
        "host": "this computer",
        "with": "the other host that took part, or null",
        "state": "the worst of all lines: ok, warning or wrong",
        "time": "when, UTC, by this computer's clock",
        "checks": "a list of {line, host, state, text, cure, code}; state may also be untested, host is the other one "
                  "if the line is about it; codes never change their meaning (docs/DOCTOR.md)",
    },
    "clean": {
        "steps": "a list of {path, what, why, age_s, bytes}: what is to trash, remove job or remove; bytes are those "
                 "that are freed, null if it is no dry run",
        "done": "how many of them were done",
        "failed": "a list of the paths that could not be cleaned",
        "left_alone": "with -v a list of what the farm does not know, else empty",
        "dry_run": "true if nothing was changed",
    },
    "project check": {"text": "one mistake: file:line: what, and what to do"},
    "people list": {
        "ident": "as other files and commands name the person",
        "name": "as the page shows it",
        "photo": "path in the folder of the projects, or empty",
        "language": "of the page, or empty",
        "projects": "names of the projects",
    },
    "asset list": _ASSET,
    "asset show": _ASSET | {
        "creator": "ident of the person who made it, or null",
        "pipeline": "a list of texts",
        "time_budget": "an object: state to planned minutes",
        "render_time": "an object: frame to a list of seconds, the newest last",
        "times": "{frames, total, mean, median, fastest, slowest} of the newest render of each frame, in seconds; "
                 "fastest is [frame, seconds], slowest a list of such; null if nothing was rendered",
        "submitted": "what `render asset render` sent last: {sha256, size, mtime_ns, jobs, state}, or {}",
        "used_by": "paths of the assets that depend on it",
        "checkpoints": "stamps of its dated copies, the newest first",
    },
    "asset todo": {
        "person": "ident",
        "mine": "a list of assets as `render asset list` prints them, the most urgent first",
        "support": "the same of those that the person supports",
    },
    "asset checkpoints": {
        "stamp": "date and time, UTC; names the copy for `render asset restore`",
        "path": "of the copy, in the project",
        "size": "bytes",
    },
    "asset removed": {
        "stamp": "date and time, UTC; names it for `render asset unremove`",
        "files": "paths in the project, as they were",
    },
    "asset check": {
        "path": "in the project; project.yaml, or empty for people.yaml",
        "text": "what is wrong, and what to do",
    },
    "asset credit list": {
        "title": "of the film",
        "licence": "of the film, or empty",
        "roles": "a list of {role, names}, in the order of the credits",
        "others": "names of people of the project without a role",
        "external": "a list of {what, origin, author, licence}",
        "missing": "sentences: what the credits lack",
    },
}

LISTS = ("jobs", "hosts", "recipes", "users", "project check", "people list", "asset list", "asset checkpoints",
         "asset removed", "asset check")         # these print a list of such objects; the others print one
