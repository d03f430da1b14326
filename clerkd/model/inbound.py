"""What arrives on a line, in normal form and with its raw octets.

A line decodes before it hands over, so the core needs no codec; the raw PDU travels along and is kept, so what
was not understood can be read again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkd.model.message import Encoding


@dataclass(frozen=True, slots=True)
class Concat:
    """Which part of a concatenated message this is, 23.040 §9.2.3.24.1 and §9.2.3.24.8."""

    reference: int
    bits: int  # 8 or 16: the two kinds of reference never mix
    total: int
    sequence: int  # from 1


@dataclass(frozen=True, slots=True)
class InboundSegment:
    """One received short message.

    `text` may hold half of a surrogate pair: senders cut UCS-2 text anywhere, so halves are joined before they
    are decoded. `octets` is set instead when the coding is 8-bit data.
    """

    line: str
    sim: str  # ICCID, or IMSI, or the line's name when the modem tells neither
    pdu: bytes  # SMSC address and TPDU, as the modem gave it
    received_at: int  # epoch ms, our clock
    sender: str  # a peer
    sent_at: int | None  # epoch ms, the SMSC's word (TP-SCTS); None when it is no date
    encoding: Encoding
    text: str
    octets: bytes = b""
    concat: Concat | None = None
    message_class: int | None = None  # 0 is flash
    destination_port: int | None = None
    truncated: bool = False  # fewer octets than TP-UDL promised


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A received short message as the store keeps it, until it is told as a message or part of one."""

    seq: int  # order of keeping
    segment: InboundSegment
    message_seq: int | None = None  # of the message that it was told in


@dataclass(frozen=True, slots=True)
class PartKey:
    """What the parts of one concatenated message have in common, 23.040 §9.2.3.24.1."""

    line: str
    sim: str
    sender: str
    reference: int
    bits: int
    total: int


class ReportStatus(StrEnum):
    """What TP-ST means, 23.040 §9.2.3.15."""

    DELIVERED = "delivered"  # 00-1F
    PENDING = "pending"  # 20-3F: the SMSC goes on trying
    FAILED = "failed"  # 40-7F but 46
    EXPIRED = "expired"  # 46: the validity period ended


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the SMSC, or a carrier, says became of one segment."""

    line: str
    sim: str
    pdu: bytes
    received_at: int  # epoch ms, our clock
    reference: int | str  # TP-MR, or the carrier's id
    recipient: str
    accepted_at: int | None  # epoch ms: when the SMSC took the segment (TP-SCTS)
    discharged_at: int | None  # epoch ms (TP-DT)
    status: ReportStatus
    status_octet: int  # TP-ST; a carrier gives none: -1
    reason: str | None = None  # a carrier's words, of a failure


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Octets that came as a short message and could not be decoded: kept and shown, never dropped."""

    line: str
    sim: str
    pdu: bytes
    received_at: int
    reason: str  # "TP-UDL at octet 19: …"


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """Somebody rang the line."""

    line: str
    received_at: int
    caller: str | None  # None: number withheld


Inbound = InboundSegment | DeliveryReport | Unreadable | IncomingCall
