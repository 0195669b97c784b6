"""What can go wrong in this package: one class each, below AssetError."""


class AssetError(Exception):
    """A promise that cannot be kept: one sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BlendUnreadable(AssetError):
    """The file cannot be opened or read: missing, a folder, a device, no permission, a failing disk."""


class NotABlend(AssetError):
    """The file is something else: empty, a zip, a picture, text."""


class BlendCutShort(AssetError):
    """The file begins well and ends in the middle."""


class BlendTooNew(AssetError):
    """The file has a header that no Blender up to 5.x writes."""


class BlendDamaged(AssetError):
    """The file contradicts itself, or asks for absurd amounts of memory or time."""
