"""Octets with a place in them."""

from __future__ import annotations

from clerkd.codec.errors import DecodeError


class Reader:
    """Read octets in order; what is not there is a `DecodeError` of the field that wanted it."""

    __slots__ = ("octets", "position")

    def __init__(self, octets: bytes, position: int = 0) -> None:
        self.octets = octets
        self.position = position

    def octet(self, field: str) -> int:
        """Return the next octet."""
        position = self.position
        try:
            value = self.octets[position]
        except IndexError:
            raise DecodeError(field, position, "the octets end here") from None
        self.position = position + 1
        return value

    def take(self, count: int, field: str) -> bytes:
        """Return exactly `count` octets."""
        position = self.position
        taken = self.octets[position : position + count]
        if len(taken) != count:
            raise DecodeError(field, position, f"{count} octets wanted, {len(taken)} there")
        self.position = position + count
        return taken

    @property
    def left(self) -> int:
        """How many octets are left."""
        return len(self.octets) - self.position
