"""Every reason can be said in plain words, whatever is known."""

import string

from hypothesis import given
from hypothesis import strategies as st

from spool.reasons import REASONS, UNKNOWN, explain, worst_first

VALUES = st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()), st.floats())


def test_every_fact_of_a_sentence_has_a_word_for_not_known() -> None:
    wanted = {name for reason in REASONS.values() for _, name, _, _ in string.Formatter().parse(reason.sentence)}
    assert wanted - {None} == set(UNKNOWN)


def test_every_reason_is_a_sentence_with_a_cure() -> None:
    for code, reason in REASONS.items():
        assert code == reason.code == code.lower() and " " not in code
        assert reason.cure[-1] in ".?!" and "{" not in reason.cure
        assert explain(code)[0].isupper() and "{" not in explain(code)


@given(st.sampled_from([*REASONS, "no-such-code"]), st.dictionaries(st.sampled_from([*UNKNOWN, "more"]), VALUES))
def test_explaining_never_fails_and_is_one_printable_line(code: str, facts: dict[str, object]) -> None:
    assert explain(code, **facts).isprintable()


def test_a_long_list_is_cut() -> None:
    assert "frame 1, 2, 3, 4 and 6 more." in explain("frame-missing", program="Blender", frame=list(range(1, 11)))


def test_what_is_known_stands_in_the_sentence() -> None:
    assert explain("scene-missing", scene="Sh\x1bot", path="/film/a.blend").startswith(
        'There is no scene "Sh?ot" in /film/a.blend. ')


def test_a_cause_is_blamed_before_its_effect() -> None:
    assert worst_first(["unheard-of", "frame-missing", "disk-full", "exit-code", "disk-full"]) == [
        "disk-full", "frame-missing", "exit-code", "unheard-of"]
