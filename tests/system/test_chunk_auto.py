"""`--chunk auto` with the real Blender."""

from tests.system import scripted
from tests.system.farm import BLENDS, Farm, says

AUTO = {"chunk": 100, "chunk_seconds": 600.0}


def test_chunks_of_auto_grow_and_every_frame_is_there(farm: Farm) -> None:
    job = farm.add(BLENDS / "one_20.blend", "Shot", "1-20", **AUTO)        # type: ignore[arg-type]
    said = farm.once()
    assert farm.state(job) == "done", said
    assert [says(farm.out / name) for name in farm.frames()] == [(f, 1) for f in range(1, 21)]
    found = farm.detail(job)
    assert [chunk.name for chunk in found.chunks] == [
        "000.0001-0001", "001.0020-0020", "002.0011-0011", "003.0002-0007", "003.0008-0010", "004.0012-0019"]
    assert {chunk.state for chunk in found.chunks} == {"done"} and found.view.done == found.view.frames == 20


def test_two_hosts_share_one_large_chunk_from_the_beginning(farm: Farm) -> None:
    mood = farm.root / "mood"
    blend = scripted.slow_while(mood, BLENDS / "one_20.blend", farm.root / "slow.blend")
    mood.touch()
    job = farm.add(blend, "Shot", "1-20", order="linear", **AUTO)        # type: ignore[arg-type]
    assert [chunk.name for chunk in farm.detail(job).chunks] == ["000.0001-0020"]
    farm.host("alpha", **scripted.ALLOWED), farm.host("beta", **scripted.ALLOWED)
    farm.until(lambda: {one["host"] for one in farm.events(job, "taken")} == {"alpha", "beta"})
    assert farm.events(job, "cut") == [], "whoever took first gave back, what it should have left"
    mood.unlink()
    farm.until_state(job, "done")
    assert {d.host for d in farm.detail(job).per_frame.values()} == {"alpha", "beta"}
    assert len(farm.events(job, "frame")) == 20, "no frame was rendered twice"
