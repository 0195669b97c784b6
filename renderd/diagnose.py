"""Why did this Blender fail, or: why does its success not count?

    hear(line) for every line of stdout and stderr      findings(returncode, ...) when it has ended

Exit code 0 proves nothing, so what Blender says is read: a table of patterns, each with the reason that it
means (spool/reasons.py has the sentences). Blender 5.x puts a time and a word before its lines, so nothing is
anchored. Lines that are news of the render (progress.py) are skipped: a scene may be called `Traceback`.
The texts are those of Blender 3.4.1, unless a comment says otherwise.

Bounded: at most MOST findings of a kind and the last lines are kept, whatever a Blender prints.
"""

import re
import signal
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from renderd import report
from renderd.progress import Event, parse
from spool.reasons import REASONS, explain, worst_first

MOST = 20           # findings of one code
LONGEST = 4000      # characters of a line that are looked at; a report may be longer

_NO_SPACE = r"No space left on device|Disk quota exceeded|out of disk space|OpenEXR-writePixels: ERROR"
_GPU = r"(?:CUDA|OptiX|OPTIX|HIP|Metal|oneAPI)"

# The first pattern that is found counts. Named groups become facts.
_SAYS: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern), code) for pattern, code in (
    (r"Can't find scene: '(?P<scene>.*)' in file: '(?P<path>.*)'", "scene-missing"),
    (r"Error: Cannot render, no camera", "no-camera"),
    (r"Error: Cannot read file '(?P<path>.*)': No such file", "file-missing"),
    (r"Error: Cannot read file '(?P<path>.*)': (?P<text>.*)", "file-forbidden"),
    (r"File format is not supported in file '(?P<path>.*)'", "file-unreadable"),
    (r"Failed to read blend file '(?P<path>.*)', not a blend file", "blend-too-new"),
    (r"Failed to read blend file '(?P<path>.*)':", "file-unreadable"),
    (r"engine not found '(?P<engine>.*)'", "engine-missing"),
    (r"Engine '(?P<engine>.*)' not available for scene '(?P<scene>.*)' \(", "engine-missing"),
    (r"Format from '-F / --render-format' not known", "format-unknown"),
    (r"Error: (?:not a number|argument must|frame range) .*'(?P<option>-.*)'", "option-refused"),
    (r"unknown argument, loading as file: (?P<option>.*)", "option-refused"),
    (rf"Render error \((?:{_NO_SPACE})\) cannot save: '(?P<path>.*)'", "disk-full"),
    (r"Render error \((?P<text>.*)\) cannot save: '(?P<path>.*)'", "output-unwritable"),
    (_NO_SPACE, "disk-full"),
    (r"Cannot find lib '(?P<path>.*)'", "missing-library"),
    (r"LIB: (?P<name>.*) missing from '(?P<path>.*)', parent", "missing-data"),
    (r"Warning: [1-9]\d* libraries and \d+ linked data-blocks are missing", "missing-library"),
    (r"Warning: 0 libraries and [1-9]\d* linked data-blocks are missing", "missing-data"),
    (r"scripts disabled for \"(?P<path>.*)\", skipping '(?P<name>.*)'", "script-skipped"),
    (r"[MCmc]alloc\w* returns null|std::bad_alloc|System is out of (?:GPU|shared GPU) memory", "out-of-memory"),
    (rf"{_GPU}.*[Oo]ut of (?:GPU )?memory", "out-of-memory"),      # Cycles, source only: no GPU was there
    (rf"(?P<text>{_GPU} error.*)", "gpu-error"),                   # the same
    (r"Writing: (?P<path>.*\.crash\.txt)", "crashed"),
    (r"Error: Python: (?!Traceback)(?P<text>.*)", "python-error"),
))

_REFUSED = re.compile(r"restricted access disallows|enable auto-execution to support")
_DRIVER = re.compile(r"Error in PyDriver: expression failed: (?P<text>.*)")
_DRIVER_OF = re.compile(r"For target: \(type=(\w+), name=\"(.*)\", property=(.*), property_index=(\d+)\)")
_TRACEBACK = "Traceback (most recent call last):"
_VAGUE = ("missing-library", "missing-data", "disk-full", "scene-missing", "crashed")
_OF_BLEND = {"scene-missing": ("path",), "no-camera": ("scene",), "script-refused": ("path",),
             "driver-broken": ("path",)}
_KILLS = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})


@dataclass(frozen=True)
class Finding:
    """One reason, and what is known of it."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_failure(self) -> bool:
        """The frames do not count, whatever Blender's exit code was."""
        return REASONS[self.code].is_failure

    @property
    def text(self) -> str:
        return explain(self.code, **self.facts)


