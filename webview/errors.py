"""What can go wrong when the page starts: one class each, below WebError."""


class WebError(Exception):
    """One sentence that names the place, and the cure."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NoProjects(WebError):
    """There is no folder of projects."""


class NoFarm(WebError):
    """The spool that was named cannot be read."""


class NoPort(WebError):
    """The address cannot be served."""

    exit_code = 69          # EX_UNAVAILABLE
