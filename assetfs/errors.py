"""What can go wrong in this package: one class each, below AssetError."""


class AssetError(Exception):
    """A promise that cannot be kept: one sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
