from tests.system.kills import campaign


def test_random_kills_lose_nothing_and_show_nothing_half() -> None:
    said: list[str] = []
    assert campaign(3, seed=7, heavy=False, say=said.append) == 0, "\n".join(said)
