"""Why a render went wrong: one table, a sentence and a cure for each code.

The codes stand in journals, so a code is never renamed and never means something new. The order of the table
is the order of blame: of two reasons that are found together, the upper one is told first.
A place like {scene} in a sentence is filled with what is known, or with the words of UNKNOWN.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One thing that goes wrong, and what a person does about it."""

    code: str
    sentence: str
    cure: str
    another_host: bool = False
    """The same chunk may well succeed on another host."""
    is_failure: bool = True
    """Frames made under it do not count, even if Blender said that all was well."""


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


REASONS: dict[str, Reason] = _table(
    # The blend file
    Reason("blend-changed", "{path} was saved again after the job was sent.",
           "Send it again, so that all frames come from the same file."),
    Reason("file-missing", "This host does not find {path}.",
           "Is the folder of the project shared, and at the same place on every computer?", another_host=True),
    Reason("file-unreadable", "{path} is damaged, or is no Blender file.",
           "Open it in Blender and save it again. If that fails, take the last good copy (NAME.blend1)."),
    Reason("file-forbidden", "This host may not read {path}: {text}",
           "Let everybody read the folder of the project, or the group of the farm.", another_host=True),
    Reason("blend-too-new", "{path} was saved by Blender {wanted}; this host has {have}.",
           "Install the newer Blender on this host, or save the file with the older one.", another_host=True),
    Reason("scene-missing", "There is no scene {scene} in {path}.",
           "Look at the names of the scenes, top right in Blender; capitals and blanks count."),
    Reason("no-camera", "The scene {scene} has no camera.",
           "Add a camera (Shift A, Camera), make it the active one (Ctrl 0 on the number pad), save, send again."),
    Reason("engine-missing", "This Blender has no render engine {engine}.",
           "Choose Cycles or Eevee, or have its add-on installed on the hosts.", another_host=True),
    Reason("format-unknown", "Blender does not know the file format {format}.",
           "Choose another one in Output Properties; PNG and OpenEXR always work."),
    Reason("option-refused", "Blender did not understand {option}.",
           "Look at the command of this job: it stands in its info file."),
    # What the blend file needs
    Reason("missing-library", "A linked file is not there: {path}.",
           "Put it back, or correct the path: File, External Data, Find Missing Files. Then send the job again."),
    Reason("missing-data", "Something that is linked is no longer in {path}: {name}.",
           "It was renamed or deleted there. Link it again, or give it back its old name."),
    Reason("missing-file", "A picture is not there, Blender paints it pink: {path}.",
           "Put it back, or pack it into the blend file: File, External Data, Pack Resources."),
    Reason("missing-cache", "A file is not there, so part of the scene would be missing: {path}.",
           "Put it back beside the blend file, or bake it again."),
    Reason("script-refused", "A driver of {path} needs Python, and this farm runs no scripts of blend files: {text}",
           "Write the driver without Python (var, sin, frame ... are fine), or ask for `allow_scripts` on the "
           "hosts, which lets every file run what it likes."),
    Reason("driver-broken", "A driver of {path} has an error: {text}",
           "Select the object and look for the purple fields with a red edge: Edit Driver."),
    Reason("python-error", "A Python script failed: {text}",
           "Mend the script, or take it out of the blend file. The log has the line where it stopped."),
    # The recipe
    Reason("recipe-missing", "This host has no recipe {name}.",
           "Put its folder into one of `recipes:` in /etc/renderd/renderd.yaml there (render recipes).",
           another_host=True),
    Reason("recipe-unsafe", "The recipe {name} is not run on this host: {text}",
           "Mend that, so that nobody but its owner can change what runs here.", another_host=True),
    Reason("stage-failed", "The stage {stage} of the recipe {name} failed with the error code {code}: {text}",
           "Look into the log of the chunk: all that it said stands there.", another_host=True),
    Reason("stage-hung", "The stage {stage} of the recipe {name} took longer than {minutes} minutes and was ended.",
           "Look what it waits for; if it needs so long: `stage_limit` in /etc/renderd/renderd.yaml.",
           another_host=True),
    # The disk
    Reason("disk-full", "There is no space left where the pictures go: {path}.",
           "Make room on that disk, then: render retry JOB. Only the frames that are missing are rendered."),
    Reason("output-unwritable", "This host may not write to {path}.",
           "Is the folder there, is it shared for writing, and has nobody made a file of that name?",
           another_host=True),
    # The machine
    Reason("out-of-memory", "This host has too little memory for the scene.",
           "Make textures smaller, use fewer subdivisions, or let a larger computer do it.",
           another_host=True),
    Reason("gpu-error", "The graphics card gave up: {text}",
           "Update its driver, or render on the CPU.", another_host=True),
    Reason("render-error", "Blender could not render frame {frame}: {text}",
           "Open the scene in Blender and render that frame there. If it works, look into the log of the chunk.",
           another_host=True),
    Reason("crashed", "{program} crashed ({signal}).",
           "If every host crashes at this frame, it is the scene: open it in Blender and render that frame there.",
           another_host=True),
    Reason("hung", "{program} did nothing for {minutes} minutes and was ended.",
           "If it happens again at the same frame, render that frame by hand and watch it.", another_host=True),
    Reason("killed", "{program} was ended from outside ({signal}).",
           "Mostly the computer ran out of memory, or was switched off.", another_host=True),
    Reason("host-lost", "{count} times a computer, or its renderd, went down with this chunk; {host} was the last.",
           "Look there for the reason: memory, heat, the power switch? If it is not the scene, say: render retry JOB."),
    Reason("program-missing", "{program} is not installed on this host.",
           "Install it, or name the place where it is in /etc/renderd/renderd.yaml.", another_host=True),
    Reason("program-not-allowed", "{program} is not on the list of programs that this host runs.",
           "Whoever looks after the host can add it to `programs:` in /etc/renderd/renderd.yaml.", another_host=True),
    Reason("bug", "renderd itself made a mistake: {text}", "Please report it, with the log of the daemon.",
           another_host=True),
    Reason("info-broken", "An info file cannot be read: {path}.",
           "Was it changed by hand? To have it written anew: render retry JOB."),
    # The frames
    Reason("frame-wrong-scene", "The picture of frame {frame} is of the wrong scene: {found}.",
           "Was the scene renamed after the job was sent? Then send it again."),
    Reason("frame-wrong-number", "The picture of frame {frame} says that it is frame {found}.",
           "Does the name of the pictures hold digits of its own? Send the job with another output name."),
    Reason("frame-wrong-size", "The picture of frame {frame} has the wrong size: {found}, and not {wanted}.",
           "Was the resolution changed after the job was sent? Then send it again."),
    Reason("frame-empty", "The picture of frame {frame} is empty.",
           "Mostly the disk is full. Make room, then say: render retry JOB.", another_host=True),
    Reason("frame-cut", "The picture of frame {frame} was not written to its end.",
           "Mostly the disk is full or the network failed. Mend it, then say: render retry JOB.", another_host=True),
    Reason("frame-damaged", "The picture of frame {frame} is damaged.",
           "It is tried again. If it happens often on one host, test its memory and its disk.",
           another_host=True),
    Reason("frame-missing", "{program} ended without the picture of frame {frame}.",
           "Look into the log of the chunk: its last lines mostly tell why.", another_host=True),
    Reason("exit-code", "{program} ended with the error code {code}.",
           "Look into the log of the chunk: its last lines mostly tell why.", another_host=True),
    # Nobody's fault
    Reason("claim-lost", "This host was thought to be dead, and another one took the frames.",
           "Nothing needs to be done.", another_host=True, is_failure=False),
    Reason("stopped", "The render was stopped by a person.",
           "The frames wait for the next host that is free.", another_host=True, is_failure=False),
    Reason("script-skipped", "The script {name} of {path} was not run.",
           "Mostly it only draws buttons. If the pictures look wrong, ask for `allow_scripts` on the hosts.",
           is_failure=False),
)

