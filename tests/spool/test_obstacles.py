"""Every obstacle can be said in plain words, whatever is known; and whoever says one says one that is there."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import obstacles
from spool.obstacles import ABOUT, OBSTACLES, Found
from spool.reasons import REASONS

REPO = Path(__file__).resolve().parents[2]
TEXT = st.text(max_size=20)
VALUES = st.one_of(st.none(), TEXT, st.integers(), st.lists(TEXT, max_size=6), st.floats(), st.booleans())
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
                    max_leaves=6)


def said_codes(source: str) -> Iterator[str]:
    """The codes in `Verdict(False, "code"`, `Found("code"` and `obstacles.note("code"`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).removeprefix("verdict.")
            at = {"Verdict": 1, "Found": 0, "obstacles.Found": 0, "obstacles.note": 0}.get(name)
            if at is not None and len(node.args) > at and isinstance(code := node.args[at], ast.Constant):
                yield str(code.value)


def test_every_obstacle_is_a_sentence_about_something() -> None:
    for code, row in OBSTACLES.items():
        assert code == row.code == code.lower() and " " not in code and row.about in ABOUT
        assert row.sentence[-1] in ".}" and row.sentence[0] in string.ascii_uppercase + "{`"
        assert row.cure or row.about == obstacles.NOTE, f"{code} has no cure"


def test_no_code_says_two_things() -> None:
    assert OBSTACLES.keys() & REASONS.keys() == set()


def test_every_code_that_is_said_is_in_the_table() -> None:
    said = {code: path.name for folder in ("spool", "renderd", "render_cli", "webview")
            for path in (REPO / folder).rglob("*.py") for code in said_codes(path.read_text())}
    assert "program-refused" in said and "job-rests" in said
    assert {code: where for code, where in said.items() if code not in OBSTACLES} == {}


def test_every_code_is_made_true_by_a_test_that_asks_for_it() -> None:
    """A new code wants a test in one of these files, which make a situation and ask `render why`."""
    files = [*(REPO / "tests/system").glob("test_why*.py"), REPO / "tests/render_cli/test_why.py"]
    asked = {str(part.value) for path in files for part in ast.walk(ast.parse(path.read_text()))
             if isinstance(part, ast.Constant)}
    assert [code for code in OBSTACLES if code not in asked] == []


@given(st.sampled_from([*OBSTACLES, "no-such-code"]),
       st.dictionaries(st.sampled_from(["host", "job", "text", "chunks", "seconds"]), VALUES))
def test_saying_never_fails_and_is_one_printable_line(code: str, facts: dict[str, object]) -> None:
    assert Found(code, facts).text.isprintable() and Found(code, facts).cure.isprintable()


@given(JSON)
def test_whatever_stands_in_a_status_is_read(said: object) -> None:
    for status in (said, {"obstacles": said}, {"obstacles": [{"code": said, "facts": said, "job": said}]}):
        if isinstance(status, dict):
            assert all(one.text.isprintable() for one in obstacles.noted(status, "ws07"))


def test_a_daemon_notes_something_of_itself_or_of_a_job() -> None:
    status = {"obstacles": [obstacles.note("host-stopping"), obstacles.note("job-rests", "J", text="no\x1b way")]}
    assert [one.text for one in obstacles.noted(status, "ws07")] == ["ws07 is about to end."]
    [rests] = obstacles.noted(status, "ws07", "J")
    assert rests.code == "job-rests" and rests.text.endswith("half a minute: no? way")
    assert obstacles.noted(status, "ws07", "K") == []


def test_the_order_is_that_of_the_table() -> None:
    found = [Found("unheard-of"), Found("slots-full"), Found("held")]
    assert [one.code for one in obstacles.first(found)] == ["held", "slots-full", "unheard-of"]


@pytest.mark.parametrize(("fact", "text"), [
    (["a", "b"], "a, b"), (list("abcdef"), "a, b, c, d and 2 more"), (12345, "12,345"), (None, "None"), (1.5, "1.5")])
def test_a_fact_is_said_as_people_say_it(fact: object, text: str) -> None:
    assert obstacles.Words({"x": fact})["x"] == text
