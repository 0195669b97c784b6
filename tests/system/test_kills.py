from tests.system.farm import BLENDS  # noqa: F401  (marks the tests that need them)
from tests.system.kills import LIGHT, PLAYED, campaign


def test_random_kills_lose_nothing_and_show_nothing_half() -> None:
    said: list[str] = []
    assert campaign(3, 7, LIGHT, say=said.append) == 0, "\n".join(said)


def test_random_kills_lose_nothing_while_the_end_of_a_claim_is_given_away() -> None:
    said: list[str] = []
    assert campaign(1, 4, PLAYED, say=said.append) == 0, "\n".join(said)
    assert not said[-1].endswith(" 0"), said
