"""The SIM's PIN: given once, never twice.

A SIM locks itself after three wrong PINs, and a daemon that restarts would use them up in a second. So an attempt
is noted before it is made, and a PIN that was tried on a SIM in vain is not tried there again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import structlog

from clerkd.at.answers import value_of
from clerkd.at.commands import Command, Deadline
from clerkd.at.errors import ModemBusy, NoSim, SimLocked, WrongPin, refusal
from clerkd.at.retries import pin_attempts_of
from clerkd.modem.bringup import optional
from clerkd.modem.profile import Profile
from clerkd.modem.session import Session

log = structlog.get_logger()

_QUESTION = Command("AT+CPIN?", ("+CPIN",), Deadline.SIM)
_DIGITS = re.compile(r"\d{4,8}", re.ASCII)
_BUSY_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # a SIM that starts: 31 s in all
_OPENING_S = (0.25, 0.25, 0.5, 1.0, *(2.0,) * 19)  # after the PIN: 40 s in all
_LAST_SAFE = 2  # attempts left below which we do not make one
_GIVE = "switch the PIN off in a phone, or put the right one into modems.NAME.pin and restart clerkd"


class PinLedger(Protocol):
    """Remembers which PIN was tried where, for ever. A place is a SIM, or a modem whose SIM could not be read."""

    def tried(self, place: str, pin: str) -> bool:
        """Tell whether the PIN was tried there in vain. Raise `OSError` if that cannot be known."""
        ...

    def note(self, places: Collection[str], pin: str) -> None:
        """Keep durably, before the attempt, that the PIN is tried there; raise `OSError` if that cannot be kept."""
        ...

    def accepted(self, places: Collection[str], pin: str) -> None:
        """Hear that the SIM took the PIN: it may be given there again after the next power-up."""
        ...


class SessionLedger:
    """Remembers as long as the daemon runs."""

    def __init__(self) -> None:
        self._tried: set[tuple[str, str]] = set()

    def tried(self, place: str, pin: str) -> bool:
        """Tell whether the PIN was tried there in vain."""
        return (place, pin) in self._tried

    def note(self, places: Collection[str], pin: str) -> None:
        """Note the attempt."""
        self._tried.update((place, pin) for place in places)

    def accepted(self, places: Collection[str], pin: str) -> None:
        """Forget the attempt."""
        self._tried.difference_update((place, pin) for place in places)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a PIN would go: a SIM in a modem."""

    sim: str | None  # ICCID; some modems do not tell it before the PIN
    modem: str  # IMEI, or the line's name

    @property
    def noted(self) -> tuple[str, ...]:
        """Where an attempt made here counts."""
        return (self.modem,) if self.sim is None else (self.sim, self._seen)

    @property
    def counted(self) -> tuple[str, ...]:
        """Which earlier attempts may have been made on this SIM."""
        # A SIM that cannot be read now may be one that was read before, and the other way round.
        return (self.modem, self._seen) if self.sim is None else (self.sim, self.modem)

    @property
    def _seen(self) -> str:
        return f"any SIM in {self.modem}"


async def sim_state(session: Session) -> str:
    """Return what AT+CPIN? says, `READY` or what the SIM waits for; raise `NoSim` and its like.

    A modem that does not know the question has no PIN to ask for.
    """
    for pause in (*_BUSY_S, None):
        answer = await session.execute(_QUESTION)
        state = value_of(answer.lines, "+CPIN")
        if answer.ok or (answer.final is None and state):  # some never say OK here
            return state or "READY"
        error = refusal(answer.final) if answer.final is not None else ModemBusy("no answer to AT+CPIN?")
        if isinstance(error, NoSim | SimLocked):
            raise error
        if not isinstance(error, ModemBusy):
            return "READY"
        if pause is not None:
            await asyncio.sleep(pause)
    raise ModemBusy("the SIM stays busy")


async def unlock(session: Session, profile: Profile, pin: str | None, slot: Slot, ledger: PinLedger) -> None:
    """Give the PIN if the SIM waits for one and it is safe; raise `SimLocked` or `WrongPin` if it stays locked."""
    state = await sim_state(session)
    if state == "READY":
        return
    if state != "SIM PIN":
        raise SimLocked(f"the SIM waits for {state}: enter it in a phone; clerkd never does")
    if pin is None:
        raise SimLocked(f"the SIM waits for its PIN and none is configured: {_GIVE}")
    if _DIGITS.fullmatch(pin) is None:
        raise SimLocked("the configured PIN is not 4 to 8 digits; it was not tried")
    left = await _attempts_left(session, profile)
    if left is not None and left < _LAST_SAFE:
        raise SimLocked(f"the SIM has {left} attempt left: enter the PIN by hand, in a phone")
    fresh = _note(ledger, slot, pin)
    answer = await session.execute(Command(f'AT+CPIN="{pin}"', deadline=Deadline.PIN))
    log.info("modem.pin-given", accepted=answer.ok)
    if answer.final is not None and not answer.ok:
        raise WrongPin(f"the SIM refused the configured PIN; it is not tried again: {_GIVE}")
    await asyncio.sleep(profile.after_pin_s)
    if not await _opens(session):
        raise SimLocked(f"the SIM stays locked after the configured PIN, which is not given again: {_GIVE}")
    ledger.accepted(fresh, pin)


def _note(ledger: PinLedger, slot: Slot, pin: str) -> list[str]:
    """Note the attempt before it is made and return where it counts anew; raise `WrongPin` if there was one before."""
    try:
        if any(ledger.tried(place, pin) for place in slot.counted):
            raise WrongPin(f"the configured PIN was given before, in vain; it is not tried again: {_GIVE}")
        fresh = [place for place in slot.noted if not ledger.tried(place, pin)]
        ledger.note(fresh, pin)
    except OSError as reason:
        raise SimLocked(f"the PIN was not tried, because the attempt cannot be noted: {reason}") from reason
    return fresh


async def _opens(session: Session) -> bool:
    """Tell whether the SIM opens after the PIN. Some modems go on asking for it for a while, or say nothing."""
    for pause in (*_OPENING_S, None):
        if await sim_state(session) == "READY":
            return True
        if pause is not None:
            await asyncio.sleep(pause)
    return False


async def _attempts_left(session: Session, profile: Profile) -> int | None:
    """Return how many attempts the SIM PIN has, where the modem can tell."""
    for question in profile.pin_retries:
        left = pin_attempts_of(await optional(session, question))
        if left is not None:
            return left
    return None
