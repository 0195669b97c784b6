"""What is known of a picture that is whole, and how a broken one is named."""

from dataclasses import dataclass, field
from typing import Literal

from renderd.errors import DaemonError
from renderd.progress import seconds

Format = Literal["PNG", "JPEG", "OPEN_EXR", "TIFF", "other"]
Reason = Literal["empty", "cut", "not-a-picture", "damaged"]

WANTED = frozenset({"Scene", "Frame", "Camera", "RenderTime"})
LONGEST = 4096      # bytes of a text that is kept; Blender's names have 63 or 255


class Broken(DaemonError):
    """This file is no whole picture. `reason` is the word for it: empty, cut, not-a-picture or damaged."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Picture:
    """A whole picture. Size in pixels; what the file does not say is None."""

    format: Format
    width: int | None = None
    height: int | None = None
    scene: str | None = None
    frame: int | None = None
    camera: str | None = None
    render_seconds: float | None = None
    crop: tuple[int, int, int, int] | None = None
    """EXR only: x, y, width, height of the pixels that are there, when they do not fill the picture."""


@dataclass
class Words:
    """What the texts inside a picture say; the first of two equal names counts."""

    texts: dict[str, str] = field(default_factory=dict)

    def hear(self, name: str, value: bytes) -> None:
        if name in WANTED:
            self.texts.setdefault(name, value[:LONGEST].decode("utf-8", "surrogateescape"))

    def picture(self, kind: Format, width: int, height: int,
                crop: tuple[int, int, int, int] | None = None) -> Picture:
        say = self.texts.get
        return Picture(kind, width, height, say("Scene"), _frame(say("Frame", "")), say("Camera"),
                       seconds(say("RenderTime", "")), crop)


def _frame(text: str) -> int | None:
    """7 for `7` and for `0007`; Blender pads it to the width of the last frame."""
    digits = text.strip()
    digits = digits[1:] if digits.startswith("-") else digits
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        return None
    return int(text)
