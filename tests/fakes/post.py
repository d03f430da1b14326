"""The inbound half of the core, and envelopes that remember whether they were acknowledged."""

import asyncio
from contextlib import asynccontextmanager
from itertools import count

from fakes.desk import PEER, open_office

from clerkd.core.inbound.inbox import Inbox
from clerkd.model.inbound import Concat, DeliveryReport, InboundSegment, ReportStatus
from clerkd.model.message import Encoding

_serial = count(1)


class Parcel:
    """`clerkd.ports.line.Envelope`."""

    def __init__(self, payload):
        self.payload = payload
        self.acknowledged = 0

    async def acknowledge(self):
        self.acknowledged += 1


def text_of(office, text, *, sender=PEER, sequence=None, total=2, stamp=0, pdu=None, **more):
    """A received segment; every call makes another PDU unless one is given."""
    return InboundSegment(
        line=office.radio.name,
        sim=office.radio.sim,
        pdu=pdu or f"pdu {next(_serial)}".encode(),
        received_at=office.clock.now,
        sender=sender,
        sent_at=office.clock.now + stamp,
        encoding=Encoding.GSM7 if text.isascii() else Encoding.UCS2,
        text=text,
        concat=None if sequence is None else Concat(7, 8, total, sequence),
        **more,
    )


def report_of(office, reference, *, octet=0, recipient=PEER, stamp=0, pdu=None):
    """A delivery report with a TP-ST octet."""
    status = (
        ReportStatus.EXPIRED if octet == 0x46
        else ReportStatus.DELIVERED if octet < 0x20
        else ReportStatus.PENDING if octet < 0x40
        else ReportStatus.FAILED
    )  # fmt: skip
    return DeliveryReport(
        line=office.radio.name,
        sim=office.radio.sim,
        pdu=pdu or f"report {next(_serial)}".encode(),
        received_at=office.clock.now,
        reference=reference,
        recipient=recipient,
        accepted_at=None if stamp is None else office.clock.now + stamp,
        discharged_at=office.clock.now,
        status=status,
        status_octet=octet,
    )


def make_inbox(office):
    return Inbox(store=office.store, clock=office.clock, ids=office.ids, space=office.room)


@asynccontextmanager
async def open_post(path, *, running=True, **options):
    """An office with an inbox, whose `receive` is `office.arrive`."""
    async with open_office(path, running=running, **options) as office:
        office.inbox = make_inbox(office)

        async def arrive(payload):
            parcel = Parcel(payload)
            await office.inbox.receive(parcel)
            return parcel

        office.arrive = arrive
        if not running:
            yield office
            return
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(office.inbox.run())
            yield office
            task.cancel()
