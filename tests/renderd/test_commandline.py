"""Which command a chunk gets: for a Blender that is driven, or the plain one."""

import json
from dataclasses import replace

import pytest

from renderd import commandline
from renderd.blenders import Blender
from spool import chunk, command
from spool.claim import Claim
from spool.job import Job
from spool.layout import ChunkName, ClaimName, Incarnation

BLENDER = Blender("/opt/blender/blender", (3, 4, 1))


def claim(edited: str = "", **more: object) -> Claim:
    template = tuple(command.blender_template("/film/a.blend", "-o", "PNG"))        # a scene may be called so
    job = replace(Job(job="j", name="a", created="", recipe="blender", frames="1-9", chunk=9, template=template,
                      order="linear", chunks=1, tries=3, output="/film/r/####.png", blend="/film/a.blend",
                      scene="-o"), **more)  # type: ignore[arg-type]
    name = ChunkName("000", 1, 9)
    told = json.loads(chunk.encode(job, name, range(1, 10)))
    told["command"] += [edited] if edited else []
    return Claim(job, ClaimName(name, Incarnation("ws01", 1, "00000000"), 1), "", json.dumps(told).encode())


def test_a_driven_blender_gets_all_but_output_and_frames() -> None:
    words = commandline.driven(claim(), 2, BLENDER, scripts=False)
    assert words[:6] == ["/opt/blender/blender", "-b", "--factory-startup", "-noaudio", "-t", "2"]
    assert words[words.index("/film/a.blend"):] == ["/film/a.blend", "-S", "-o", "-F", "PNG", "-x", "1", "-P",
                                                    str(commandline.DRIVER)]
    assert "-y" in commandline.driven(claim(), 2, BLENDER, scripts=True)


@pytest.mark.parametrize(("one", "blender"), [
    (claim(edited="--verbose"), BLENDER), (claim(), Blender("/b", (2, 79, 2))), (claim(output=""), BLENDER),
    (claim(template=("blender", "/film/a.blend", "-o", "{output}", "-f", "{first}..{last}")), BLENDER),
    (claim(template=("blender", "/film/a.blend", "{output}", "{ranges}")), BLENDER),
], ids=["edited", "too old", "nothing known of its pictures", "no ranges", "no -o"])
def test_any_other_command_stays_plain(one: Claim, blender: Blender) -> None:
    assert commandline.driven(one, 2, blender, scripts=False) == []
