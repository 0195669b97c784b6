"""The SHA-256 of a .blend, read once as long as the file does not change."""

import hashlib
import os
from dataclasses import dataclass, field

MOST = 100          # files remembered


@dataclass
class Fingerprints:
    """Remembers by device, inode, size and time of change; the file is asked each time."""

    known: dict[tuple[int, int, int, int], str] = field(default_factory=dict)

    def of(self, path: str) -> str:
        """64 hexadecimal digits, as sha256sum prints them. OSError if the file cannot be read."""
        with open(path, "rb") as file:
            info = os.fstat(file.fileno())
            key = (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
            if found := self.known.get(key):
                return found
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if len(self.known) >= MOST:
            self.known.clear()
        self.known[key] = found         # never read back: another slot may just be clearing
        return found
