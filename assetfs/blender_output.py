"""Make a copied .blend the file of its asset: Blender writes the output path and the names into it.

    rewrite(copy, "//../render/s010/####", name="s010", source=template)

In a template the word ASSET stands for the name of the asset: in the name of the scene, of the collection and of all
else. The scripts in the file do not run. Exit code 0 proves nothing (a full disk, a file that was not understood),
so the saved file is read again, and what stands in it counts.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from assetfs.blend import BlendFile, read_scenes, version_text
from assetfs.blender_output_inside import WORD, renamed
from assetfs.errors import AssetError, BlenderFailed, BlenderTooOld, NoBlender
from assetfs.names import shown

SCRIPT = Path(__file__).with_name("blender_output_inside.py")
LONGEST = 1023          # bytes of an output path in Blender
_START = ("-b", "--factory-startup", "-noaudio", "--disable-autoexec", "--python-exit-code", "9")
_LAST = 4               # lines of what Blender said that a message repeats
_WHICH = "Install Blender (sudo apt install blender), or name the program that you start it with."


def rewrite(blend: Path, output: str, *, name: str = "", word: str = WORD, source: Path | None = None,
            blender: str = "blender", environ: Mapping[str, str] = os.environ, timeout: float = 180.0) -> None:
    """The .blend, a copy that nobody else sees yet, has this output and this name, and its paths still fit.

    `source` is the file that was copied, if it lies in another folder: relative paths in it count from there.
    Every `word` in the names of scenes, collections, objects ... becomes `name`; "" leaves the names. The scene that
    Blender shows gets `output`, others a folder of their own in it. After an error `blend` is rubbish. `timeout` is
    in seconds.
    """
    before = read_scenes((source or blend).absolute())
    names = {scene.name: renamed(scene.name, word, name) if name else scene.name for scene in before.scenes}
    wanted = outputs(names, before.current, output)
    _check_age(before, blender, environ)
    identity = _identity(blend)
    said = {"file": before.path, "save": str(blend.absolute()), "outputs": wanted, "word": word, "name": name,
            "compress": before.compression != "none"}
    what = f"a copy of {source}" if source else str(blend)
    told = _last_lines(_run([blender, *_START, before.path, "-P", str(SCRIPT), "--", json.dumps(said)],
                            environ, timeout))
    if _identity(blend) == identity:
        raise BlenderFailed(f"Blender did not save {what} with its new output path.", told)
    _check_saved(blend, sorted(wanted.values()), what, told)


def outputs(names: Mapping[str, str], current: str | None, output: str) -> dict[str, str]:
    """The output of every scene, by its present name; `names` has its new one. Never the same one twice: scenes would
    overwrite each other's pictures."""
    folder, slash, last = output.rpartition("/")
    main = current or next(iter(names), None)
    given: dict[str, str] = {}
    for scene in sorted(names, key=lambda scene: scene != main):
        own = output if scene == main else f"{folder}{slash}{_as_folder(names[scene])}/{last}"
        while own in given.values():
            own = f"{os.path.dirname(own)}_/{last}"
        if len(own.encode()) > LONGEST or not own:
            raise BlenderFailed(f"Blender holds no output path of {'more than 1000' if own else '0'} bytes: {own[:60]}",
                                "Mend the output of its type in project.yaml.")
        given[scene] = own
    return given


def _as_folder(scene: str) -> str:
    """A # would be taken for a place of the frame's number."""
    return re.sub(r"[^\w .-]", "_", scene).strip(" .") or "scene"


def _check_age(file: BlendFile, blender: str, environ: Mapping[str, str]) -> None:
    """An older Blender crashes on a newer file, or saves only what it understood."""
    text = _run([blender, "--version"], environ, 60.0)
    said = re.search(r"^Blender (\d{1,4})\.(\d{1,4})", text, re.MULTILINE)
    if not said:
        raise NoBlender(f"{blender} gives no version, so it is not taken for Blender.", _WHICH)
    version = int(said[1]), int(said[2])
    if version < file.version:
        needed = version_text(file.version)
        raise BlenderTooOld(f"{file.path} was saved by Blender {needed}, and {blender} is {version_text(version)}: "
                            "too old to open it.", f"Name the program of Blender {needed} or newer, or install it.")


def _run(command: list[str], environ: Mapping[str, str], timeout: float) -> str:
    """What a program prints; it and all that it started end in time."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=environ, start_new_session=True)
    except OSError as error:
        raise NoBlender(f"Blender cannot be started on this computer: {command[0]} ({error.strerror}).",
                        _WHICH) from None
    with process:
        try:
            return process.communicate(timeout=timeout)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            raise BlenderFailed(f"{command[0]} did not end within {timeout:g} seconds.",
                                "Try again when the computer has less to do.") from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def _check_saved(blend: Path, wanted: list[str], what: str, told: str) -> None:
    try:
        after = read_scenes(blend)
    except AssetError as error:
        raise BlenderFailed(f"Blender saved {what}, and that cannot be read. {error.message}", told) from None
    if sorted(scene.output for scene in after.scenes) != wanted:
        raise BlenderFailed(f"Blender saved {what}, but the new output path is not in it.", told)


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_ino, found.st_mtime_ns


def _last_lines(text: str) -> str:
    lines = [shown(line.strip()) for line in text.splitlines() if line.strip() not in ("", "Blender quit")]
    return "Blender said: " + " / ".join(lines[-_LAST:]) if lines else "Blender said nothing."
