"""Asking a port who is there: a few questions that change nothing but the echo, each with a short deadline."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from clerkd.at.answers import value_of, word_of
from clerkd.at.commands import ESCAPE, NO_ECHO, Command
from clerkd.at.events import Event
from clerkd.modem.link import Link
from clerkd.modem.profile import load_profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.session import PortLost, Session

ASK_S = 0.25  # between two AT: most modems answer in 50 ms
TRIES = 4  # the first one may be lost in what was there before
_LONGEST_ECHO_S = 1.0
_QUIET_S = 0.1  # so long nothing, and the answers to all of them are past
_QUESTION_S = 2.0
_SIM_S = 5.0  # what the modem must ask the SIM for

_KEPT_OCTETS = 4096  # of one that never stops talking
_HAILED = re.compile(rb"(?:^|[\r\n])(?:OK|ERROR|0|4)\r")  # with words or, after ATV0, with numbers
_ICCID = re.compile(r"\d{18,20}[0-9A-Fa-f]?")

Opener = Callable[[str, int], Awaitable[Link]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a modem says of itself; None is what it does not tell."""

    manufacturer: str | None = None
    model: str | None = None
    firmware: str | None = None
    imei: str | None = None
    sim: str | None = None  # READY, SIM PIN, SIM PUK …, 27.007 §8.3; None: there is none, or it cannot be read
    iccid: str | None = None


async def ask_port(port: str, opener: Opener, *, tries: int = TRIES) -> Answers | None:
    """Open a port, ask, close it; return None if nobody answers AT.

    Raise `Held` when another program uses the port, and `PortAbsent` or `PortLost` when it cannot be opened or goes.
    """
    profile = load_profile("generic")
    link = await opener(port, profile.baud)
    try:
        if not await _Hail(link).answered(tries):
            return None
        patience = {"quick": _QUESTION_S, "status": _QUESTION_S, "sim": _SIM_S}
        session = Session(link, msgspec.structs.replace(profile, deadlines=patience), _unheard, FlightRecorder())
        return await _identify(session, profile.sim_id)
    finally:
        link.abort()
        await link.closed()


def _unheard(_event: Event) -> None:
    """What it says unasked stays on the SIM, or is said again."""


class _Hail:
    """AT until something answers. Not through a session, whose way back into step would write more."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._octets = b""
        self._heard = asyncio.Event()
        self._lost: str | None = None
        link.start(self._received, self._gone)

    async def answered(self, tries: int) -> bool:
        """Say AT up to so many times; return whether there was an answer. Raise `PortLost`."""
        for attempt in range(tries):
            # ESC leaves the prompt for a text in which a program before us may have died, 27.005 §3.5.1.
            self._link.write(b"AT\r" if attempt == 0 else ESCAPE + b"AT\r")
            if await self._hears(ASK_S):
                await self._falls_silent()
                return True
        return False

    async def _hears(self, within_s: float) -> bool:
        """Wait for a result; a port that never stops talking, as a GPS receiver's, does not prolong it."""
        try:
            async with asyncio.timeout(within_s):
                while not _HAILED.search(self._octets):
                    await self._more()
        except TimeoutError:
            return False
        return True

    async def _falls_silent(self) -> None:
        """Wait until the results of all that was said are past."""
        try:
            async with asyncio.timeout(_LONGEST_ECHO_S):
                while True:
                    async with asyncio.timeout(_QUIET_S):
                        await self._more()
        except TimeoutError:
            return

    async def _more(self) -> None:
        self._heard.clear()
        await self._heard.wait()
        if self._lost is not None:
            raise PortLost(self._lost)

    def _received(self, octets: bytes) -> None:
        self._octets = (self._octets + octets)[-_KEPT_OCTETS:]
        self._heard.set()

    def _gone(self, reason: str) -> None:
        self._lost = reason
        self._heard.set()


async def _identify(session: Session, sim_questions: tuple[str, ...]) -> Answers:
    await session.execute(NO_ECHO)
    manufacturer = await _word(session, "AT+CGMI")
    model = await _word(session, "AT+CGMM")
    firmware = await _word(session, "AT+CGMR")
    imei = await _word(session, "AT+CGSN")
    sim = await _sim_state(session)
    iccid = await _iccid(session, sim_questions) if sim is not None else None
    firmware = re.sub(r"^Revision:\s*", "", firmware) if firmware else None  # as SIMCom and Quectel write it
    return Answers(manufacturer, model, firmware, imei if imei and imei.isdecimal() else None, sim, iccid)


async def _word(session: Session, question: str) -> str | None:
    answer = await session.execute(Command(question, free=True))
    name = question.removeprefix("AT")
    found = word_of(answer.lines, name) if answer.ok else None
    return found or (answer.lines[0].strip() if answer.ok and answer.lines else None)


async def _sim_state(session: Session) -> str | None:
    answer = await session.execute(Command("AT+CPIN?", ("+CPIN",)), within_s=_SIM_S)
    state = value_of(answer.lines, "+CPIN")
    if state is not None:
        return state
    # Without AT+CMEE=1, which would be a setting, a missing SIM is an ERROR like any other.
    return "READY" if answer.ok else None


async def _iccid(session: Session, questions: tuple[str, ...]) -> str | None:
    for question in questions:
        answer = await session.execute(Command(question, free=True), within_s=_SIM_S)
        word = word_of(answer.lines, "+CCID", "+ICCID", "^ICCID", "+QCCID", "#CCID") if answer.ok else None
        if word and _ICCID.fullmatch(word):
            return word.rstrip("Ff")
    return None
