"""What is tried with a modem that stopped answering: a ladder, as a table and `advance`.

    WELL ── a question without answer ──► ESCAPE ── it answers ──► WELL
    WELL, ESCAPE ── failed ──► REOPEN ──► RADIO ──► RESET ──► USB ──► COOL_DOWN ──► RESET
    RESET, USB ── no reset left in this hour ──► COOL_DOWN
    every rung ── minutes of service ──► WELL

A rung is left upwards when it was tried as often as its budget says, and downwards only by service that lasts: a
modem that answers for a moment after each reset is not well. Nothing here waits, writes or looks at a clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

HOUR_S = 3600.0


class Rung(StrEnum):
    """How far up the ladder a modem is: what was tried last."""

    WELL = "well"
    ESCAPE = "escape"  # ESC, drain, questions, all through the open port
    REOPEN = "reopen"  # the port closed and opened, everything set anew
    RADIO = "radio"  # AT+CFUN=4, AT+CFUN=1
    RESET = "reset"  # the profile's restart; a USB modem vanishes for it
    USB = "usb"  # the kernel forgets the device and finds it again
    COOL_DOWN = "cool-down"  # leave it alone, look every few minutes; a person is asked for


class Event(StrEnum):
    """What moves it."""

    SUSPECTED = "suspected"  # a command was not answered in its time
    ANSWERED = "answered"
    FAILED = "failed"  # the rung was tried as often as may be
    SPENT = "spent"  # no reset is left in this hour
    STEADY = "steady"  # in service for long enough


_UP = (Rung.WELL, Rung.REOPEN, Rung.RADIO, Rung.RESET, Rung.USB, Rung.COOL_DOWN, Rung.RESET)

TRANSITIONS: dict[tuple[Rung, Event], Rung] = {
    (Rung.WELL, Event.SUSPECTED): Rung.ESCAPE,
    (Rung.ESCAPE, Event.ANSWERED): Rung.WELL,
    (Rung.ESCAPE, Event.FAILED): Rung.REOPEN,
    **{(below, Event.FAILED): above for below, above in pairwise(_UP)},
    (Rung.RESET, Event.SPENT): Rung.COOL_DOWN,
    (Rung.USB, Event.SPENT): Rung.COOL_DOWN,
    **{(rung, Event.STEADY): Rung.WELL for rung in Rung},
}

RESETS = {Rung.RESET, Rung.USB}  # what the budget of an hour counts

_TRIES: dict[Rung, int] = {
    Rung.WELL: 1,
    Rung.ESCAPE: 1,  # five questions, `clerkd.at.commands.MARKS`
    Rung.REOPEN: 3,
    Rung.RADIO: 1,
    Rung.RESET: 2,
    Rung.USB: 1,
    Rung.COOL_DOWN: 12,  # an hour, after which resets may be tried again
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient the ladder is."""

    resets_per_hour: int = 4
    apart_s: float = 5.0  # failures that follow each other faster are one
    boot_s: float = 45.0  # after a reset silence says nothing: mode switching takes 10 to 40 s
    steady_s: float = 300.0
    cool_down_s: float = 300.0


def advance(rung: Rung, event: Event) -> Rung:
    """Return the next rung; an event that the table does not hold for a rung changes nothing."""
    return TRANSITIONS.get((rung, event), rung)


class Ladder:
    """One modem's place on the ladder, and what was spent there. Times are monotonic seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failures = 0  # on this rung
        self._resets: deque[float] = deque()
        self._patient_until = 0.0
        self.rung = Rung.WELL

    def suspect(self) -> bool:
        """Hear that a command was not answered; return whether that begins an escape."""
        return self._move(Event.SUSPECTED)

    def answered(self) -> None:
        """Hear that it answers after all."""
        self._move(Event.ANSWERED)

    def served(self, seconds: float) -> None:
        """Hear for how long it was in service."""
        if seconds >= self._limits.steady_s:
            self._move(Event.STEADY)

    def failed(self, now: float) -> Rung | None:
        """Count a failure; return the step to take, None if the last one has not had its time to work."""
        if now < self._patient_until:
            return None
        self._patient_until = now + self._limits.apart_s
        self._failures += 1
        if self._failures >= _TRIES[self.rung]:
            self._move(Event.FAILED)
        if self.rung in RESETS and not self._spend(now):
            self._move(Event.SPENT)
        return self.rung

    def vain(self, now: float) -> Rung | None:
        """Hear that the step could not be taken at all; return the one above."""
        self._failures = _TRIES[self.rung]
        self._patient_until = now
        if self.rung in RESETS:
            self._resets.pop()
        return self.failed(now)

    @property
    def resets(self) -> tuple[float, ...]:
        """When resets were spent in the last hour, or longer ago."""
        return tuple(self._resets)

    def remember(self, resets: Iterable[float]) -> None:
        """Know of resets that were spent before; they count."""
        self._resets.extendleft(sorted(resets, reverse=True))

    def _spend(self, now: float) -> bool:
        while self._resets and self._resets[0] <= now - HOUR_S:
            self._resets.popleft()
        if len(self._resets) >= self._limits.resets_per_hour:
            return False
        self._resets.append(now)
        self._patient_until = now + self._limits.boot_s
        return True

    def _move(self, event: Event) -> bool:
        before, self.rung = self.rung, advance(self.rung, event)
        if self.rung is before:
            return False
        self._failures = 0
        return True
