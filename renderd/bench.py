"""What every render of a daemon needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from renderd.blenders import Blender
from renderd.energy import Energy
from renderd.fingerprint import Fingerprints
from renderd.giving_back import Neighbours
from renderd.settings import Settings
from spool.layout import Spool


@dataclass(frozen=True)
class Bench:
    """The same for all slots, but for the threads of the render that begins."""

    spool: Spool
    settings: Settings
    threads: int
    blenders: tuple[Blender, ...]
    environ: Mapping[str, str]
    fingerprints: Fingerprints
    neighbours: Neighbours = field(default_factory=Neighbours)
    energy: Energy | None = None        # of this computer; with one slot alone it is that of the render
