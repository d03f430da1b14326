"""Semi-octets, 23.040 §9.1.2.3: two digits an octet, the first in the low half."""

from __future__ import annotations

_DIGITS = "0123456789*#abcf"  # 1111 fills the last octet of an odd count
_PAIRS = [_DIGITS[octet & 15] + _DIGITS[octet >> 4] for octet in range(256)]
_CODES = {digit: code for code, digit in enumerate(_DIGITS[:15])}
DIALLABLE = frozenset(_CODES)


def decode(octets: bytes, count: int) -> str:
    """Return `count` digits, `0-9 * # a b c`; fillers among them are left out."""
    return "".join([_PAIRS[octet] for octet in octets])[:count].replace("f", "")


def encode(digits: str) -> bytes:
    """Return the octets of digits that are all in `DIALLABLE`."""
    codes = [_CODES[digit] for digit in digits]
    if len(codes) % 2:
        codes.append(15)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))


def number(octet: int) -> int | None:
    """Return the two-digit decimal number of one octet, or None if a half is no digit."""
    tens, units = octet & 15, octet >> 4
    return tens * 10 + units if tens < 10 and units < 10 else None


def from_number(value: int) -> int:
    """Return the octet of a number within 0..99."""
    return value // 10 | value % 10 << 4
