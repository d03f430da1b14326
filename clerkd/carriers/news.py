"""Asking a carrier what arrived and what became of what it took.

What arrived is handed over oldest first, and the place in the carrier's list moves on only after everything before it
was kept. The list is read again from a little before the place: carriers' times are whole seconds, and what arrives in
one second is not listed at once. What was kept already is known by its id, here while the daemon runs and in the
inbox for days.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import msgspec
import structlog

from clerkd.carriers import text as texts
from clerkd.carriers.api import Carrier, Fate, Received
from clerkd.clock import Clock
from clerkd.codec.segment import measure
from clerkd.errors import ClerkdError
from clerkd.model.inbound import DeliveryReport, Inbound, InboundSegment
from clerkd.model.report import WINDOW_MS
from clerkd.ports.carrier import CarrierLedger
from clerkd.ports.line import Envelope, Receiver

OVERLAP_MS = 600_000  # how long a carrier may take to list what it received
_REMEMBERED = 10_000  # ids
_SLOWEST_S = 600.0  # between two questions about one text
_DOUBT_WINDOW_MS = 120_000  # by how much the carrier's clock and ours may differ

log = structlog.get_logger()


@dataclass(slots=True)
class _Open:
    peer: str
    since: float  # monotonic; of an earlier life's, its age is unknown and counts from the start
    ask_at: float


@dataclass(frozen=True, slots=True)
class _Letter:
    """A polled message needs no acknowledgement: the place in the list is moved on instead."""

    payload: Inbound

    async def acknowledge(self) -> None:
        """Do nothing."""


class News:
    """The carrier's side of one line: what to ask, and how often."""

    def __init__(
        self, line: str, carrier: Carrier, receiver: Receiver, ledger: CarrierLedger, clock: Clock, *, poll_s: float
    ) -> None:
        self._line = line
        self._carrier = carrier
        self._receiver = receiver
        self._ledger = ledger
        self._clock = clock
        self._poll_s = poll_s
        self._open: dict[str, _Open] = {}
        self._place: int | None = None  # epoch ms by the carrier's clock
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._sent: OrderedDict[str, None] = OrderedDict()

    @property
    def known(self) -> OrderedDict[str, None]:
        """The ids of texts that have their receipt."""
        return self._sent

    def expect(self, carrier_id: str, peer: str) -> None:
        """Hear that the carrier took a text."""
        now = self._clock.monotonic()
        _remember(self._sent, carrier_id)
        self._open[carrier_id] = _Open(peer, now, now + self._poll_s / 2)

    async def begin(self, server_now: int) -> None:
        """Take up what an earlier life left. A line without a place begins now, by the carrier's clock."""
        if self._place is None:
            cursor = await self._ledger.cursor(self._line)
            if cursor is None:
                await self._ledger.keep_cursor(self._line, str(server_now))
            self._place = server_now if cursor is None else int(cursor)
            if cursor is None:
                log.info("carrier.begins", line=self._line)
            for one in await self._ledger.awaited(self._line):
                self.expect(one.carrier_id, one.peer)

    async def look(self) -> None:
        """Ask once for everything that is due. Raises what the carrier raises; what was not kept is asked for again."""
        await self._look_for_received()
        await self._look_for_fates()
        await self._look_for_doubts()

    async def _look_for_received(self) -> None:
        place = self._place or 0
        found = await self._carrier.received(place - OVERLAP_MS, self._kept)
        for one in found:
            if one.carrier_id in self._kept:
                continue
            if not await self._hand_over(self._segment(one)):
                return
            _remember(self._kept, one.carrier_id)
            if one.sent_at > place:
                place = one.sent_at
                self._place = place
                await self._ledger.keep_cursor(self._line, str(place))

    async def _look_for_fates(self) -> None:
        now = self._clock.monotonic()
        for carrier_id, one in list(self._open.items()):
            if one.ask_at > now:
                continue
            fate = await self._carrier.fate(carrier_id)
            age_s = now - one.since
            one.ask_at = now + min(max(age_s / 4, self._poll_s), _SLOWEST_S)
            if (fate is not None and await self._hand_over(self._report(carrier_id, one.peer, fate))) or (
                fate is None and age_s * 1000 > WINDOW_MS
            ):
                del self._open[carrier_id]

    async def _look_for_doubts(self) -> None:
        """Look up what nobody knows: a copy that the carrier lists did go out."""
        for doubt in await self._ledger.doubts(self._line):
            text = texts.read_payload(doubt.payload)
            since, until = doubt.claimed_at - _DOUBT_WINDOW_MS, doubt.ended_at + _DOUBT_WINDOW_MS
            found = await self._carrier.find(text, since=since, until=until, not_these=self._sent)
            if found is not None and await self._ledger.settle(doubt, self._line, found):
                self.expect(found, text.to)

    async def _hand_over(self, payload: Inbound) -> bool:
        """Return whether it was kept."""
        letter: Envelope[Inbound] = _Letter(payload)
        try:
            await self._receiver.receive(letter)
        except ClerkdError as reason:
            log.warning("carrier.not-kept", line=self._line, code=reason.code)
            return False
        except Exception:
            log.exception("carrier.not-kept", line=self._line)
            return False
        return True

    def _segment(self, one: Received) -> InboundSegment:
        return InboundSegment(
            line=self._line,
            sim=self._line,
            pdu=msgspec.json.encode([one.carrier_id, one.sender, one.text]),
            received_at=self._clock.now_ms(),
            sender=one.sender,
            sent_at=one.sent_at,
            encoding=measure(one.text).encoding,
            text=one.text,
        )

    def _report(self, carrier_id: str, peer: str, fate: Fate) -> DeliveryReport:
        told = f"{carrier_id} {fate.status.value} {fate.reason}"
        return DeliveryReport(
            line=self._line,
            sim=self._line,
            pdu=hashlib.sha256(told.encode()).digest(),
            received_at=self._clock.now_ms(),
            reference=carrier_id,
            recipient=peer,
            accepted_at=None,
            discharged_at=fate.at,
            status=fate.status,
            status_octet=-1,
            reason=fate.reason,
        )


def _remember(ids: OrderedDict[str, None], carrier_id: str) -> None:
    ids[carrier_id] = None
    while len(ids) > _REMEMBERED:
        ids.popitem(last=False)
