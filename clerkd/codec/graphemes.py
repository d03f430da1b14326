"""Where the characters that people see begin: enough of Unicode's UAX #29 to cut texts between them.

Covered: combining marks and variation selectors, emoji joined by ZWJ, skin tones, tag sequences, flags, conjoining
Hangul. Not covered: CR LF (nothing is lost between them), prepended marks and Indic conjuncts without a joiner.
"""

from __future__ import annotations

import unicodedata

_ZWJ = "\u200d"
_EXTENDING = frozenset(
    {
        "\u200c",  # zero width non-joiner
        _ZWJ,
        "\uff9e",  # half-width voiced and semi-voiced sound marks
        "\uff9f",
        *map(chr, range(0x1160, 0x1200)),  # Hangul vowels and finals
        *map(chr, range(0xD7B0, 0xD7FC)),
        *map(chr, range(0x1F3FB, 0x1F400)),  # skin tones
        *map(chr, range(0xE0020, 0xE0080)),  # tags
    }
)
_MARKS = frozenset({"Mn", "Mc", "Me"})


def starts(text: str) -> list[int]:
    """Return the index at which each grapheme of the text begins, in order."""
    if text.isascii():
        return list(range(len(text)))
    found: list[int] = []
    before = ""
    flag_half = False  # an odd number of regional indicators precedes
    for index, character in enumerate(text):
        regional = "\U0001f1e6" <= character <= "\U0001f1ff"
        continues = before == _ZWJ or (regional and flag_half) or _extends(character)
        if not (continues and found):
            found.append(index)
        flag_half = regional and not flag_half
        before = character
    return found


def _extends(character: str) -> bool:
    return character > "\x7f" and (character in _EXTENDING or unicodedata.category(character) in _MARKS)
