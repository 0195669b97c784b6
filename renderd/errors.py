"""What can go wrong in this package: one class each, below DaemonError."""


from collections.abc import Mapping
from typing import Any


class DaemonError(Exception):
    """A promise that cannot be kept: one sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ChunkFails(DaemonError):
    """What comes through from a stage, or from frames that it spoiled: a code of spool/reasons.py and its facts."""

    def __init__(self, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code, self.facts = code, dict(facts)


class Stopped(DaemonError):
    """A stage was stopped, because the daemon wants the slot: see delivery.Order."""

    def __init__(self) -> None:
        super().__init__("A stage was stopped.")


class SettingsError(DaemonError):
    """Settings that cannot be used: each problem is a sentence with its source before and its cure behind."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
