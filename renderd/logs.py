"""What the daemon says: one event a line, a verb and key=value.

EVENTS is the list of all that it can say, with what a person does about it; docs/LOGS.md comes from it
(`python -m renderd.logs docs/LOGS.md`)."""

import json
import logging
import sys
from pathlib import Path

# event: (level, what happened, what to do)
EVENTS: dict[str, tuple[str, str, str]] = {
    "started": ("info", "The daemon serves the spool under this name.", "Nothing."),
    "stopping": ("info", "It was asked to end; renders are stopped, their frames go back.", "Nothing."),
    "stopped": ("info", "It has ended, and no process of it is left.", "Nothing."),
    "admitted": ("info", "A job that a member put into the inbox is in the queue.", "Nothing."),
    "dropped": ("info", "A .blend that somebody saved in the inbox is a job.", "Nothing."),
    "not-taken": ("warning", "What lies in the inbox cannot be a job; the answer lies beside it.",
                  "Its owner reads the answer."),
    "sent-back": ("warning", "A submission in the inbox was not admitted; the answer lies beside it.",
                  "Its owner reads the answer, removes the file, and sends the job again."),
    "took": ("info", "A slot has a chunk now.", "Nothing."),
    "rules": ("info", "farm.yaml was changed: this daemon goes by its groups, limits, turns and named paths from now "
              "on.", "Nothing."),
    "rules-refused": ("warning", "farm.yaml was changed and makes no sense; what it said before goes on.",
                      "Read `text`, and mend the file."),
    "over-limit": ("info", "Others took chunks in the same moment, together more than a limit allows; ours went back.",
                   "Nothing."),
    "published": ("debug", "A frame was found whole and is under its final name.", "Nothing."),
    "kept": ("info", "Frames were there already, made from the very same input; they are not rendered again.",
             "Nothing. To render them all the same: render redo, or render add --force."),
    "finished": ("info", "All frames of the chunk are published.", "Nothing."),
    "returned": ("info", "The unfinished frames of a chunk are back in todo; no try was used up.", "Nothing."),
    "no-room": ("warning", "A chunk was not begun, as the disk of its pictures is full; it is back in todo, no try was "
                "used up, and the job is left alone for half a minute.", "Make room in `path`."),
    "gave-back": ("info", "The last frames of a chunk are in todo: for hosts that had nothing to do, or because they "
                          "take far longer than others of the job.", "Nothing."),
    "failed": ("warning", "A chunk failed here, or took too many computers down; `next`: it is tried again.",
               "Read `text`; `render log JOB CHUNK` has everything the program said."),
    "refused": ("warning", "An info file makes no sense and was set aside.", "`render retry JOB` writes it anew."),
    "not-driven": ("warning", "This Blender takes no frames one by one; it is started anew for each chunk of this job.",
                   "Read `text`. Nothing, if the job is short."),
    "ended-hanging": ("warning", "A program had made all its frames and would not quit; it was ended.",
                      "Nothing, if it is rare."),
    "killed": ("warning", "A program did not stop when it was asked to, and was killed.", "Nothing."),
    "claim-lost": ("warning", "A chunk was taken from us while it ran; nothing of it is published any more.",
                   "If it happens often, this machine or its network is too slow for `beat` in farm.yaml."),
    "job-done": ("info", "Every frame of the job is there.", "Nothing."),
    "job-failed": ("warning", "Some frames were given up, all others are there.",
                   "`render show JOB` names the reasons; `render retry JOB` tries again."),
    "told": ("info", "The owner of a job was told how it ended (`by`: mail or hook).", "Nothing."),
    "notice-waits": ("warning", "A mail or hook did not work; it is tried again, ever later, and by any host.",
                     "Read `text`: is the mail server of farm.yaml on?"),
    "notice-failed": ("error", "Nobody could be told of this job, and it is not tried any more.",
                      "Read `text`; mend `mail` in farm.yaml. `render jobs` shows how the job ended."),
    "healed": ("warning", "Frames were in no chunk and in no journal; they are in todo again.",
               "If nobody removed files by hand, run `python -m spool check`."),
    "declared-dead": ("warning", "Another daemon has been silent; its chunks go to others.", "Look at that host."),
    "orphan": ("info", "A chunk of a daemon that is gone is in todo again.", "Nothing."),
    "forgotten": ("info", "A chunk was ours without our knowing (a lost answer), and is in todo again.", "Nothing."),
    "born-again": ("warning", "This daemon was declared dead (it was paused, or cut off), and goes on as new.",
                   "If it happens often, look at the network, or raise `beat` in farm.yaml."),
    "message": ("info", "Somebody asked something of this host: `doctor` is `render doctor --with`.", "Nothing."),
    "message-refused": ("warning", "A file in this host's inbox is no message that it knows, and was removed.",
                        "Look who sends it, if it happens again."),
    "commanded": ("info", "Somebody who may commanded this host: `kind` is as in `render host`.", "Nothing."),
    "command-refused": ("warning", "Somebody commanded this host who may not.",
                        "If `who` shall: `operators:` in /etc/renderd/renderd.yaml, then `render host reload`."),
    "stands-still": ("info", "Nothing is rendered here now; `why` has the codes of docs/COURTESY.md.", "Nothing."),
    "goes-on": ("info", "What kept it from rendering is over, after so many seconds.", "Nothing."),
    "sick": ("warning", "Chunks of several jobs failed here in a row, so this host takes no more.",
             "Look after the computer: `text` is the last failure. Then: `render host resume HOST`."),
    "job-held": ("warning", "No frame of a job succeeded, and several of its chunks failed; it is on hold.",
                 "Read `text`, mend it, then: `render release JOB`."),
    "no-door": ("warning", "`renderd pause` does not work on this computer: its socket could not be made.",
                "Read `text`. Signals and `render host` work all the same."),
    "job-unreadable": ("warning", "A job makes no sense and is left alone.", "Read `text`; cancel the job."),
    "recipe-refused": ("warning", "A recipe is not run here, for others could change it, or a stage cannot be run.",
                       "Read `text`, mend it, and start renderd again."),
    "no-inotify": ("warning", "The kernel has no inotify left; new jobs are seen at the next poll.",
                   "Raise fs.inotify.max_user_instances, if a poll is too slow."),
    "bug": ("error", "renderd itself made a mistake; a traceback follows, and it goes on.",
            "Please report it, with the traceback."),
    "share-silent": ("error", "A call into a share has not returned for 10 s; `waiting` names the threads that wait. "
                     "The heart: the server of the spool is away. Chores or a slot alone: one file, or the share with "
                     "the pictures.",
                     "Is the server on, is the network cable in? Everything goes on by itself when it answers."),
    "share-answers": ("info", "All calls into shares return again, `after` so many seconds.", "Nothing."),
    "ended-silent": ("warning", "It was asked to end while a share did not answer, so its frames could not go back. "
                     "No process of it is left.",
                     "Nothing: others put its chunks back when they have missed its beats, or its next start does."),
    "share-trouble": ("error", "The share refused something that must work; it is tried again.",
                      "Read `text`: is the share full, gone, or not writable?"),
}

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_log = logging.getLogger("renderd")


