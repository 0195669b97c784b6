"""A frame as a small JPEG, made by ffmpeg."""

import shutil
from collections.abc import Mapping, Sequence

from renderd import errand
from spool.job import Job

WIDE = 480              # pixels
SECONDS = 20.0
MOST = 300_000          # bytes; a mail is no place for more
READS = (".png", ".jpg", ".jpeg", ".exr", ".tif", ".tiff", ".webp", ".bmp", ".tga", ".dpx")


def frame_for(job: Job, frames: Sequence[int]) -> str:
    """The file of the middle one of these frames; "" if there is none, or none that ffmpeg reads."""
    path = job.file_of(sorted(frames)[len(frames) // 2]) if frames and job.output else ""
    return path if path.lower().endswith(READS) else ""


def make(path: str, programs: Sequence[str], environ: Mapping[str, str]) -> bytes:
    """The picture; nothing if this host may not run ffmpeg, or ffmpeg cannot read the file."""
    ffmpeg = shutil.which("ffmpeg", path=environ.get("PATH")) if "ffmpeg" in programs else None
    if not ffmpeg or not path:
        return b""
    # Of a path like 100%d/0001.png it would make a sequence.
    words = [ffmpeg, "-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file,pipe",
             "-f", "image2", "-pattern_type", "none", "-i", f"file:{path}",
             "-vf", f"scale='min({WIDE},iw)':-2", "-frames:v", "1", "-pix_fmt", "yuvj420p",
             "-q:v", "5", "-f", "mjpeg", "-"]
    done = errand.run(words, b"", SECONDS, environ)
    return done.output if done.fine and len(done.output) <= MOST else b""
