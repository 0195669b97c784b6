"""JSON as people and foreign programs write it, without the holes: every key once, only numbers, only characters."""

import json
import math
from collections import Counter
from typing import Any

from assetfs.names import shown


def read(data: bytes, largest: int) -> dict[str, Any]:
    """ValueError says what is wrong, and where."""
    if len(data) > largest:
        raise ValueError(f"it has more than {largest} bytes; delete what is too much.")
    if not data.strip():
        raise ValueError("the file is empty; bring back its content, or delete it.")
    try:
        found = _DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8; save the file as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno} is not JSON ({error.msg}); mend that line.") from None
    if not isinstance(found, dict):
        raise ValueError('it must be an object, like {"name": "Tree"}.')
    if b"\\u" in data:
        try:
            json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ValueError("it holds half of a \\u pair, which is no character; delete it.") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{shown(twice[:40])} stands in it twice; delete one.")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text[:20]} is not a number of JSON; write one, or null.")


def _whole(text: str) -> int:
    if len(text) > 4000:                # Python reads no more, and says so in words for programmers
        raise ValueError("a number in it has thousands of digits; write a shorter one.")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number, parse_int=_whole)
