"""Numbers, times and names as people read them."""

from collections.abc import Iterable

from spool import layout
from spool.job import Job


def count(number: int, word: str) -> str:
    """1 frame, 2,000 frames."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def chunks(job: Job) -> str:
    """Into what its frames were cut: 12 chunks. With `--chunk auto` nobody knows before they are taken."""
    if not job.chunk_seconds:
        return count(job.chunks, "chunk")
    return f"chunks of about {duration(job.chunk_seconds).removesuffix(' 00 s')}"


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 05 s, 2 h 05 min, 4 days."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} days"


def size(count: float) -> str:
    """Bytes: 812 bytes, 1.2 MB."""
    if count < 1000:
        return f"{count:.0f} bytes"
    power = min(3, (len(f"{count:.0f}") - 1) // 3)
    count, unit = count / 1000 ** power, ("kB", "MB", "GB")[power - 1]
    return f"{count:.1f} {unit}" if count < 10 else f"{count:.0f} {unit}"


def plain(text: object) -> str:
    """One line without control characters: a scene may be called anything, a terminal obeys some of it."""
    whole = str(text).encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else "?" for char in whole)


def listed(names: list[str], most: int = 5) -> str:
    """a, b, c and 4 more."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def near(said: str, known: Iterable[str], most: int = 1, alike: float = 0.6) -> list[str]:
    """Which of the known words may be meant; the likeliest first."""
    from difflib import get_close_matches  # only who made a mistake has to wait until it is loaded

    return get_close_matches(said, list(known), most, alike)


def short(job: str) -> str:
    """A job's name without its date: enough to name it in a command."""
    return layout.short(job)


def command_line(words: tuple[str, ...] | list[str]) -> str:
    """Arguments as one could paste them into a shell."""
    import shlex  # only here: `render add` does not come by, and would wait for it

    return plain(shlex.join(words))
