"""The last things said to and by a modem, for people who look for a fault."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Protocol

KEPT = 200
_OCTETS = 4096

# Message bodies and PINs are nobody's business: of a PDU the first octets remain, which are the SMSC's address.
_PDU = re.compile(r"\b([0-9A-Fa-f]{8})([0-9A-Fa-f]{12,})")
_SECRET = re.compile(r"(\+C(?:PIN|PWD|LCK)=)[^\r\n]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One write or read."""

    at: float  # monotonic seconds
    sent: bool
    octets: bytes

    def masked(self) -> str:
        """Return the text with bodies and secrets taken out and control characters made visible."""
        text = _SECRET.sub(r"\1…", self.octets.decode("latin-1"))
        text = _PDU.sub(lambda match: f"{match[1]}…({len(match[0]) // 2})", text)
        return text.encode("unicode_escape").decode().replace("\\u2026", "…")


class Tap(Protocol):
    """Someone who listens in: `clerkd.at.transcript.Recording` makes a transcript of it."""

    def sent(self, octets: bytes, at: float) -> None:
        """Hear what the modem is sent."""
        ...

    def received(self, octets: bytes, at: float) -> None:
        """Hear what it says."""
        ...


class FlightRecorder:
    """Keeps the last `KEPT` writes and reads. `tap` hears them all, unmasked, while it is set."""

    def __init__(self) -> None:
        self._kept: deque[Spoken] = deque(maxlen=KEPT)
        self.tap: Tap | None = None

    def sent(self, octets: bytes, at: float) -> None:
        """Note a write."""
        self._kept.append(Spoken(at, sent=True, octets=octets[:_OCTETS]))
        if self.tap is not None:
            self.tap.sent(octets, at)

    def received(self, octets: bytes, at: float) -> None:
        """Note a read."""
        self._kept.append(Spoken(at, sent=False, octets=octets[:_OCTETS]))
        if self.tap is not None:
            self.tap.received(octets, at)

    def lines(self) -> list[str]:
        """Return what was said, oldest first, as `seconds > text` (to the modem) and `seconds < text`."""
        return [f"{spoken.at:.3f} {'>' if spoken.sent else '<'} {spoken.masked()}" for spoken in self._kept]
