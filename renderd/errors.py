"""What can go wrong in this package: one class each, below DaemonError."""


class DaemonError(Exception):
    """A promise that cannot be kept: one sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SettingsError(DaemonError):
    """Settings that cannot be used: each problem is a sentence with its source before and its cure behind."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
