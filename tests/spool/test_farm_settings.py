"""farm.yaml: what is read without a YAML parser is what the parser would read."""

from itertools import product
from pathlib import Path

import pytest
import yaml

from spool import farm_settings, opening
from spool.layout import Spool

KEYS = ("beat", "format", "", " beat", "- beat", "'beat'", "...", "---", "{beat")
COLONS = (": ", ":", ":   ", " : ", " ", "")
VALUES = ("1", "5.0", "true", "", "-", "'1'", "1 2", "[1]", "&a 1", "*a", "!x 1", "é", "1: 2")
ENDS = ("", " ", "#", " #", "  # two: 3", "\t", "\t# x", " }", "\r", "\u2028", " #\0")


@pytest.mark.parametrize("frame", ["{}", "{}\nformat: 1", "format: 1\n{}\n"])
def test_simple_lines_say_what_yaml_says(frame: str) -> None:
    for parts in product(KEYS, COLONS, VALUES, ENDS):
        data = frame.replace("{}", "".join(parts), 1).encode()
        found = farm_settings._simple(data)
        assert found is None or found == (yaml.load(data, yaml.BaseLoader) or {}), data


@pytest.mark.parametrize("text", ["format: 1\nbeat: 2\n", "format: 1\nbeat: '2'", "{format: 1, beat: 2}",
                                  "# old\nformat: 1   # one\n\nbeat: 2 #\n",
                                  "beat: 3\nbeat: 2\nformat: 1"])
def test_each_way_to_write_it_is_read(spool: Spool, text: str) -> None:
    Path(spool.root, "farm.yaml").write_text(text)
    assert opening.open_spool(spool.root).beat == 2


@pytest.mark.parametrize("text", [farm_settings.NEW, farm_settings.NEW + farm_settings.BY_INBOX])
def test_what_init_writes_is_simple(text: str) -> None:
    assert farm_settings._simple(text.encode()) == yaml.load(text, yaml.BaseLoader)
