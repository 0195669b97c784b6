"""The JSON beside a .blend: read whole or named as broken; changed by many, and nothing lost."""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_film import crash_everywhere, put

from assetfs import sidecar
from assetfs.errors import AssetError, BadSidecar, Busy, Exists, NoAsset, NotWritten
from assetfs.sidecar_keys import KEYS
from assetfs.writing import alone

REPO = Path(__file__).resolve().parents[2]
GOOD = {"name": "Tree", "type": "prop", "state": "todo"}
ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                   lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                   max_leaves=8)


def said_of(data: bytes) -> str:
    with pytest.raises(BadSidecar) as error:
        sidecar.parse("a.blend.json", data)
    return error.value.message


def test_what_is_not_said_is_none_or_empty() -> None:
    said = sidecar.parse("a", json.dumps(GOOD).encode())
    assert (said.priority, said.render, said.owner, said.rating, said.final) == (None,) * 5
    assert (said.support, said.dependencies, said.render_time, said.pipeline) == ((), (), {}, ())


def test_what_rfam_writes_is_read() -> None:
    said = sidecar.parse("a", json.dumps(GOOD | {
        "owner": None, "support": ["ben"], "priority": 30, "render": True, "time_budget": {"us": 30},
        "render_time": {"1": [3, 2.5]}, "pipeline": "light", "dependencies": ["props/a.blend"]}).encode())
    assert (said.support, said.priority, said.pipeline) == (("ben",), 30, ("light",))
    assert said.render_time == {"1": (3.0, 2.5)} and said.time_budget == {"us": 30.0}


@pytest.mark.parametrize(("wrong", "words"), [
    ({"support": 5}, 'support must be a list of idents, like ["ana", "ben"], not 5.'),
    ({"support": [5]}, "support must be a list of idents"),
    ({"support": "ana"}, 'not "ana".'),
    ({"priority": "high"}, 'priority must be a whole number, like 50, not "high".'),
    ({"priority": True}, "priority must be a whole number, like 50, not true."),
    ({"priority": 10**30}, "priority must be a whole number"),
    ({"render_time": [1, 2]}, 'render_time must be lists of seconds by frame, like {"12": [3.5]}, not a list.'),
    ({"render_time": {"1": 5}}, "render_time must be lists of seconds by frame"),
    ({"render_time": {"1": [-5]}}, "render_time must be lists of seconds by frame"),
    ({"render_time": {"1": [True]}}, "render_time must be lists of seconds by frame"),
    ({"render_time": {"1": [1e12]}}, "render_time must be lists of seconds by frame"),
    ({"time_budget": {"todo": True}}, "time_budget must be minutes by state"),
    ({"render": "yes"}, 'render must be true or false, not "yes".'),
    ({"rating": 6}, "rating must be a whole number from 0 to 5, or null, not 6."),
    ({"rating": [1]}, "rating must be a whole number from 0 to 5, or null, not a list."),
    ({"state": None}, 'state is missing; it must be the ident of a state, like "todo".'),
    ({"name": ""}, "name must be a text"),
    ({"owner": "a\x1b[2J", "final": "\x1b[2J"}, 'not "\\u001b[2J".'),
])
def test_a_wrong_type_is_named_with_its_key_and_the_cure(wrong: dict[str, Any], words: str) -> None:
    assert words in said_of(json.dumps(GOOD | wrong).encode())


def test_all_wrong_keys_are_named_at_once() -> None:
    with pytest.raises(BadSidecar) as error:
        sidecar.parse("a", json.dumps({"name": "x", "support": 5, "priority": []}).encode())
    assert len(error.value.problems) == 4


@pytest.mark.parametrize(("data", "words"), [
    (b"", "the file is empty"),
    (b"\0" * 4096, "is not JSON"),
    (b"[]", "it must be an object"),
    (b'{"name":\n "x",}', "line 2 is not JSON"),
    (b'{"name": "x", "name": "y"}', "name stands in it twice; delete one."),
    (b'{"\\ud800": 1, "\\ud800": 2}', "\\ud800 stands in it twice"),
    (b"{" + b", ".join(b'"%d": 1' % i for i in range(70_000)) + b', "7": 1}', "7 stands in it twice"),
    (b'{"priority": NaN}', "NaN is not a number of JSON"),
    (b'{"a": -Infinity}', "-Infinity is not a number"),
    (b'{"a": 1e999}', "1e999 is not a number"),
    (b'{"a": ' + b"9" * 5000 + b"}", "thousands of digits"),
    (b'{"a": ' + b"[" * 100_000, "brackets in brackets without end"),
    (b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, "brackets in brackets without end"),
    (b'{"a":\n"\xff"}', "line 2 is not UTF-8"),
    ('{"name": "x"}'.encode("utf-16"), "is not UTF-8"),
    (b'{"a": "\\ud800"}', "half of a \\u pair"),
    (b'{"a": "' + b"x" * 1_000_000 + b'"}', "more than 1000000 bytes"),
])
def test_a_broken_file_says_why(data: bytes, words: str) -> None:
    assert words in said_of(data)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert sidecar.parse("a", json.dumps(GOOD).encode("utf-8-sig")).name == "Tree"


@given(st.binary() | ANY.map(lambda value: json.dumps(value).encode())
       | st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, ANY)).map(
           lambda d: json.dumps(GOOD | d).encode()))
