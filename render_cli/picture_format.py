"""Picture formats: what people write, what a .blend says, what Blender's -F takes."""

from render_cli import words
from render_cli.errors import Usage
from spool.formats import ARGUMENT, EXTENSION, MOVIES

_ALSO = {"EXR": "OPEN_EXR", "JPG": "JPEG", "TIF": "TIFF"} | {short: name for name, short in ARGUMENT.items()}
_FILMS = {*MOVIES, *(ARGUMENT[m] for m in MOVIES if m in ARGUMENT), "AVICODEC", "QUICKTIME", "H264", "XVID", "THEORA",
          "FRAMESERVER"}


def asked_for(text: str) -> str:
    """The format that --format names."""
    name = _ALSO.get(text.upper(), text.upper())
    if name in _FILMS:
        raise Usage(f"{text} puts all frames into one file, which many computers cannot write together.",
                    "Render pictures, then make the film: render movie JOB")
    if name not in EXTENSION:
        near = words.near(name, EXTENSION, alike=0.5)
        raise Usage(f"There is no picture format {text!r}.",
                    (f"Did you mean {near[0]}? " if near else "") + "All: " + " ".join(EXTENSION))
    return name


def of_file(said: str | None) -> tuple[str, str]:
    """The format for a scene whose file says this, and a remark if it is another one."""
    name = _ALSO.get(said or "", said or "")
    if name in EXTENSION:
        return name, ""
    if name in _FILMS:
        return "PNG", "The file asks for a film; its frames are rendered as PNG. Afterwards: render movie JOB"
    return "PNG", f"The farm does not know the picture format {said or 'of the file'}; PNG is used."


def argument(name: str) -> str:
    """What blender -F calls it."""
    return ARGUMENT.get(name, name)