UNKNOWN: dict[str, str] = {
    "path": "the file", "scene": "(name unknown)", "engine": "(name unknown)", "format": "(name unknown)",
    "option": "an option", "name": "(name unknown)", "text": "the log says more.", "program": "The program",
    "count": "Several", "signal": "signal unknown", "minutes": "many", "host": "A host", "frame": "(number unknown)",
    "stage": "(unknown)", "found": "(unknown)", "wanted": "(unknown)", "have": "an older one", "code": "(unknown)",
}
"""What a sentence says where a fact is missing."""

_QUOTED = frozenset({"scene", "engine", "format", "name"})
_LONGEST = 300      # characters of one fact
_MOST = 4           # items of a list that are told


def explain(code: str, /, **facts: object) -> str:
    """The sentence and its cure, for people. Never fails: unknown codes and missing facts are said so."""
    return " ".join(part for part in sentence_and_cure(code, facts) if part)


def sentence_and_cure(code: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """The same in two parts, as message and hint of an error."""
    reason = REASONS.get(code)
    if reason is None:
        return f"Something went wrong: {plain(code)}.", ""
    words = UNKNOWN | {name: _words(name, fact) for name, fact in facts.items() if fact not in (None, "", (), [])}
    sentence = reason.sentence.format_map(words)
    return sentence[:1].upper() + sentence[1:] + ("" if sentence[-1] in ".!?:)" else "."), reason.cure


def worst_first(codes: Iterable[str]) -> list[str]:
    """Each code once, in the order of blame; unknown ones at the end."""
    rank = {code: place for place, code in enumerate(REASONS)}
    return sorted(set(codes), key=lambda code: (rank.get(code, len(rank)), code))


def _words(name: str, fact: object) -> str:
    if isinstance(fact, list | tuple | set | frozenset):
        items = [_words(name, item) for item in fact]
        more = f" and {len(items) - _MOST} more" if len(items) > _MOST else ""
        return ", ".join(items[:_MOST]) + more
    text = plain(fact)
    return f'"{text}"' if name in _QUOTED else text


def plain(fact: object) -> str:
    """One line without control characters: a scene may be called anything, a terminal obeys some of it."""
    text = str(fact)[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in text)
