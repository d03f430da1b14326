"""UCS-2 as it is on the air: UTF-16 in network order, cut anywhere, 23.038 §6.2.3."""

from __future__ import annotations


def decode(octets: bytes) -> str:
    """Return the text of whole code units; a lone surrogate stays as it is, an odd last octet is dropped."""
    return octets[: len(octets) & ~1].decode("utf-16-be", "surrogatepass")


def encode(text: str) -> bytes:
    """Return the octets of a text, lone surrogates included."""
    return text.encode("utf-16-be", "surrogatepass")


def joined(text: str) -> str:
    """Return a text in which neighbouring halves of surrogate pairs have become their character."""
    return decode(encode(text))


def displayable(text: str) -> str:
    """Return a text that every encoder takes: halves joined, and U+FFFD for each that has no other."""
    return encode(text).decode("utf-16-be", "replace")
