"""Listening in on a dialogue for a while, for a transcript that may be shown and for what it tells of the modem."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from clerkd.at.events import Noise
from clerkd.at.exchange import Exchange
from clerkd.at.transcript import Direction, Entry, Recording, TranscriptError, render, replay
from clerkd.errors import Conflict
from clerkd.model.overheard import Overheard, Submitted
from clerkd.modem.profile import Profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.redaction import redacted

_OCTETS = 4_000_000  # a port that talks without end does not fill the memory
_RESULT = re.compile(rb"\+CMGS: *(\d+)|\+CMS ERROR|\+CME ERROR|^\s*ERROR", re.MULTILINE)


class _Tap(Recording):
    """A recording that takes no more when it is too large."""

    def __init__(self, began_at: float) -> None:
        super().__init__(began_at)
        self.over = asyncio.Event()
        self._left = _OCTETS

    def sent(self, octets: bytes, at: float) -> None:
        if self._room_for(octets):
            super().sent(octets, at)

    def received(self, octets: bytes, at: float) -> None:
        if self._room_for(octets):
            super().received(octets, at)

    def _room_for(self, octets: bytes) -> bool:
        self._left -= len(octets)
        return self._left > 0


class Listening:
    """Listens in, one at a time."""

    def __init__(self, recorder: FlightRecorder) -> None:
        self._recorder = recorder
        self._tap: _Tap | None = None

    async def overhear(self, profile: Profile, for_s: float) -> Overheard:
        """Listen for so long, or until `end`; raise `Conflict` while somebody else does."""
        if self._tap is not None:
            raise Conflict("the modem is being recorded already: try again when that has ended", state="recording")
        self._tap = self._recorder.tap = tap = _Tap(asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(for_s):
                await tap.over.wait()
        except TimeoutError:
            pass
        finally:
            self._tap = self._recorder.tap = None
        entries = redacted(tap.entries)
        return Overheard(render(entries), submissions(entries), noise(entries, profile))

    def end(self) -> None:
        """Let who listens have what there is."""
        if self._tap is not None:
            self._tap.over.set()


def submissions(entries: Sequence[Entry]) -> tuple[Submitted, ...]:
    """Return what became of each PDU that was sent; the entries have their times."""
    found: list[Submitted] = []
    handed: float | None = None
    for entry in entries:
        if entry.direction is Direction.SENT and entry.octets.endswith(b"\x1a"):
            if handed is not None:
                found.append(Submitted(None, None))
            handed = entry.at or 0.0
        elif handed is not None and (result := _RESULT.search(entry.octets)) is not None:
            found.append(Submitted((entry.at or 0.0) - handed, int(result[1]) if result[1] else None))
            handed = None
    return (*found, *([Submitted(None, None)] if handed is not None else []))


def noise(entries: Sequence[Entry], profile: Profile) -> tuple[str, ...]:
    """Return the lines that mean nothing to us, each once.

    A recording that begins or ends in the middle of something cannot be followed: then it is what looks like a
    maker's own announcement, wherever it stands.
    """
    begin = next((n for n, entry in enumerate(entries) if entry.direction is Direction.SENT), len(entries))
    try:
        events = replay(entries[begin:], Exchange(profile.noise, profile.without_ok)).events
        heard = [event.text for event in events if isinstance(event, Noise)]
    except TranscriptError:
        said = (entry.octets.decode("latin-1").strip() for entry in entries if entry.direction is Direction.RECEIVED)
        heard = [line for line in said if line.startswith(("^", "%", "*", *profile.noise))]
    return tuple(dict.fromkeys(heard))
