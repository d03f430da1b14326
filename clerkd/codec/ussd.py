"""USSD strings, 23.038 §6.1.2.3: septets as in a short message, except that the spare bits of the last octet matter."""

from __future__ import annotations

from clerkd.codec import gsm7, septets

_CR = b"\r"


def pack_ussd(text: str) -> bytes:
    """Return the packed septets of a text; raise `EncodeError` for a character outside the default alphabet.

    Seven spare bits would read as one more "@", so they hold a CR; a text that itself ends in a CR at the end of
    an octet gets a second one, to tell the two cases apart.
    """
    codes = gsm7.DEFAULT.encode(text)
    if len(codes) % 8 == 7 or (len(codes) % 8 == 0 and codes.endswith(_CR)):
        codes += _CR
    return septets.pack(codes)


def unpack_ussd(octets: bytes) -> str:
    """Return the text of packed septets. All octets have one."""
    codes = septets.unpack(octets, len(octets) * 8 // 7)
    padded = len(codes) % 8 == 0 and codes.endswith(_CR)
    doubled = len(codes) % 8 == 1 and codes.endswith(_CR + _CR)
    return gsm7.DEFAULT.decode(codes[:-1] if padded or doubled else codes)
