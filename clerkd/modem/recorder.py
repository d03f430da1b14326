"""The last things said to and by a modem, for people who look for a fault."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

KEPT = 400
_OCTETS = 4096

# Message bodies and PINs are nobody's business: of a PDU the first octets remain, which are the SMSC's address.
_PDU = re.compile(r"\b([0-9A-Fa-f]{8})([0-9A-Fa-f]{12,})")
_SECRET = re.compile(r"(\+C(?:PIN|PWD|LCK)=)[^\r\n]*", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![0-9A-Fa-f])(\+?)\d{5,}(\d{2})(?![0-9A-Fa-f…])")
# What stands in quotes behind these is a name, a number or a text.
_PRIVATE = re.compile(
    r"(\+(?:CUSD|CLIP|CLCC|CCWA|COLP|CCFC|CNUM|CPB[RFW]|CMG[LRW]|CMT|CDS|CBM|CSCA)\b[^\"\r\n]*)(\"[^\r\n]*)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Spoken:
    """One write, or one line that was read: it grows until its end comes, however it is cut."""

    at: float  # monotonic seconds
    sent: bool
    octets: bytes

    @property
    def text(self) -> str:
        """The octets, one character each."""
        return self.octets.decode("latin-1")

    @property
    def complete(self) -> bool:
        """Whether nothing belongs to it that comes now."""
        return self.sent or self.octets.endswith(b"\n") or len(self.octets) >= _OCTETS


class Tap(Protocol):
    """Someone who listens in: `clerkd.at.transcript.Recording` makes a transcript of it."""

    def sent(self, octets: bytes, at: float) -> None:
        """Hear what the modem is sent."""
        ...

    def received(self, octets: bytes, at: float) -> None:
        """Hear what it says."""
        ...


class FlightRecorder:
    """Keeps the last `KEPT` writes and lines read. `tap` hears them all, unmasked, while it is set."""

    def __init__(self) -> None:
        self._kept: deque[Spoken] = deque(maxlen=KEPT)
        self._growing: Spoken | None = None
        self.tap: Tap | None = None

    def sent(self, octets: bytes, at: float) -> None:
        """Note a write."""
        self._kept.append(Spoken(at, sent=True, octets=octets[:_OCTETS]))
        if self.tap is not None:
            self.tap.sent(octets, at)

    def received(self, octets: bytes, at: float) -> None:
        """Note a read; a line that comes in pieces is one line, or its pieces could not be masked."""
        for piece in octets.splitlines(keepends=True) if len(octets) > 1 else (octets,):
            if not piece.strip() and self._growing is None:
                continue
            if self._growing is None:
                self._growing = Spoken(at, sent=False, octets=b"")
                self._kept.append(self._growing)
            self._growing.octets += piece[: _OCTETS - len(self._growing.octets)]
            if self._growing.complete:
                self._growing = None
        if self.tap is not None:
            self.tap.received(octets, at)

    def lines(self) -> list[str]:
        """Return what was said, oldest first, as `seconds > text` (to the modem) and `seconds < text`."""
        shown = masked(spoken.text for spoken in self._kept)
        return [
            f"{spoken.at:.3f} {'>' if spoken.sent else '<'} {text}"
            for spoken, text in zip(self._kept, shown, strict=True)
        ]


def masked(texts: Iterable[str]) -> list[str]:
    """Return lines of a dialogue without bodies, numbers and secrets, and with control characters made visible."""
    shown, inside = [], False
    for text in texts:
        ends = text.count('"') % 2 == 1
        if inside and not text.startswith("AT"):  # the answer to a USSD goes on over several lines
            text, inside = "…\r\n", not ends  # noqa: PLW2901  # nothing of it is shown
        else:
            inside = ends and _PRIVATE.search(text) is not None
        text = _SECRET.sub(r"\1…", text)  # noqa: PLW2901
        text = _PRIVATE.sub(lambda match: match[1] + _unquoted(match[2]), text)  # noqa: PLW2901
        text = _PDU.sub(lambda match: f"{match[1]}…({len(match[0]) // 2})", text)  # noqa: PLW2901
        text = _NUMBER.sub(r"\1…\2", text)  # noqa: PLW2901
        shown.append(text.encode("unicode_escape").decode().replace("\\u2026", "…"))
    return shown


def _unquoted(text: str) -> str:
    """Take out what stands in quotes, to the end if they are not closed."""
    return re.sub(r'"[^"]*("|$)', '"…"', text)
