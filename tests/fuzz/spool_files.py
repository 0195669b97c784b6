"""What lies in the spool: info files, jobs, journals, redos, hosts, farm.yaml, and all names."""

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from render_cli import hosts as hosts_command
from render_cli import show, table
from spool import (
    added,
    chunk,
    command,
    farm_settings,
    frames,
    host_facts,
    hosts,
    job,
    job_facts,
    journal,
    layout,
    opening,
    trusted,
    verdict,
    view,
)
from spool.errors import SpoolError
from spool.host_names import host_name
from spool.hosts import HostView
from spool.layout import Spool
from tests.fuzz import mutate
from tests.fuzz.target import Target, file, folder

NAME = layout.parse_chunk("003.0001-0030~1~ws07")
JOB = "20261120-101530-shot010-7f3a"
ASKED = job.Job(JOB, "shot010", "2026-11-20T10:15:30Z", "blender",
                tuple(command.blender_template("/film/shot.blend", "Shot {first}", "PNG")), "1-30", 10, "probe",
                "/film/render/####.png", 3, 3, blend="/film/shot.blend", blender=(3, 4), scene="Shot {first}",
                file_format="PNG", width=1920, height=1080, fps=25.0)


def ours(function: Callable[..., Any], *arguments: Any) -> Any:
    """What it gives; None where it says with an error of ours that it cannot."""
    try:
        return function(*arguments)
    except SpoolError as wrong:
        assert wrong.message.isprintable(), wrong.message
        return None


def info(data: bytes) -> None:
    found = ours(chunk.decode, "/mnt/spool/todo/x", data, NAME)
    if found:
        assert all(NAME.first <= frame <= NAME.last for frame in found.frames)
        os.fsencode("\n".join(command.staged(found.command, found.output, "/stage")))
        command.frame_path(found.output, found.frames[0])


def a_job(data: bytes) -> None:
    place = _spool("job", {f"jobs/{JOB}/job.json": data})
    found = ours(job.read, place, JOB)
    if found:
        some = found.frame_list()[:100]
        os.fsencode("\n".join(command.expand(found.template, some, found.output)))
        file_name = found.file_of(some[0]), found.todo_folder("003"), command.has_frame_mark(found.output)
        assert file_name and chunk.decode("info", chunk.encode(found, chunk.name_of(0, 3, some), some),
                                          chunk.name_of(0, 3, some)).frames == tuple(some)
        verdict.may_take(found, NAME, verdict.Host("ws07", ("blender",), ((3, 4),)))
        json.dumps(job.to_json(found))


def a_journal(data: bytes) -> None:
    place = _spool("journal", {f"jobs/{JOB}/job.json": json.dumps(job.to_json(ASKED)).encode(),
                               f"jobs/{JOB}/journal/ws07.jsonl": data})
    found = ours(view.detail, place, layout.Entry("queue", 50, JOB))
    for one in found.per_frame.values():
        assert isinstance(one.seconds, int | float | None) and isinstance(one.peak_mb, int | float | None)
    "".join(show._times(found))
    job_facts.summary(found)
    added.next_seq(place, ASKED)


def a_redo(data: bytes) -> None:
    ours(journal.wanted_rounds, _spool("redo", {f"jobs/{JOB}/redo/001-9c0b.json": data}), ASKED)


def a_host(data: bytes) -> None:
    """The first line is host.json, the second status.json."""
    said, _, now = data.partition(b"\n")
    facts, status = ours(trusted.decode, "host.json", said) or {}, ours(trusted.decode, "status.json", now) or {}
    verdict.may_take(ASKED, NAME, hosts.as_host("ws07", facts))
    one = host_facts.facts(Spool("/mnt/spool"), HostView("ws07", facts, status, True, 1.0))
    for line in table.lines(hosts_command._COLUMNS, [hosts_command._cells(one)], 80):
        assert table._STYLE.sub("", line).isprintable(), "a terminal would obey it"


def names(data: bytes) -> None:
    """Any name that a folder may hold, and a longer one that a journal may."""
    text = os.fsdecode(data)
    for parse in (layout.parse_chunk, layout.parse_claim, layout.parse_beat, layout.parse_incarnation,
                  layout.parse_job):
        found = ours(parse, text)
        assert found is None or str(found) == text
    for state in layout.STATES:
        entry = ours(layout.parse_entry, state, text)
        assert entry is None or entry.name == text
    assert host_name(text) and layout.slug(text)


