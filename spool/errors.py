"""What can go wrong in this package: one class each, below SpoolError."""


class SpoolError(Exception):
    """A promise that cannot be kept: one sentence that names the path, and the cure if there is one."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NoSpool(SpoolError):
    """The folder is not there, or is no spool."""


class NotAllowed(SpoolError):
    """This user may not do that in this spool."""


class UnsafeFile(SpoolError):
    """A file or folder that could have been put there by anybody."""


class BadFile(SpoolError):
    """A file of the spool that does not say what it must."""


class Changing(BadFile):
    """Somebody writes it in this moment."""


class BadName(SpoolError):
    """A name that does not follow docs/SPOOL.md."""


class BadFrames(SpoolError):
    """Frames that cannot be meant."""

    exit_code = 2


class BadNeed(SpoolError):
    """Somebody asked a computer for what none can be asked for."""

    exit_code = 2


class NoJob(SpoolError):
    """No job, or more than one, goes by that name."""


class SeveralJobs(NoJob):
    """More than one does."""


class NoHost(SpoolError):
    """No daemon takes messages under that name."""


class WrongState(SpoolError):
    """The job is not in a state in which this can be done."""


class TooMuch(SpoolError):
    """More than a spool should hold."""

    exit_code = 2


class Busy(SpoolError):
    """Somebody else is at it right now."""

    exit_code = 75


class NotWritten(SpoolError):
    """The disk is full, or the folder may not be written."""

    exit_code = 74


class LostClaim(SpoolError):
    """The claim is no longer ours: we were declared dead, or somebody moved it by hand."""