@settings(max_examples=400, deadline=None)
def test_anything_is_a_sidecar_or_named_as_broken(data: bytes) -> None:
    try:
        said = sidecar.parse("a", data)
    except BadSidecar as error:
        assert error.problems and all(problem.isprintable() for problem in error.problems)
    else:
        json.dumps(dict(said.found), ensure_ascii=False, allow_nan=False).encode()


@given(st.dictionaries(st.text(), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])), st.lists, max_leaves=5), max_size=6))
@settings(max_examples=60, deadline=None)
def test_unknown_keys_and_their_order_survive_a_change(tmp_path_factory: pytest.TempPathFactory,
                                                       keys: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("s") / "a.blend.json"
    found = {f"x{key}": value for key, value in keys.items()} | GOOD | {"zz": [1, {"b": 1.0, "a": None}]}
    try:
        path.write_text(json.dumps(found))
    except UnicodeEncodeError:
        return
    try:
        sidecar.read(path)
    except BadSidecar:
        return
    sidecar.change(path, lambda d: d.update(state="done"))
    assert list(json.loads(path.read_bytes()).items()) == list((found | {"state": "done"}).items())


def test_a_broken_sidecar_is_not_changed_by_a_program(tmp_path: Path) -> None:
    path = tmp_path / "a.blend.json"
    path.write_bytes(b'{"name": "x",')
    with pytest.raises(BadSidecar):
        sidecar.change(path, lambda found: found.update(GOOD))
    assert path.read_bytes() == b'{"name": "x",'


@pytest.mark.parametrize("value", [5, float("nan"), "\udcff", ["x" * 1_000_000]])
def test_a_change_that_would_break_it_is_not_written(tmp_path: Path, value: Any) -> None:
    path = put(tmp_path, "a.blend")
    before = path.read_bytes()
    with pytest.raises(BadSidecar):
        sidecar.change(path, lambda found: found.update(support=value))
    assert path.read_bytes() == before


def test_a_change_of_nothing_writes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend", priority=1)
    before = path.stat()
    sidecar.change(path, lambda found: found.update(priority=1))
    assert path.stat() == before


def test_mode_and_group_stay(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend")
    group = 12345 if os.geteuid() == 0 else os.getegid()
    os.chown(path, -1, group)
    path.chmod(0o640)
    sidecar.change(path, lambda found: found.update(priority=1))
    assert (path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (group, 0o640)


def test_a_new_one_has_the_rights_of_its_folder_whatever_the_umask(tmp_path: Path) -> None:
    tmp_path.chmod(0o2775)
    before = os.umask(0o077)
    try:
        sidecar.create(tmp_path / "a.blend.json", GOOD)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.blend.json").stat().st_mode) == 0o664


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend")
    before = path.read_bytes()
    with pytest.raises(Exists):
        sidecar.create(path, GOOD)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


def test_what_is_not_there_or_a_link_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoAsset):
        sidecar.read(tmp_path / "a.blend.json")
    with pytest.raises(NoAsset):
        sidecar.change(tmp_path / "gone/a.blend.json", lambda found: None)
    (tmp_path / "b.blend.json").symlink_to(put(tmp_path, "a.blend"))
    with pytest.raises(BadSidecar, match="this is a link"):
        sidecar.change(tmp_path / "b.blend.json", lambda found: found.update(priority=1))


def test_who_holds_the_lock_too_long_is_not_waited_for(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Busy), alone(tmp_path, wait=0.05):
        pass


ADDS = """
import sys; from pathlib import Path; from assetfs import sidecar
for i in range(200):
    sidecar.change(Path(sys.argv[1]), lambda found: found.update({f"{sys.argv[2]}{i}": i}))
"""


def test_two_processes_that_add_200_keys_each_lose_none(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend")
    both = [subprocess.Popen([sys.executable, "-c", ADDS, path, who], cwd=REPO) for who in "ab"]
    reads = 0
    while any(one.poll() is None for one in both):
        sidecar.read(path)              # never half of one
        reads += 1
    assert [one.returncode for one in both] == [0, 0] and reads
    found = json.loads(path.read_bytes())
    assert {f"{who}{i}" for who in "ab" for i in range(200)} <= set(found)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".assets.lock", "a.blend", "a.blend.json"]


def test_a_full_disk_leaves_the_old_one_and_says_so(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend")
    before = path.read_bytes()
    pid = os.fork()
    if pid == 0:                        # the kernel's limit for the size of a file, in a process of its own
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
            sidecar.change(path, lambda found: found.update(priority=1))
        except NotWritten as error:
            code = 0 if error.exit_code == 74 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert path.read_bytes() == before
    assert not [p for p in tmp_path.iterdir() if ".tmp" in p.name]


def test_a_crash_at_any_moment_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    path = put(tmp_path, "a.blend")
    old = path.read_bytes()

    def prepare() -> None:
        path.write_bytes(old)

    def whole() -> None:
        assert path.read_bytes() == old or sidecar.read(path).priority == 7

    assert crash_everywhere(prepare,
                            lambda: sidecar.change(path, lambda found: found.update(priority=7)), whole, tmp_path) > 12


def test_errors_are_of_one_family() -> None:
    assert issubclass(BadSidecar, AssetError)
