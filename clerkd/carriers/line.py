"""A line over a carrier that is asked for news: nothing can call a daemon without a public address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from clerkd.carriers import text as texts
from clerkd.carriers.api import Carrier, Text
from clerkd.carriers.errors import AccountRefused, NoAnswer, PeerOptedOut, RateLimited, Unreachable
from clerkd.carriers.news import News
from clerkd.carriers.standing import Standing
from clerkd.clock import Clock
from clerkd.errors import Temporary
from clerkd.model.line import LineState, LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt
from clerkd.model.number import shortened
from clerkd.ports.carrier import CarrierLedger
from clerkd.ports.line import Receiver

POLL_S = 10.0
RECHECK_S = 300.0  # an account that was refused is not asked for more often: carriers lock those who insist
LOOK_AGAIN_S = (0.5, 2.0, 5.0)  # after a lost answer
_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
_RATE_LIMIT_S = 5.0  # if the carrier does not say how long
_SKEW_MS = 2000  # a carrier's times are whole seconds

log = structlog.get_logger()


class CarrierLine:
    """A `ports.line.Line` over an HTTP carrier. `run` is its life: without it the line is never ready."""

    def __init__(
        self,
        *,
        name: str,
        number: str,
        carrier: Carrier,
        receiver: Receiver,
        ledger: CarrierLedger,
        clock: Clock,
        poll_s: float = POLL_S,
        recheck_s: float = RECHECK_S,
        look_again_s: Sequence[float] = LOOK_AGAIN_S,
    ) -> None:
        self._name = name
        self._carrier = carrier
        self._ledger = ledger
        self._clock = clock
        self._poll_s = poll_s
        self._recheck_s = recheck_s
        self._look_again_s = look_again_s
        self._standing = Standing(name, number, carrier.title, receiver)
        self._not_before = 0.0  # monotonic: what Retry-After asked for
        self._submitting = False
        self._news = News(name, carrier, receiver, ledger, clock, poll_s=poll_s)

    # Line ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The line's name in the configuration."""
        return self._name

    def status(self) -> LineStatus:
        """Return a snapshot."""
        return self._standing.status

    def plan(self, outgoing: Outgoing) -> Plan:
        """Check a text; raise `Permanent` if it cannot be sent."""
        return texts.plan(outgoing, line=self._name, longest=self._carrier.longest)

    def measure(self, text: str) -> Measure:
        """Return what a text costs; raise `Permanent` if it cannot be sent."""
        return texts.measured(text)

    async def wait_ready(self) -> None:
        """Return when the carrier accepts the account and takes more."""
        while True:
            await self._standing.ready.wait()
            pause_s = self._not_before - self._clock.monotonic()
            if pause_s <= 0:
                return
            await asyncio.sleep(pause_s)

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:  # noqa: ARG002 - nothing is kept open
        """Hand a text over; a lost answer is looked up before it becomes `Indeterminate`."""
        if not self._standing.ready.is_set():
            raise Unreachable(self.status().reason or f"{self._name} is {self.status().state}")
        text = texts.read_payload(segment.payload)
        began = self._clock.monotonic()
        self._submitting = True
        try:
            carrier_id = await self._submit(text, began)
        except AccountRefused as reason:
            self._lock(reason)
            raise
        except RateLimited as reason:
            self._not_before = self._clock.monotonic() + (reason.retry_after_s or _RATE_LIMIT_S)
            raise
        except Unreachable as reason:
            self._standing.show(LineState.ABSENT, reason.message)
            raise
        except PeerOptedOut as reason:
            await self._ledger.opted_out(self._name, text.to, reason.message)
            raise
        finally:
            self._submitting = False
        self._news.expect(carrier_id, text.to)
        return Receipt(carrier_id)

    async def _submit(self, text: Text, began: float) -> str:
        try:
            return await self._carrier.submit(text)
        except NoAnswer as reason:
            log.warning("carrier.no-answer", line=self._name, to=shortened(text.to), reason=reason.message)
            found = await self._look_up(text, began)
            if found is None:
                raise
            log.info("carrier.found", line=self._name, to=shortened(text.to), carrier_id=found)
            return found

    async def _look_up(self, text: Text, began: float) -> str | None:
        """Ask the carrier whether it took a text whose answer was lost; None if it does not say so.

        That it is not listed (yet) proves nothing, so it is never the reason for another copy.
        """
        for pause_s in self._look_again_s:
            await asyncio.sleep(pause_s)
            try:
                now = await self._carrier.check()  # the times in the list are by the carrier's clock
                since = now - round((self._clock.monotonic() - began) * 1000) - _SKEW_MS
                found = await self._carrier.find(text, since=since, until=now + _SKEW_MS, not_these=self._news.known)
            except Temporary:
                continue
            if found is not None:
                return found
        return None

    # Life ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the account in service and ask for news, for ever."""
        failures = 0
        async with self._carrier:
            while True:
                pause_s = self._poll_s
                try:
                    await self._look()
                    failures = 0
                except AccountRefused as reason:
                    self._lock(reason)
                    pause_s = self._recheck_s
                except Temporary as reason:
                    pause_s = max(self._pause(reason), min(_BACKOFF_S[failures], self._poll_s * (failures + 1)))
                    failures = min(failures + 1, len(_BACKOFF_S) - 1)
                except (LookupError, TypeError, ValueError):  # an answer that is not what the carrier documents
                    log.exception("carrier.answer-unreadable", line=self._name)
                await asyncio.sleep(pause_s)

    async def _look(self) -> None:
        now = await self._once_checked()
        if now is not None:
            await self._news.begin(now)
        self._standing.show(LineState.READY)
        await self._news.look()

    async def _once_checked(self) -> int | None:
        """Check the account unless it is in service already; return the carrier's time if it was checked."""
        return None if self._standing.ready.is_set() else await self._carrier.check()

    def _pause(self, reason: Temporary) -> float:
        """Return how long to leave the carrier alone after a question that failed."""
        if isinstance(reason, RateLimited):
            return reason.retry_after_s or _RATE_LIMIT_S
        if isinstance(reason, Unreachable) and not self._submitting:
            self._standing.show(LineState.ABSENT, reason.message)
        return 0.0

    def _lock(self, reason: AccountRefused) -> None:
        self._standing.show(LineState.LOCKED, f"{self._carrier.title}: {reason.message}")
