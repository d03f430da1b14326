"""Time stamps (TP-SCTS, TP-DT, absolute TP-VP), 23.040 §9.2.3.11: seven octets, local time and its zone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache

from clerkd.codec import semioctets
from clerkd.codec.errors import EncodeError

OCTETS = 7
NO_DATE = bytes(OCTETS)  # day 0 of month 0
_CENTURY = 90  # years 90..99 are 19xx: GSM's first short message was sent in 1992
_SIGN = 0x08  # of the zone, in the low half
_QUARTER = timedelta(minutes=15)


def decode(octets: bytes) -> datetime | None:
    """Return the moment with the offset that it came with, or None if these seven octets are no date."""
    fields = [semioctets.number(octet) for octet in octets[:6]]
    zone = _zone(octets[6])
    if None in fields or zone is None:
        return None
    year, month, day, hour, minute, second = (field or 0 for field in fields)
    try:
        return datetime(year + (1900 if year >= _CENTURY else 2000), month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


@lru_cache(256)
def _zone(octet: int) -> timezone | None:
    """Return the offset in quarters of an hour, at most 79 either way; None if the octet is no number."""
    quarters = semioctets.number(octet & ~_SIGN)
    if quarters is None:
        return None
    return timezone((-quarters if octet & _SIGN else quarters) * _QUARTER)


def encode(moment: datetime) -> bytes:
    """Return the octets of an aware time, whole seconds; raise `EncodeError` if it cannot be said."""
    offset = moment.utcoffset()
    if offset is None:
        raise EncodeError("timestamp", f"{moment} has no zone")
    quarters, rest = divmod(abs(offset), _QUARTER)
    if rest or quarters > 79:
        raise EncodeError("timestamp", f"offset {offset} is not a number of quarter hours up to 79")
    if not 1900 + _CENTURY <= moment.year < 2000 + _CENTURY:
        raise EncodeError("timestamp", f"year {moment.year} is not within 1990..2089")
    fields = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second, quarters)
    octets = bytearray(semioctets.from_number(field) for field in fields)
    if offset < timedelta(0):
        octets[6] |= _SIGN
    return bytes(octets)


def encode_or_none(moment: datetime | None) -> bytes:
    """Return the octets of an aware time, or for None zeros, which are no date; raise `EncodeError`."""
    return NO_DATE if moment is None else encode(moment)
