"""A line over SMPP 3.4: bound as transceiver, so texts and receipts come by themselves.

A deliver_sm is answered after the commit, and with a temporary error if nothing could be kept: the carrier then brings
it again. There is no question to ask about a submit_sm whose answer was lost, so its outcome stays unknown until a
receipt tells.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections import OrderedDict
from dataclasses import dataclass

import structlog

from clerkd.carriers.errors import AccountRefused, CarrierBusy, CarrierRefused, RateLimited, Unreachable
from clerkd.carriers.smpp import pdu
from clerkd.carriers.smpp import text as texts
from clerkd.carriers.smpp.pdu import Delivered, Pdu
from clerkd.carriers.smpp.session import Account, Session
from clerkd.carriers.standing import Standing
from clerkd.clock import Clock
from clerkd.codec.segment import measure
from clerkd.errors import ClerkdError
from clerkd.model.inbound import DeliveryReport, Inbound, InboundSegment
from clerkd.model.line import LineState, LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt
from clerkd.ports.line import Envelope, Receiver

TITLE = "SMPP"
REBIND_S = 5.0
RECHECK_S = 300.0  # after a refused password
THROTTLED_S = 5.0
_REMEMBERED = 10_000
_ENDED = "the connection to the carrier ended"

_THROTTLED = {0x14, 0x58}  # ESME_RMSGQFUL, ESME_RTHROTTLED
_BUSY = {0x08, 0x64}  # ESME_RSYSERR, ESME_RX_T_APPN: refused, for now
_NOT_OURS = {0x04, 0x0A}  # ESME_RINVBNDSTS, ESME_RINVSRCADR

log = structlog.get_logger()


@dataclass(slots=True)
class _Letter:
    """A deliver_sm; what its session answers depends on whether it was acknowledged."""

    payload: Inbound
    acknowledged: bool = False

    async def acknowledge(self) -> None:
        """Let the session answer that it is kept."""
        self.acknowledged = True


class SmppLine:
    """A `ports.line.Line` over one bind. `run` is its life."""

    def __init__(
        self,
        *,
        name: str,
        number: str,
        account: Account,
        receiver: Receiver,
        clock: Clock,
        reports: bool = True,
        rebind_s: float = REBIND_S,
        recheck_s: float = RECHECK_S,
    ) -> None:
        self._name = name
        self._number = number
        self._account = account
        self._receiver = receiver
        self._clock = clock
        self._reports = reports
        self._rebind_s = rebind_s
        self._recheck_s = recheck_s
        self._standing = Standing(name, number, TITLE, receiver)
        self._session: Session | None = None
        self._not_before = 0.0  # monotonic
        self._sent: OrderedDict[str, None] = OrderedDict()  # message_ids
        self._count = itertools.count()

    # Line ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The line's name in the configuration."""
        return self._name

    def status(self) -> LineStatus:
        """Return a snapshot."""
        return self._standing.status

    def plan(self, outgoing: Outgoing) -> Plan:
        """Cut and code a text; raise `Permanent` if it cannot be sent."""
        return texts.plan(outgoing, reports=self._reports)

    def measure(self, text: str) -> Measure:
        """Return what a text costs; raise `Permanent` if it cannot be sent."""
        return measure(text)

    async def wait_ready(self) -> None:
        """Return when the line is bound and the carrier takes more."""
        while True:
            await self._standing.ready.wait()
            pause_s = self._not_before - self._clock.monotonic()
            if pause_s <= 0:
                return
            await asyncio.sleep(pause_s)

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:  # noqa: ARG002 - the bind stays open
        """Hand a segment over; raise `NoAnswer` if it may have been taken."""
        if self._session is None or not self._standing.ready.is_set():
            raise Unreachable(self.status().reason or f"{self._name} is {self.status().state}")
        payload = texts.read_payload(segment.payload)
        body = pdu.submit(
            sender=self._number,
            recipient=payload.to,
            esm_class=payload.esm_class,
            data_coding=payload.data_coding,
            report=payload.report,
            message=payload.message,
        )
        session = self._session
        try:
            answer = await session.request(pdu.SUBMIT_SM, body)
        finally:
            if session.ended:  # before the caller can ask again
                self._standing.show(LineState.ABSENT, _ENDED)
        if answer.status != pdu.ESME_ROK:
            raise self._refusal(answer.status)
        message_id = pdu.read_text(answer.body)
        self._sent[message_id] = None
        if len(self._sent) > _REMEMBERED:
            self._sent.popitem(last=False)
        return Receipt(message_id)

    def _refusal(self, status: int) -> ClerkdError:
        if status in _THROTTLED:
            self._not_before = self._clock.monotonic() + THROTTLED_S
            return RateLimited(f"the carrier takes no more for now (status {status:#x})", retry_after_s=THROTTLED_S)
        if status in _BUSY:
            return CarrierBusy(f"the carrier cannot take it for now (status {status:#x})")
        if status in _NOT_OURS:
            refused = AccountRefused(f"the carrier refuses {self._number} as sender (status {status:#x})")
            self._standing.show(LineState.LOCKED, refused.message)
            return refused
        return CarrierRefused(f"the carrier refuses the text (status {status:#x})", carrier_code=status)

    # Life ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Bind, and bind again, for ever."""
        while True:
            pause_s = self._rebind_s
            try:
                await self._serve()
                self._standing.show(LineState.ABSENT, _ENDED)
            except AccountRefused as reason:
                self._standing.show(LineState.LOCKED, reason.message)
                pause_s = self._recheck_s
            except Unreachable as reason:
                self._standing.show(LineState.ABSENT, reason.message)
            await asyncio.sleep(pause_s)

    async def _serve(self) -> None:
        """Use one connection until it ends."""
        session = await Session.connect(self._account, self._take)
        reading = asyncio.create_task(session.run(), name=f"{self._name}: smpp")
        asking = asyncio.create_task(session.keep_alive(), name=f"{self._name}: enquire")
        try:
            await session.bind(self._account)
            self._session = session
            self._standing.show(LineState.READY)
            await reading
        finally:
            self._session = None
            session.close()
            for task in (reading, asking):
                task.cancel()
            await asyncio.gather(reading, asking, return_exceptions=True)

    async def _take(self, got: Pdu) -> bool:
        """Hand a deliver_sm over; return whether it was kept."""
        try:
            arrived = self._read(pdu.read_deliver(got.body), got)
        except pdu.MalformedPdu:
            log.warning("smpp.unreadable", line=self._name, octets=len(got.body))
            return True  # it would come again as it is
        if arrived is None:
            return True
        letter = _Letter(arrived)
        envelope: Envelope[Inbound] = letter
        try:
            await self._receiver.receive(envelope)
        except Exception:
            log.exception("carrier.not-kept", line=self._name)
        return letter.acknowledged

    def _read(self, delivered: Delivered, got: Pdu) -> Inbound | None:
        now = self._clock.now_ms()
        if delivered.is_receipt:
            return self._report(delivered, now)
        text, encoding, concat = texts.read_message(delivered)
        # Two equal texts are two: nothing in them tells when they were written, so each delivery counts.
        serial = f"{now} {next(self._count)} ".encode()
        return InboundSegment(
            line=self._name,
            sim=self._name,
            pdu=serial + got.body,
            received_at=now,
            sender=delivered.sender,
            sent_at=now,
            encoding=encoding,
            text=text,
            concat=concat,
        )

    def _report(self, delivered: Delivered, now: int) -> DeliveryReport | None:
        receipt = texts.read_receipt(delivered)
        if receipt is None:
            return None
        own_id = self._own_id(receipt.message_id)
        told = f"{receipt.message_id} {receipt.status.value} {receipt.reason}"
        return DeliveryReport(
            line=self._name,
            sim=self._name,
            pdu=hashlib.sha256(told.encode()).digest(),
            received_at=now,
            reference=own_id,
            recipient=delivered.sender,  # a receipt comes from the message's recipient, §4.6.1
            # An id that was never told: of a submission whose answer was lost, some seconds ago.
            accepted_at=None if own_id in self._sent else now,
            discharged_at=now,
            status=receipt.status,
            status_octet=-1,
            reason=receipt.reason,
        )

    def _own_id(self, named: str) -> str:
        """Return the id as the submit_sm_resp had it: some carriers say it in hexadecimal there, in decimal here."""
        if named in self._sent:
            return named
        spellings = [f"{int(named):x}", f"{int(named):X}"] if named.isdecimal() else []
        return next((one for one in spellings if one in self._sent), named)
