"""Settings files, and the same values from the environment."""

import os
from collections.abc import Iterator
from pathlib import Path

from renderd import settings, settings_pages, sources
from renderd.errors import SettingsError
from tests.fuzz import mutate
from tests.fuzz.target import Target, file, folder


def read(data: bytes) -> None:
    """As a file of /etc/renderd, and as the value of every variable."""
    etc = Path(folder("etc"))
    file("etc/a.yaml", data)
    load(etc, {})
    text = os.fsdecode(data[:64])
    load(Path("/nonexistent"), {f"RENDERD_{name.upper()}": text for name in settings.TABLE})


def load(etc: Path, environ: dict[str, str]) -> None:
    try:
        found = sources.load(environ, etc_dir=etc, home=Path("/nonexistent"), host="ws07")
    except SettingsError as wrong:
        assert all(wrong.problems) and wrong.message
        return
    settings.show(found)
    settings.as_json(found)
    settings.threads_per_slot(found, 8, 2)
    settings.handed_on(found, {"PATH": "/bin"})


def _seeds() -> Iterator[bytes]:
    example = settings_pages.example()
    yield "\n".join(line[1:] for line in example.splitlines() if line[:1] == "#" and line[1:2].isalpha()).encode()
    yield example[:800].encode()
    yield b"slots: 2\nhost: no\npoll: 1:30\nprograms:\n  - blender\n  - [a]\nlog_limit: 5 MB\nslots: 3\n"
    yield b"&a [*a]"


TARGETS = (Target("settings", read, _seeds, 80, words=mutate.YAML_WORDS),)
