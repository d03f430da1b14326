"""Incoming calls: who rang, once a call, and hang up if the line is only for text."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

import structlog

from clerkd.at.answers import incoming_caller
from clerkd.at.commands import CURRENT_CALLS, HANG_UP, HANG_UP_OLD
from clerkd.clock import Clock
from clerkd.model.inbound import IncomingCall
from clerkd.modem.session import PortLost, Session
from clerkd.ports.line import Receiver

log = structlog.get_logger()

NUMBER_S = 0.7  # +CLIP comes right behind the first RING, or not at all
SAME_CALL_S = 8.0  # a network rings every 3 to 6 s; so long without a RING, and the next one is another call

ECHO_S = 2.0  # after hanging up, a RING that was already on its way


@dataclass(frozen=True, slots=True)
class CallEnvelope:
    """A call is over when it is over: there is nothing to acknowledge."""

    payload: IncomingCall

    async def acknowledge(self) -> None:
        """Do nothing."""


class Calls:
    """Watches one line's calls."""

    def __init__(
        self, session: Session, receiver: Receiver, clock: Clock, *, line: str, drop: bool, tasks: asyncio.TaskGroup
    ) -> None:
        self._session = session
        self._receiver = receiver
        self._clock = clock
        self._line = line
        self._drop = drop
        self._tasks = tasks
        self._rang_at: float | None = None
        self._echo_until = -math.inf
        self._number = asyncio.Event()
        self._caller: str | None = None

    def rang(self) -> None:
        """Hear RING."""
        now = self._clock.monotonic()
        if now < self._echo_until:
            return
        same = self._rang_at is not None and now - self._rang_at < SAME_CALL_S
        self._rang_at = now
        if not same:
            self._number.clear()
            self._caller = None
            self._tasks.create_task(self._answer(), name=f"{self._line}: call")

    def caller(self, number: str | None) -> None:
        """Hear +CLIP."""
        self._caller = number
        self._number.set()

    def ended(self) -> None:
        """Hear that the call is over: the next RING is another one."""
        self._rang_at = None
        self._echo_until = -math.inf

    async def _answer(self) -> None:
        try:
            async with asyncio.timeout(NUMBER_S):
                await self._number.wait()
        except TimeoutError:
            self._caller = await self._ask_caller()
        call = IncomingCall(self._line, self._clock.now_ms(), self._caller)
        if self._drop:
            await self._hang_up()
        try:
            await self._receiver.receive(CallEnvelope(call))
        except Exception as reason:  # noqa: BLE001  # a call that cannot be noted must not end the line
            log.warning("modem.call-not-kept", line=self._line, error=str(reason))

    async def _ask_caller(self) -> str | None:
        """Return who rings, of a modem that did not say so: it rang before it was told to, or never does."""
        try:
            caller = incoming_caller((await self._session.execute(CURRENT_CALLS)).lines)
        except PortLost:
            return None
        if caller is None:
            log.debug("modem.caller-unknown", line=self._line)
        return caller

    async def _hang_up(self) -> None:
        # Whoever dials again at once is heard with the next RING: that one is no echo any more.
        self._echo_until = self._clock.monotonic() + ECHO_S
        self._rang_at = None
        try:
            if not (await self._session.execute(HANG_UP)).ok:
                await self._session.execute(HANG_UP_OLD)
        except PortLost:
            return
