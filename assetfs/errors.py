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


class BadSidecar(AssetError):
    """The JSON beside a .blend does not say what it must; only a person repairs it."""

    def __init__(self, path: object, problems: tuple[str, ...]) -> None:
        said = " ".join(problems)
        super().__init__(f"{path}: {said}", "Mend the file with a text editor; nothing else was changed.")
        self.problems = problems


class BadProject(AssetError):
    """The project.yaml, or another list of the film, cannot be used for this."""


class NoProject(AssetError):
    """The folder is not in a project."""


class NoAsset(AssetError):
    """Nothing goes by that path in this project."""


class BadPath(AssetError):
    """A name that no asset may have, or a path that leads out of the project."""

    exit_code = 2


class Exists(AssetError):
    """Something goes by that name already, and nothing is overwritten."""


class Busy(AssetError):
    """Somebody else is changing the same folder right now."""

    exit_code = 75


class NotWritten(AssetError):
    """The disk is full, or the folder may not be written."""

    exit_code = 74


class NoBlender(AssetError):
    """There is no Blender here, or what was named is none."""

    exit_code = 69


class BlenderTooOld(AssetError):
    """The file was saved by a newer Blender than the one here."""

    exit_code = 69


class BlenderFailed(AssetError):
    """Blender ran, and the file is not what it should be."""
