"""Values of the wanted type out of YAML lines; what is wrong is noted with its line, and the rest stays usable."""

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assetfs.names import is_ident, shown
from assetfs.yaml_lines import Block, Entry, Items, Value, Word

SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True)
class Taker:
    """Takes from one file, and collects that file's problems."""

    path: Path
    problems: list[str] = field(default_factory=list)

    def wrong(self, line: int, text: str) -> None:
        self.problems.append(f"{self.path}:{line}: {shown(text)}")

    def only(self, block: Block, keys: Collection[str]) -> None:
        """Notes the keys that are none of these."""
        for entry in block.entries:
            if entry.key not in keys:
                near = difflib.get_close_matches(entry.key, keys, n=1, cutoff=0.5)
                cure = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}."
                self.wrong(entry.line, f"there is no {entry.key} here; {cure}")

    def text(self, block: Block, key: str, default: str = "") -> str:
        """The words as they stand there: a film may be called 1984 or No."""
        entry = _entry(block, key)
        if entry is None:
            return default
        if isinstance(entry.value, Word) and (entry.value.reads_as != "null" or entry.value.text not in ("", "~")):
            return entry.value.text
        self.wrong(entry.line, f"{key} must be a text; write {key}: something, or delete the line.")
        return default

    def one_of(self, block: Block, key: str, choices: Collection[str], default: str) -> str:
        text = self.text(block, key, default)
        if text in choices or _entry(block, key) is None:
            return text
        self.wrong(_line(block, key), f"{key} must be one of {', '.join(choices)}, not {text}.")
        return default

    def path_inside(self, block: Block, key: str, default: str = "") -> str:
        """A relative path with no way out of the folder, or ""."""
        text = self.text(block, key, default)
        parts = text.split("/")
        if not text or ("\0" not in text and all(part and part[0] != "." for part in parts)):
            return text
        self.wrong(_line(block, key), f"{key} must be a path inside the folder, like shots/wide, not {text}.")
        return default

    def number(self, block: Block, key: str, default: int) -> int:
        number = self.number_or_none(block, key)
        return default if number is None else number

    def number_or_none(self, block: Block, key: str) -> int | None:
        entry = _entry(block, key)
        if entry is None:
            return None
        if isinstance(entry.value, Word) and re.fullmatch(r"[+-]?\d{1,9}", entry.value.text, re.ASCII):
            return int(entry.value.text)
        self.wrong(entry.line, f"{key} must be a whole number; write {key}: 50.")
        return None

    def amounts(self, block: Block, key: str, unit: str) -> dict[str, float]:
        found = {}
        for entry in self.block(block, key).entries:
            text = entry.value.text if isinstance(entry.value, Word) else ""
            if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
                found[entry.key] = float(text)
            else:
                self.wrong(entry.line, f"{entry.key} must be a number of {unit}; write {entry.key}: 30.")
        return found

    def switch(self, block: Block, key: str, default: bool) -> bool:
        entry = _entry(block, key)
        if entry is None:
            return default
        text = entry.value.text.lower() if isinstance(entry.value, Word) else ""
        if text not in SWITCHES:
            self.wrong(entry.line, f"{key} must be yes or no.")
        return SWITCHES.get(text, default)

    def texts(self, block: Block, key: str) -> tuple[str, ...]:
        words = [(item.text if isinstance(item, Word) else None) for item in self._items(block, key)]
        texts = tuple(text for text in words if text)
        if len(texts) < len(words):
            self.wrong(_line(block, key), f"{key} must be a list of words; write {key}: [one, two].")
        return texts

    def block(self, block: Block, key: str) -> Block:
        """The lines below the key; none if there is no such key."""
        entry = _entry(block, key)
        if entry is None or isinstance(entry.value, Block):
            return entry.value if entry and isinstance(entry.value, Block) else Block((), block.line)
        if not _is_nothing(entry.value):
            self.wrong(entry.line, f"{key} must hold lines like name: value.")
        return Block((), entry.line)

    def named_blocks(self, block: Block) -> Iterator[tuple[str, Block]]:
        """What stands under each ident; the others are noted."""
        for entry in block.entries:
            if not is_ident(entry.key):
                self.wrong(entry.line, f"{entry.key} is no ident; use a-z, A-Z, 0-9, _, - and a dot.")
            elif isinstance(entry.value, Block):
                yield entry.key, entry.value
            else:
                self.wrong(entry.line, f"{entry.key} must hold values; write {entry.key}: {{name: Something}}.")

    def blocks(self, block: Block, key: str) -> Iterator[Block]:
        """Each of a list of blocks; the others are noted."""
        for item in self._items(block, key):
            if isinstance(item, Block):
                yield item
            else:
                self.wrong(item.line, f"each of {key} must be like {{what: value}}.")

    def _items(self, block: Block, key: str) -> tuple[Value, ...]:
        entry = _entry(block, key)
        if entry is None or isinstance(entry.value, Items):
            return entry.value.values if entry and isinstance(entry.value, Items) else ()
        if not _is_nothing(entry.value):
            self.wrong(entry.line, f"{key} must be a list; write {key}: [one, two].")
        return ()


def _entry(block: Block, key: str) -> Entry | None:
    return next((entry for entry in block.entries if entry.key == key), None)


def _line(block: Block, key: str) -> int:
    entry = _entry(block, key)
    return entry.line if entry else block.line


def _is_nothing(value: Value) -> bool:
    return isinstance(value, Word) and value.reads_as == "null"
