"""What the processors of this computer have used, from RAPL counters (/sys/class/powercap), where they may be read.

Nothing is guessed: without a counter there is no number. Debian lets only root read them; an administrator may say
otherwise."""

import os
from dataclasses import dataclass, field
from pathlib import Path

MICRO = 1e-6


@dataclass
class Energy:
    """Joules since the last question. Counters are those of whole processors, not of parts of them (intel-rapl:0:0)."""

    folder: Path
    _last: dict[str, int] = field(default_factory=dict)
    _zones: list[Path] | None = None

    def since(self) -> float | None:
        """None at the first question, and where any counter cannot be read."""
        now = {str(zone): self._read(zone / "energy_uj") for zone in self._found()}
        last, self._last = self._last, {}
        if not now or None in now.values():
            return None
        self._last = {zone: value for zone, value in now.items() if value is not None}
        if last.keys() != self._last.keys():
            return None
        used = [self._last[zone] - before for zone, before in last.items()]
        for at, zone in enumerate(last):
            if used[at] < 0:                    # the counter began anew
                most = self._read(Path(zone) / "max_energy_range_uj")
                if most is None:
                    return None
                used[at] += most
        return round(sum(used) * MICRO, 1)

    def _found(self) -> list[Path]:
        """Looked for once: processors do not come and go."""
        if self._zones is None:
            try:
                names = os.listdir(self.folder)
            except OSError:
                names = []
            zones = [self.folder / name for name in sorted(names) if name.count(":") == 1 and "rapl" in name]
            self._zones = zones if all(self._read(zone / "energy_uj") is not None for zone in zones) else []
        return self._zones

    @staticmethod
    def _read(path: Path) -> int | None:
        try:
            return int(path.read_text())
        except (OSError, ValueError):
            return None
