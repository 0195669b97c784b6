"""What can go wrong in this package: one class each, below CliError. Exit codes from 64 on are those of sysexits.h."""


class CliError(Exception):
    """One sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Usage(CliError):
    """The command line asks for something that cannot be meant."""

    exit_code = 2


class CannotSend(CliError):
    """The file cannot be rendered as it is."""

    exit_code = 65          # EX_DATAERR


class NotAdmitted(CliError):
    """The job lies in the inbox of a farm in which members can only add jobs."""

    exit_code = 75          # EX_TEMPFAIL


class SentBack(CliError):
    """The job came back from the inbox, with an answer beside it."""


class NoTool(CliError):
    """A program that is needed is not installed."""

    exit_code = 69          # EX_UNAVAILABLE


class NoOutput(CliError):
    """The folder for the pictures is missing, or may not be written."""

    exit_code = 73          # EX_CANTCREAT


class BadSettings(CliError):
    """A settings file that cannot be read."""

    exit_code = 78          # EX_CONFIG
