"""From octets that came as a short message to what the core receives."""

from __future__ import annotations

from datetime import datetime

from clerkd.codec import pdu, status
from clerkd.codec.errors import DecodeError
from clerkd.codec.tpdu import Deliver, StatusReport
from clerkd.model.inbound import DeliveryReport, InboundSegment, Unreadable


def read_pdu(octets: bytes, *, line: str, sim: str, now: int) -> InboundSegment | DeliveryReport | Unreadable:
    """Return what the octets mean; what cannot be read comes as `Unreadable`, so that nothing is dropped."""
    try:
        unit = pdu.decode(octets).tpdu
    except DecodeError as reason:
        return Unreadable(line, sim, octets, now, str(reason))
    match unit:
        case Deliver():
            return _segment(unit, octets, line, sim, now)
        case StatusReport():
            return _report(unit, octets, line, sim, now)
    return Unreadable(line, sim, octets, now, "TP-MTI at octet 0: a message to be sent, not one received")


def _segment(unit: Deliver, octets: bytes, line: str, sim: str, now: int) -> InboundSegment:
    content = unit.user_data
    ports = content.ports
    return InboundSegment(
        line=line,
        sim=sim,
        pdu=octets,
        received_at=now,
        sender=unit.originator.number,
        sent_at=_epoch_ms(unit.timestamp),
        encoding=content.encoding,
        text=content.text,
        octets=content.octets,
        concat=content.concat,
        message_class=content.message_class,
        destination_port=ports.destination if ports else None,
        truncated=content.truncated,
    )


def _report(unit: StatusReport, octets: bytes, line: str, sim: str, now: int) -> DeliveryReport:
    return DeliveryReport(
        line=line,
        sim=sim,
        pdu=octets,
        received_at=now,
        reference=unit.reference,
        recipient=unit.recipient.number,
        accepted_at=_epoch_ms(unit.timestamp),
        discharged_at=_epoch_ms(unit.discharge_time),
        status=status.meaning(unit.status),
        status_octet=unit.status,
    )


def _epoch_ms(moment: datetime | None) -> int | None:
    return round(moment.timestamp() * 1000) if moment is not None else None
