"""farm.yaml: what is read without a YAML parser is what the parser would read."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spool import farm_settings, opening
from spool.layout import Spool

PIECES = st.lists(st.sampled_from(["format", "beat", ":", ": ", " ", "  ", "#", " #", "\n", "\r", "\t", "1", "5.0",
                                   "true", "-", "- ", "...", "---", "'", '"', "[", "]", "{", "&a", "*a", "!", "é",
                                   "\u2028"]))


@given(PIECES)
def test_simple_lines_say_what_yaml_says(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    found = farm_settings._simple(data)
    assert found is None or found == (yaml.load(data, yaml.BaseLoader) or {})


@pytest.mark.parametrize("text", ["format: 1\nbeat: 2\n", "format: 1\nbeat: '2'", "{format: 1, beat: 2}",
                                  "# old\nformat: 1   # one\n\nbeat: 2 #\n",
                                  "beat: 3\nbeat: 2\nformat: 1"])
def test_each_way_to_write_it_is_read(spool: Spool, text: str) -> None:
    Path(spool.root, "farm.yaml").write_text(text)
    assert opening.open_spool(spool.root).beat == 2


@pytest.mark.parametrize("text", [farm_settings.NEW, farm_settings.NEW + farm_settings.BY_INBOX])
def test_what_init_writes_is_simple(text: str) -> None:
    assert farm_settings._simple(text.encode()) == yaml.load(text, yaml.BaseLoader)
