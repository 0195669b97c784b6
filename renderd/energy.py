"""What the processors of this computer have used, from RAPL counters (/sys/class/powercap), where they may be read.

Nothing is guessed: without a counter there is no number. Debian lets only root read them; an administrator may say
otherwise."""

import os
from dataclasses import dataclass, field
from pathlib import Path

MICRO = 1e-6


@dataclass
class Energy:
    """Joules since the last question, of whole processors.

    The kernel shows one more than once: its parts (intel-rapl:0:0), the same one by another way (intel-rapl-mmio:0),
    and the whole computer with the processors in it (psys)."""

    folder: Path
    _last: dict[str, int] = field(default_factory=dict)
    _used: int = 0                              # microjoules, until the last look
    _zones: list[Path] | None = None

    def since(self) -> float | None:
        """None at the first question, and where a counter could not be read since the last one."""
        known = bool(self._last)
        self.look()
        used, self._used = self._used, 0
        return round(used * MICRO, 1) if known and self._last else None

    def look(self) -> None:
        """Now and then: a counter begins anew after some minutes of hard work, and nobody sees how often it did."""
        now = {str(zone): self._read(zone / "energy_uj") for zone in self._found()}
        last, self._last = self._last, {zone: value for zone, value in now.items() if value is not None}
        if len(self._last) < len(now):
            self._last = {}
        for zone in last if self._last else ():
            used = self._last[zone] - last[zone]
            if used < 0:                        # the counter began anew
                most = self._read(Path(zone) / "max_energy_range_uj")
                if most is None:
                    self._last = {}
                    return
                used += most
            self._used += used

    def _found(self) -> list[Path]:
        """Looked for once: processors do not come and go."""
        if self._zones is None:
            try:
                names = os.listdir(self.folder)
            except OSError:
                names = []
            zones = [self.folder / name for name in sorted(names) if name.count(":") == 1 and "rapl" in name]
            called = {self._called(zone): zone for zone in zones}       # -mmio comes first, so the usual one stays
            called.pop("psys", None)
            zones = list(called.values())
            self._zones = zones if all(self._read(zone / "energy_uj") is not None for zone in zones) else []
        return self._zones

    @staticmethod
    def _called(zone: Path) -> str:
        try:
            return (zone / "name").read_text().strip()
        except OSError:
            return zone.name

    @staticmethod
    def _read(path: Path) -> int | None:
        try:
            return int(path.read_text())
        except (OSError, ValueError):
            return None
