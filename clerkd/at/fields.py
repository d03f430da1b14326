"""The small grammar inside information text: comma-separated values, ranges, hexadecimal."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FIELD = re.compile(r'\s*("[^"]*"|\([^)]*\)|[^,]*?)\s*(?:,|$)')
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def fields(text: str, *, quoted: bool = False) -> list[str]:
    """Cut `"SM",3,(0-2)` at its commas; quotes are removed unless `quoted`, groups in parentheses stay whole."""
    if not text.strip():
        return []
    # With a comma behind the last field every field ends in one, and only what is found behind that is none.
    values = [match[1] for match in _FIELD.finditer(text + ",")][:-1]
    return values if quoted else [value.strip('"') for value in values]


def octets_of(digits: str) -> bytes | None:
    """Return the octets of a line that is hexadecimal and nothing else, or None."""
    return bytes.fromhex(digits) if _HEX.fullmatch(digits) else None


def is_hex(digits: str) -> bool:
    """Tell whether a line is whole octets in hexadecimal and nothing else."""
    return _HEX.fullmatch(digits) is not None


def numbers_in(group: str) -> frozenset[int]:
    """Return the numbers of a test answer's group: `(0-2,5)`, `(0,1)` or a single `1`, 27.007 §4.2."""

    def each() -> Iterator[int]:
        for item in group.strip("() ").split(","):
            first, dash, last = item.partition("-")
            if first.strip().isdecimal():
                stop = int(last) if dash and last.strip().isdecimal() else int(first)
                yield from range(int(first), min(stop, int(first) + 255) + 1)

    return frozenset(each())
