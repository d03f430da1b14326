"""Joining the parts of a concatenated message, 23.040 §9.2.3.24.1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clerkd.codec import ucs2, udh
from clerkd.codec.userdata import UserData

_CONCAT = {udh.CONCAT_8, udh.CONCAT_16}


def join(texts: Iterable[str]) -> str:
    """Return the text of parts in their order; halves of surrogate pairs that meet become their character."""
    return ucs2.joined("".join(texts))


def whole(parts: Iterable[UserData]) -> UserData | None:
    """Return the message that the parts of one reference make, or None while one is missing.

    The order does not matter, nor does a part that came twice (the first one stays). Coding and header are those of
    part 1, without the concatenation. A message in one piece is its own whole.
    """
    by_sequence: dict[int, UserData] = {}
    total = 1
    for part in parts:
        concat = part.concat
        by_sequence.setdefault(concat.sequence if concat else 1, part)
        total = max(total, concat.total if concat else 1)
    if any(sequence not in by_sequence for sequence in range(1, total + 1)):
        return None
    ordered = [by_sequence[sequence] for sequence in range(1, total + 1)]
    return replace(
        ordered[0],
        text=join(part.text for part in ordered),
        octets=b"".join(part.octets for part in ordered),
        header=tuple(element for element in ordered[0].header if element.identifier not in _CONCAT),
        truncated=any(part.truncated for part in ordered),
    )