def frame_list(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found = ours(frames.parse, text)
    if found:
        assert frames.parse(frames.text(found)) == found


def template(data: bytes) -> None:
    """Arguments, one a line; the last one is the pattern of the output."""
    *words, output = data.decode("utf-8", "surrogateescape").split("\n")
    done = command.expand(words, [1, 3, 5], output, 4)
    os.fsencode("\n".join(command.staged(done, output, "/stage")))
    command.frame_path(output, 1_048_574)
    command.has_frame_mark(output)
    assert command.expand([command.verbatim(word) for word in words if word != "{ranges}"], [1], output) == [
        word for word in words if word != "{ranges}"]
    for format in ("PNG", "JPEG"):
        command.blender_pattern(output, format)


def farm(data: bytes) -> None:
    ours(opening.open_spool, _spool("farm", {"farm.yaml": data}).root)


def _spool(kind: str, files: dict[str, bytes]) -> Spool:
    """The spool of one kind of test, with these files in it."""
    spool = _empty_spool(kind)
    for name, data in files.items():
        file(f"{kind}/{name}", data)
    return spool


@cache
def _empty_spool(kind: str) -> Spool:
    """With the folders of one job."""
    spool = opening.init(folder(kind))
    for name in layout.JOB_FOLDERS:
        folder(f"{kind}/jobs/{JOB}/{name}")
    return spool


def _infos() -> Iterator[bytes]:
    for some in ([1], [1, 2, 3], list(range(1, 31, 2)), [1, 5, 9, 30]):
        yield chunk.encode(ASKED, chunk.name_of(3, 3, some), some)


def _jobs() -> Iterator[bytes]:
    yield json.dumps(job.to_json(ASKED)).encode()


def _journals() -> Iterator[bytes]:
    lines = [
        {"t": "2026-11-20T10:15:30Z", "event": "taken", "chunk": "003.0001-0010", "who": "ws07.1.9f2c41aa.0"},
        {"t": "", "event": "frame", "chunk": "003.0001-0010", "frame": 7, "round": 0, "seconds": 1.2, "peak_mb": 245},
        {"t": "", "event": "frame", "chunk": "003.0001-0010", "frame": 8, "round": 1, "blend": "0a"},
        {"t": "", "event": "failed", "chunk": "003.0001-0010", "reason": "crashed", "text": "Blender crashed."},
        {"t": "", "event": "done", "chunk": "003.0001-0010", "frames": "1-10", "try": 2},
    ]  # fmt: skip
    yield b"\n".join(json.dumps(line, separators=(",", ":")).encode() for line in lines) + b"\n"
    yield json.dumps(lines[1]).encode() + b'\n{"t":"2026'


def _redos() -> Iterator[bytes]:
    yield b'{"round": 1, "frames": "1-5,7"}'


def _hosts() -> Iterator[bytes]:
    said = {"host": "ws07", "cores": 8, "memory_mb": 32000, "slots": [4, 4], "programs": ["blender", "ffmpeg"],
            "blenders": [{"path": "/opt/blender/blender", "version": "3.4.1"}]}
    now = {"state": "rendering", "swap_used_mb": 0, "memory_free_mb": 20000,
           "slots": [{"job": JOB, "chunk": "003.0001-0010", "frame": 7}]}
    yield json.dumps(said).encode() + b"\n" + json.dumps(now).encode()


def _names() -> Iterator[bytes]:
    yield from (b"003.0021-0030~1~ws07+ws03", b"003.0021-0030@ws07.4312.9f2c41aa.2", b"ws07.4312.9f2c41aa!118",
                b"ws07.4312.9f2c41aa", JOB.encode(), b"50." + JOB.encode(), b"5." + JOB.encode() + b"~queue",
                b"003.0001-" + b"9" * 4400)


def _frame_lists() -> Iterator[bytes]:
    yield from (b"1-100x2,120", b"1-10,15,20-30", b"7", b"1:10", b"0-1048574", b"0-999999x1,5-1",
                b"1-9999," * 20 + b"1", b"2,3,5,7,11,13")


def _templates() -> Iterator[bytes]:
    yield "\n".join((*ASKED.template, ASKED.output)).encode()
    yield b"sh\n-c\necho {frames} {{}first} {ranges}\n{ranges}\n/o/%04d_%d#.png"


_FRAMES = {"seconds": 2.0, "megabytes": 200.0}      # a list may mean a million frames
TARGETS = (
    Target("info", info, _infos, 80, mutate.json_object, mutate.JSON_WORDS, **_FRAMES),
    Target("job", a_job, _jobs, 50, mutate.json_object, mutate.JSON_WORDS, **_FRAMES),
    Target("journal", a_journal, _journals, 60, mutate.json_lines, mutate.JSON_WORDS),
    Target("redo", a_redo, _redos, 20, mutate.json_object, mutate.JSON_WORDS, **_FRAMES),
    Target("hosts", a_host, _hosts, 40, mutate.json_lines, mutate.JSON_WORDS),
    Target("names", names, _names, 60, words=(b"~", b"@", b"!", b"+", b".", b"-", b"0000-", b"~queue"), longest=8192),
    Target("frames", frame_list, _frame_lists, 60, words=(b"-", b"x", b",", b":", b"1048574"), **_FRAMES),
    Target("template", template, _templates, 50,
           words=(b"{ranges}", b"{first}", b"{frames}", b"{output}", b"{{}", b"####", b"%04d", b"\n")),
    Target("farm", farm, lambda: [farm_settings.NEW.encode()], 40, words=mutate.YAML_WORDS),
)
