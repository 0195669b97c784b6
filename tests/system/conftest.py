from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.farm import Farm, farm


@pytest.fixture(name="farm")
def fixture_farm(tmp_path: Path) -> Iterator[Farm]:
    with farm(tmp_path) as made:
        yield made
