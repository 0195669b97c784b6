"""Every hold can be said in plain words, whatever a status.json has."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spool import holds
from spool.holds import SORTS, Hold

WANTED = {name for sort in SORTS.values() for text in (sort.sentence, sort.cure)
          for _, name, _, _ in string.Formatter().parse(text)} - {None}
JSON = st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=6)
HOLD = st.dictionaries(st.sampled_from(["code", "who", "text"]), JSON, max_size=3)


@given(st.sampled_from([*SORTS, "no-such-code", "{}", "{who}"]),
       st.dictionaries(st.sampled_from(["host", "more", *map(str, WANTED)]), JSON))
def test_a_hold_is_a_printable_line_whatever_is_known(code: str, facts: dict[str, object]) -> None:
    assert all(part.isprintable() for part in holds.sentence_and_cure("ws\x1b07", Hold(code, facts)))


@given(JSON | st.lists(JSON | HOLD, max_size=3))
def test_nonsense_in_a_status_is_passed_over(found: object) -> None:
    assert all(one["text"] for one in holds.explain("ws07", holds.of({"holds": found})))


@pytest.mark.parametrize("code", SORTS)
def test_every_hold_names_its_host_and_a_cure(code: str) -> None:
    text, cure = holds.sentence_and_cure("ws07", Hold(code, {}))
    assert "ws07" in text and cure and "{" not in text + cure


def test_what_a_daemon_writes_is_what_others_read() -> None:
    hold = Hold("schedule", {"when": "sat", "next": "sat 00:00"})
    assert holds.of({"holds": [hold.as_json(), 7, {"code": 3}]}) == [hold]
