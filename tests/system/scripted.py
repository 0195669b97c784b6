"""A .blend whose own script makes frames last or hang: on a fast computer as on one that is busy."""

import subprocess
from pathlib import Path

HEAD = "import bpy, os, signal, time\ndef before_a_frame(scene, *_):\n    "
TAIL = "\nbpy.app.handlers.render_pre.append(before_a_frame)\n"
ADD = """
import bpy
text = bpy.data.texts.new("before_a_frame.py")
text.write({script!r})
text.use_module = True
bpy.ops.wm.save_as_mainfile(filepath={path!r})
"""
ALLOWED = {"RENDERD_ALLOW_SCRIPTS": "yes"}


def waits_while(there: Path, blend: Path, path: Path) -> Path:
    """No frame is done as long as a file is there."""
    return scripted(f"while os.path.exists({str(there)!r}): time.sleep(0.05)", blend, path)


def slow_while(there: Path, blend: Path, path: Path) -> Path:
    """A frame takes a second more as long as a file is there."""
    return scripted(f"time.sleep(os.path.exists({str(there)!r}))", blend, path)


def hangs_once(frame: int, hung: Path, blend: Path, path: Path) -> Path:
    """The whole process stands still in this frame, unless one did before."""
    return scripted(f"if scene.frame_current == {frame} and not os.path.exists({str(hung)!r}):\n"
                    f"        open({str(hung)!r}, 'w').close(); os.kill(os.getpid(), signal.SIGSTOP)", blend, path)


def scripted(line: str, blend: Path, path: Path) -> Path:
    subprocess.run(["blender", "-b", "--factory-startup", blend, "--python-exit-code", "9", "--python-expr",
                    ADD.format(script=HEAD + line + TAIL, path=str(path))], check=True, capture_output=True)
    return path
