"""Validity periods of a Submit (TP-VP), 23.040 §9.2.3.12: none, relative, absolute, enhanced."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from clerkd.codec import semioctets, timestamp
from clerkd.codec.errors import EncodeError
from clerkd.codec.reader import Reader

# TP-VPF, bits 4-3 of the first octet
ABSENT: Final = 0b00
ENHANCED: Final = 0b01
RELATIVE: Final = 0b10
ABSOLUTE: Final = 0b11


def _minutes(octet: int) -> int:
    """Return what a relative octet means, 23.040 §9.2.3.12.1."""
    if octet < 144:
        return (octet + 1) * 5
    if octet < 168:
        return 12 * 60 + (octet - 143) * 30
    if octet < 197:
        return (octet - 166) * 24 * 60
    return (octet - 192) * 7 * 24 * 60


_RELATIVE_MINUTES = [_minutes(octet) for octet in range(256)]


@dataclass(frozen=True, slots=True)
class Relative:
    """So long from when the SMSC has it: 5 minutes to 63 weeks, in steps."""

    minutes: int

    @classmethod
    def covering(cls, period: timedelta) -> Relative:
        """Return the shortest that is not shorter than `period`; 63 weeks for all that is longer."""
        step = bisect_left(_RELATIVE_MINUTES, period / timedelta(minutes=1))
        return cls(_RELATIVE_MINUTES[min(step, 255)])

    @property
    def vpf(self) -> int:
        """The format bits."""
        return RELATIVE

    def encode(self) -> bytes:
        """Return one octet; raise `EncodeError` for minutes that are no step."""
        step = bisect_left(_RELATIVE_MINUTES, self.minutes)
        if step == 256 or _RELATIVE_MINUTES[step] != self.minutes:
            raise EncodeError("TP-VP", f"no octet means {self.minutes} minutes; see Relative.covering")
        return bytes((step,))


@dataclass(frozen=True, slots=True)
class Absolute:
    """Until a moment."""

    moment: datetime

    @property
    def vpf(self) -> int:
        """The format bits."""
        return ABSOLUTE

    def encode(self) -> bytes:
        """Return seven octets; raise `EncodeError`."""
        return timestamp.encode(self.moment)


_SINGLE_SHOT = 0x40
_FORMAT = 0x07  # 1 relative octet, 2 seconds, 3 hours minutes seconds


@dataclass(frozen=True, slots=True)
class Enhanced:
    """Seven octets that say more, 23.040 §9.2.3.12.3; reserved meanings are kept as they came."""

    octets: bytes

    @classmethod
    def seconds(cls, seconds: int, *, single_shot: bool = False) -> Enhanced:
        """Return a period of 1..255 seconds; with `single_shot` the SMSC tries once."""
        if not 1 <= seconds <= 255:
            raise EncodeError("TP-VP", f"{seconds} seconds are not within 1..255")
        return cls(bytes((2 | (_SINGLE_SHOT if single_shot else 0), seconds)).ljust(7, b"\0"))

    @property
    def vpf(self) -> int:
        """The format bits."""
        return ENHANCED

    @property
    def single_shot(self) -> bool:
        """Whether the SMSC tries only once."""
        return bool(self.octets[0] & _SINGLE_SHOT)

    @property
    def period(self) -> timedelta | None:
        """How long, or None if nothing (readable) is said."""
        kind = self.octets[0] & _FORMAT
        if kind == 1:
            return timedelta(minutes=_RELATIVE_MINUTES[self.octets[1]])
        if kind == 2:
            return timedelta(seconds=self.octets[1])
        if kind == 3:
            hours, minutes, seconds = (semioctets.number(octet) for octet in self.octets[1:4])
            if hours is not None and minutes is not None and seconds is not None:
                return timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return None

    def encode(self) -> bytes:
        """Return the seven octets; raise `EncodeError` if they are not seven."""
        if len(self.octets) != 7:
            raise EncodeError("TP-VP", f"an enhanced period has 7 octets, not {len(self.octets)}")
        return self.octets


Validity = Relative | Absolute | Enhanced


def decode(vpf: int, reader: Reader) -> Validity | None:
    """Read the field that `vpf` announces; None if it is absent, or absolute and no date."""
    if vpf == RELATIVE:
        return Relative(_RELATIVE_MINUTES[reader.octet("TP-VP")])
    if vpf == ABSOLUTE:
        moment = timestamp.decode(reader.take(timestamp.OCTETS, "TP-VP"))
        return Absolute(moment) if moment else None
    if vpf == ENHANCED:
        return Enhanced(reader.take(7, "TP-VP"))
    return None
