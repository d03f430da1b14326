"""The GSM 7-bit alphabets, 23.038 §6.2.1: a locking table, and a single-shift table behind ESC.

Reading is lenient, as the standard asks: a code that the single-shift table lacks shows the character of the locking
table, ESC ESC and a last ESC show a space, an unknown language means the default tables.
"""

from __future__ import annotations

import codecs
from functools import cache

from clerkd.codec import national
from clerkd.codec.defaults import DEFAULT_LOCKING, DEFAULT_SINGLE, ESC
from clerkd.codec.errors import EncodeError


class Tables:
    """One locking table with one single-shift table."""

    def __init__(self, locking: str, single: dict[int, str], unsent: frozenset[int] = frozenset()) -> None:
        """Take 128 characters, what stands behind ESC, and the cells behind ESC that are read but never written."""
        self._locking = locking
        self._single = single
        # Of two cells with one character the first is written; a character of the locking table needs no ESC.
        codes = {single[code]: bytes((ESC, code)) for code in sorted(single, reverse=True) if code not in unsent}
        codes |= {locking[code]: bytes((code,)) for code in reversed(range(128)) if code != ESC}
        codes[" "] = b" "  # empty cells show a space too
        self._codes = codes

    def __contains__(self, character: str) -> bool:
        return character in self._codes

    def decode(self, septets: bytes) -> str:
        """Return the text of septets (one an octet). Every sequence has one."""
        plain, *escaped = septets.split(b"\x1b")
        text = codecs.charmap_decode(plain, "strict", self._locking)[0]
        if not escaped:
            return text
        pieces = [text]
        after_escape = True
        for run in escaped:
            if not after_escape:  # this ESC was the second of ESC ESC
                pieces.append(codecs.charmap_decode(run, "strict", self._locking)[0])
                after_escape = True
            elif run:
                pieces.append(self._single.get(run[0]) or self._locking[run[0]])
                pieces.append(codecs.charmap_decode(run[1:], "strict", self._locking)[0])
            else:
                pieces.append(" ")
                after_escape = False
        return "".join(pieces)

    def encode(self, text: str) -> bytes:
        """Return the septets of a text, one an octet; raise `EncodeError` for a character in neither table."""
        try:
            return b"".join(map(self._codes.__getitem__, text))
        except KeyError as missing:
            raise EncodeError("TP-UD", f"{missing.args[0]!r} is not in the GSM 7-bit alphabet") from None

    def widths(self, text: str) -> list[int] | None:
        """Return how many septets each character takes; None if one is in neither table."""
        codes = self._codes
        try:
            return [len(codes[character]) for character in text]
        except KeyError:
            return None


@cache
def _tables(locking: int, single: int) -> Tables:
    return Tables(
        national.LOCKING.get(locking, DEFAULT_LOCKING),
        national.SINGLE.get(single, DEFAULT_SINGLE),
        national.UNSENT.get(single, frozenset()),
    )


def tables(locking: int = 0, single: int = 0) -> Tables:
    """Return the tables of national language identifiers, 23.038 §6.2.1.2.4; 0 and unknown ones mean the default."""
    return _tables(locking if locking in national.LOCKING else 0, single if single in national.SINGLE else 0)


DEFAULT = tables()
