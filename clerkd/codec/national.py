"""The national language tables, 23.038 annex A: what replaces the default tables when a header asks for it.

The nine Indic scripts share one plan. Unicode arranges each in a block of the same order (the order of ISCII), and the
annex pours that block into the same cells of every locking table; only six cells are each script's own. So a
table is the plan, the script's block, and the places in the block that the script leaves empty.

Where editions and implementations differ, the cells are: locking 2C is "," in every script; Kannada locking 24
is U+0CA1; Kannada single 3C is "["; Malayalam locking 2E is "."; Telugu single 65 is "€".
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from clerkd.codec.defaults import DEFAULT_SINGLE


class Language(IntEnum):
    """National language identifiers, 23.038 §6.2.1.2.4."""

    TURKISH = 1
    SPANISH = 2  # has no locking table
    PORTUGUESE = 3
    BENGALI = 4
    GUJARATI = 5
    HINDI = 6
    KANNADA = 7
    MALAYALAM = 8
    ORIYA = 9
    PUNJABI = 10
    TAMIL = 11
    TELUGU = 12
    URDU = 13


# Two hexadecimal digits are a place in the script's block, +n is the script's own n-th cell, "SP" a space.
_PLAN = """
    01 02 03 05 06 07 08 09 0A 0B LF 0C 0D CR 0E 0F
    10 11 12 13 14 15 16 17 18 19 1A ESC 1B 1C 1D 1E
    SP !  1F 20 21 22 23 24 )  (  25 26 ,  27 .  28
    0  1  2  3  4  5  6  7  8  9  :  ;  29 2A 2B ?
    2C 2D 2E 2F 30 31 32 33 34 35 36 37 38 39 3C 3D
    3E 3F 40 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D
    +0 a  b  c  d  e  f  g  h  i  j  k  l  m  n  o
    p  q  r  s  t  u  v  w  x  y  z  +1 +2 +3 +4 +5
"""
_URDU = """
    27 22 28 7B 80 7E A6 2A C2 7F LF 79 7D CR 7A 7C
    2B 2C 81 84 83 85 86 87 2D 2E 2F ESC 8C 88 89 8A
    SP !  8F 8D 30 31 91 93 )  (  99 32 ,  96 .  98
    0  1  2  3  4  5  6  7  8  9  :  ;  9A 33 34 ?
    35 36 37 38 39 41 42 A9 AA AB AF B3 B1 44 45 46
    BA BB BC 48 C4 D5 C1 BE 21 CC D0 D2 4D 50 4F 57
    54 a  b  c  d  e  f  g  h  i  j  k  l  m  n  o
    p  q  r  s  t  u  v  w  x  y  z  55 51 53 56 70
"""
_NAMED = {"LF": "\n", "CR": "\r", "ESC": "\x1b", "SP": " "}


def _poured(plan: str, block: int, own: str = "", empty: str = "") -> str:
    """Return a locking table; its empty cells are spaces, as the standard wants them shown."""
    own_cells = {f"+{index}": place for index, place in enumerate(own.split())}
    missing = empty.split()
    characters = []
    for token in plan.split():
        place = own_cells.get(token, token)
        if place in missing:
            characters.append(" ")
        elif len(place) == 1 or place in _NAMED:
            characters.append(_NAMED.get(place, place))
        else:
            characters.append(chr(block + int(place, 16)))
    return "".join(characters)


LOCKING: dict[int, str] = {
    Language.TURKISH: (
        "@£$¥€éùıòÇ\nĞğ\rÅå"
        "Δ_ΦΓΛΩΠΨΣΘΞ\x1bŞşßÉ"
        " !\"#¤%&'()*+,-./"
        "0123456789:;<=>?"
        "İABCDEFGHIJKLMNO"
        "PQRSTUVWXYZÄÖÑÜ§"
        "çabcdefghijklmno"
        "pqrstuvwxyzäöñüà"
    ),
    Language.PORTUGUESE: (
        "@£$¥êéúíóç\nÔô\rÁá"
        "Δ_ªÇÀ∞^\\€Ó|\x1bÂâÊÉ"
        " !\"#º%&'()*+,-./"
        "0123456789:;<=>?"
        "ÍABCDEFGHIJKLMNO"
        "PQRSTUVWXYZÃÕÚÜ§"
        "~abcdefghijklmno"
        "pqrstuvwxyzãõ`üà"
    ),
    Language.BENGALI: _poured(_PLAN, 0x980, "4E 57 5C 5D 70 71", "0D 0E 11 12 29 31 33 34 35 45 46 49 4A"),
    Language.GUJARATI: _poured(_PLAN, 0xA80, "50 60 61 62 63 71", "0E 12 29 31 34 46 4A"),
    Language.HINDI: _poured(_PLAN, 0x900, "50 72 7B 7C 7E 7F"),
    Language.KANNADA: _poured(_PLAN, 0xC80, "55 56 60 61 62 63", "01 0D 11 29 34 45 49"),
    Language.MALAYALAM: _poured(_PLAN, 0xD00, "57 60 61 62 63 79", "01 0D 11 29 3C 45 49"),
    Language.ORIYA: _poured(_PLAN, 0xB00, "56 57 60 61 62 63", "0D 0E 11 12 29 31 34 45 46 49 4A"),
    Language.PUNJABI: _poured(_PLAN, 0xA00, "51 70 71 72 73 74", "0B 0C 0D 0E 11 12 29 31 34 37 3D 43 44 45 46 49 4A"),
    Language.TAMIL: _poured(
        _PLAN,
        0xB80,
        "50 57 70 71 72 79",
        "01 0B 0C 0D 11 16 17 18 1B 1D 20 21 22 25 26 27 2B 2C 2D 3C 3D 43 44 45 49",
    ),
    Language.TELUGU: _poured(_PLAN, 0xC00, "55 56 60 61 62 63", "0D 11 29 34 3C 45 49"),
    Language.URDU: _poured(_URDU, 0x600),
}


# Single-shift tables: all hold the default extension; the Indic ones and Urdu add these, and then their own
# characters in the cells from 19 on that are still free.
_ADDED = dict(enumerate("@£$¥¿\"¤%&'\f*+")) | dict(enumerate("-/<=>¡^¡_#*", 0x0E))
_ADDED |= {ord(letter): letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_TAKEN = {0x1B, *DEFAULT_SINGLE}
_FREE = [cell for cell in range(0x19, 0x40) if cell not in _TAKEN]


def _own(ranges: str) -> Iterator[str]:
    """Yield the characters of ranges like `0966-096F`; nothing is a space."""
    for bounds in ranges.split():
        first, _, last = bounds.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


def _single(ranges: str, skip: int = 0) -> dict[int, str]:
    """Return a single-shift table; `skip` free cells stay free."""
    return DEFAULT_SINGLE | _ADDED | dict(zip(_FREE[skip:], _own(ranges), strict=False))


def _latin(cells: dict[int, str]) -> dict[int, str]:
    return DEFAULT_SINGLE | cells


SINGLE: dict[int, dict[int, str]] = {
    Language.TURKISH: _latin(
        {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    ),
    Language.SPANISH: _latin(
        {0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú"},
    ),
    Language.PORTUGUESE: _latin(
        {0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á"}
        | {0x12: "Φ", 0x13: "Γ", 0x15: "Ω", 0x16: "Π", 0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1F: "Ê"}
        | {0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã", 0x5C: "Õ"}
        | {0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â"},
    ),
    Language.BENGALI: _single("09E6-09EF 09DF-09E3 09F2-09FA"),
    Language.GUJARATI: _single("0964-0965 0AE6-0AEF"),
    Language.HINDI: _single("0964-0965 0966-096F 0951-0954 0958-0963 0970-0971"),
    Language.KANNADA: _single("0964-0965 0CE6-0CEF 0CDE 0CF1-0CF2"),
    Language.MALAYALAM: _single("0964-0965 0D66-0D75 0D7A-0D7F"),
    Language.ORIYA: _single("0964-0965 0B66-0B6F 0B5C-0B5D 0B5F 0B70-0B71"),
    Language.PUNJABI: _single("0964-0965 0A66-0A6F 0A59-0A5C 0A5E 0A75"),
    Language.TAMIL: _single("0964-0965 0BE6-0BEF 0BF3-0BF8 0BFA"),
    Language.TELUGU: _single("0C66-0C6F 0C58-0C59 0C78-0C7F", skip=2),
    Language.URDU: _single("0600-0601 06F0-06F9 060C-0614 061B 061F 0640 0652 0658 066B-066C 0672-0673 06CD 06D4"),
}

# Telugu "€" is in some editions of the annex only: read, but a receiver might show "e".
UNSENT: dict[int, frozenset[int]] = {Language.TELUGU: frozenset({0x65})}
