"""The SIM's PIN: given once, never twice.

A SIM locks itself after three wrong PINs, and a daemon that restarts would use them up in a second. So an attempt
is noted before it is made, and a PIN that was tried on a SIM in vain is not tried there again.
"""

from __future__ import annotations

import asyncio
import re
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
_LAST_SAFE = 2  # attempts left below which we do not make one


class PinLedger(Protocol):
    """Remembers which PIN was tried on which SIM."""

    def may_try(self, sim: str, pin: str) -> bool:
        """Tell whether the PIN was never tried there in vain; note the attempt before it is made."""
        ...

    def accepted(self, sim: str, pin: str) -> None:
        """Hear that the SIM took the PIN: it may be given again after the next power-up."""
        ...


class SessionLedger:
    """Remembers as long as the daemon runs."""

    def __init__(self) -> None:
        self._tried: set[tuple[str, str]] = set()

    def may_try(self, sim: str, pin: str) -> bool:
        """Tell whether the PIN was not tried there in vain, and note the attempt."""
        if (sim, pin) in self._tried:
            return False
        self._tried.add((sim, pin))
        return True

    def accepted(self, sim: str, pin: str) -> None:
        """Forget the attempt."""
        self._tried.discard((sim, pin))


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


async def unlock(session: Session, profile: Profile, pin: str | None, sim: str, ledger: PinLedger) -> None:
    """Give the PIN if the SIM waits for one and it is safe; raise `SimLocked` or `WrongPin` if it stays locked."""
    state = await sim_state(session)
    if state == "READY":
        return
    if state != "SIM PIN":
        raise SimLocked(f"the SIM waits for {state}, which only a person should enter")
    if pin is None:
        raise SimLocked("the SIM waits for its PIN and none is configured")
    if _DIGITS.fullmatch(pin) is None:
        raise SimLocked("the configured PIN is not 4 to 8 digits; it was not tried")
    left = await _attempts_left(session, profile)
    if left is not None and left < _LAST_SAFE:
        raise SimLocked(f"the SIM has {left} attempt left: enter the PIN by hand, in a phone")
    if not ledger.may_try(sim, pin):
        raise WrongPin("the configured PIN was refused before; it is not tried again")
    answer = await session.execute(Command(f'AT+CPIN="{pin}"', deadline=Deadline.PIN))
    log.info("modem.pin-given", accepted=answer.ok)
    if answer.final is None:
        raise SimLocked("no answer to the PIN; it is not given again")
    if not answer.ok:
        raise WrongPin("the SIM refused the configured PIN; it is not tried again")
    await asyncio.sleep(profile.after_pin_s)
    if await sim_state(session) != "READY":
        raise SimLocked("the SIM took the PIN and wants more")
    ledger.accepted(sim, pin)


async def _attempts_left(session: Session, profile: Profile) -> int | None:
    """Return how many attempts the SIM PIN has, where the modem can tell."""
    for question in profile.pin_retries:
        left = pin_attempts_of(await optional(session, question))
        if left is not None:
            return left
    return None