class Listener:
    """Hears what one Blender says, line by line, and says afterwards what was wrong."""

    def __init__(self, blend: str | None = None, keep_lines: int = 40) -> None:
        self.blend = blend
        self.tail: deque[str] = deque(maxlen=keep_lines)
        self.report: dict[str, Any] | None = None
        self.changes = 0            # how many lines were heard that are no news of the render
        self._found: dict[str, list[dict[str, Any]]] = {}
        self._refused = False       # the next driver error is a script that was not allowed
        self._in_traceback = False

    def hear(self, line: str) -> Event | None:
        """One line, with or without its end; bytes that are not UTF-8 as surrogates. What it tells of the render."""
        line = line.rstrip("\r\n")
        if (found := report.read(line)) is not None:
            self.report, self.changes = found, self.changes + 1
            return None
        line = line[:LONGEST]
        self.tail.append(line)
        if told := parse(line):
            return told
        self.changes += bool(line)
        if not self._hear_traceback(line) and not self._hear_driver(line):
            self._hear_table(line)
        return None

    def findings(self, returncode: int | None, *, scene: str | None = None,
                 missing_frames: Sequence[int] = ()) -> list[Finding]:
        """What was wrong, worst first; nothing when all was well.

        `returncode` as subprocess has it (-11: SIGSEGV), None for a Blender that still lives.
        """
        found = {code: list(facts) for code, facts in self._found.items()}
        self._add_report(found, scene)
        if scene is not None:       # of another scene's engine nobody needs to know
            found["engine-missing"] = [facts for facts in found.get("engine-missing", ())
                                       if facts.get("scene", scene) == scene]
        _add_end(found, returncode, missing_frames)
        _drop_vague(found)
        known = {"path": self.blend, "scene": scene}
        return [Finding(code, _with_known(code, facts, known)) for code in worst_first(found) for facts in found[code]]

    def _hear_traceback(self, line: str) -> bool:
        """True when the line belongs to a traceback. Its last line is the first that is not indented."""
        if _TRACEBACK in line:
            self._in_traceback = True
            return True
        if not self._in_traceback or not line or line[0].isspace():
            return self._in_traceback
        self._in_traceback = False
        _add(self._found, "python-error", {"text": line})
        return True

    def _hear_driver(self, line: str) -> bool:
        """True when the line is about a driver: why it failed, which expression, whose."""
        if _REFUSED.search(line):
            self._refused = True
            return True
        if said := _DRIVER.search(line):
            _add(self._found, "script-refused" if self._refused else "driver-broken", said.groupdict())
            return True
        if not (said := _DRIVER_OF.search(line)):
            return False
        last = self._found.get("script-refused" if self._refused else "driver-broken", [])
        if last and "driver" not in last[-1]:
            last[-1]["driver"] = f'{said[1]} "{said[2]}", {said[3]}'
            last[-1]["text"] = f'{last[-1]["driver"]}: {last[-1]["text"]}'
        self._refused = False
        return True

    def _hear_table(self, line: str) -> None:
        for pattern, code in _SAYS:
            if said := pattern.search(line):
                _add(self._found, code, {name: fact for name, fact in said.groupdict().items() if fact})
                return

    def _add_report(self, found: dict[str, list[dict[str, Any]]], scene: str | None) -> None:
        told = self.report or {}
        for key, code in (("images", "missing-file"), ("libraries", "missing-library"), ("files", "missing-cache")):
            for path in _texts(told.get(key)):
                _add(found, code, {"path": path})
        scenes = told.get("scenes")
        if scene is not None and isinstance(scenes, dict) and scenes and scene not in scenes:
            found["scene-missing"] = [{"scene": scene, "there": list(scenes)[:MOST]}]


def _with_known(code: str, facts: dict[str, Any], known: dict[str, str | None]) -> dict[str, Any]:
    """The facts, and what the caller knows where Blender did not say it."""
    wanted = _OF_BLEND.get(code, ())
    return {name: known[name] for name in wanted if known[name] is not None} | facts


def _texts(value: object) -> Iterable[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _add(found: dict[str, list[dict[str, Any]]], code: str, facts: dict[str, Any]) -> None:
    there = found.setdefault(code, [])
    if facts not in there and len(there) < MOST:
        there.append(facts)


def _add_end(found: dict[str, list[dict[str, Any]]], returncode: int | None, missing: Sequence[int]) -> None:
    """What the way it ended tells, and the frames that are not there."""
    if returncode is not None and returncode < 0:
        code = "killed" if -returncode in _KILLS else "crashed"
        name = {"program": "Blender", "signal": _signal_name(-returncode)}
        found[code] = [facts | name for facts in found.get(code) or [{}]]
    elif returncode and not any(facts and REASONS[code].is_failure for code, facts in found.items()):
        _add(found, "exit-code", {"program": "Blender", "code": returncode})
    if missing:
        _add(found, "frame-missing", {"program": "Blender", "frame": list(missing)})


def _drop_vague(found: dict[str, list[dict[str, Any]]]) -> None:
    """A finding without facts tells nothing beside one that has some; nor does what a lost library held."""
    lost = {facts.get("path") for facts in found.get("missing-library", ())}
    found["missing-data"] = [facts for facts in found.get("missing-data", ()) if facts.get("path") not in lost]
    if any(lost):
        found["missing-data"] = [facts for facts in found["missing-data"] if facts]
    for code in _VAGUE:
        found[code] = [facts for facts in found.get(code, ()) if facts] or found.get(code, [])[:1]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
