"""The two errors of the codec."""

from __future__ import annotations

from clerkd.errors import Permanent


class DecodeError(Permanent):
    """Octets that are no PDU: `field` as the standard calls it, `octet` counted from the start of the input."""

    code = "pdu.unreadable"

    def __init__(self, field: str, octet: int, reason: str) -> None:
        super().__init__(f"{field} at octet {octet}: {reason}", field=field, octet=octet, reason=reason)
        self.field = field
        self.octet = octet
        self.reason = reason

    def __reduce__(self) -> tuple[type[DecodeError], tuple[str, int, str]]:
        return type(self), (self.field, self.octet, self.reason)


class EncodeError(Permanent):
    """A value that has no PDU: `field` as the standard calls it."""

    code = "pdu.unencodable"

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}", field=field, reason=reason)
        self.field = field
        self.reason = reason

    def __reduce__(self) -> tuple[type[EncodeError], tuple[str, str]]:
        return type(self), (self.field, self.reason)


def octet(field: str, value: int, limit: int = 0xFF) -> int:
    """Return `value` if it fits into the field; raise `EncodeError`."""
    if not 0 <= value <= limit:
        raise EncodeError(field, f"{value} is not within 0..{limit}")
    return value
