from tests.system.farm import BLENDS  # noqa: F401  (marks the tests that need them)
from tests.system.kills import LIGHT, campaign


def test_random_kills_lose_nothing_and_show_nothing_half() -> None:
    said: list[str] = []
    assert campaign(3, 7, LIGHT, say=said.append) == 0, "\n".join(said)