def set_up(level: str) -> None:
    """Events of this level and above go to stderr, as systemd and terminals want them."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s", force=True)
    _log.setLevel(_LEVELS[level])


def event(name: str, **facts: object) -> None:
    """Say that it happened. The name must be one of EVENTS."""
    words = " ".join(f"{key}={_word(value)}" for key, value in facts.items() if value not in (None, ""))
    _log.log(_LEVELS[EVENTS[name][0]], "%s %s", name, words)


def bug(**facts: object) -> None:
    """Called where an exception was caught that nobody foresaw: the event, and the traceback."""
    event("bug", **facts)
    _log.error("", exc_info=True)


def _word(value: object) -> str:
    """The value as one word: quoted, and without control characters, if it is not plain."""
    text = str(value)
    return text if text.isascii() and text.isprintable() and " " not in text else json.dumps(text)


def page() -> str:
    """docs/LOGS.md."""
    rows = "".join(f"| `{name}` | {level} | {what} | {todo} |\n" for name, (level, what, todo) in EVENTS.items())
    return ("# What renderd says\n\nOne event a line on stderr: a verb and key=value. "
            "info: a chunk moved; warning: a person may look; error: a person must.\n\n"
            "| event | level | what happened | what to do |\n|---|---|---|---|\n" + rows)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page())
