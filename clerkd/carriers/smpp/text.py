"""Texts in SMPP: segments as the codec cuts them, and receipts, which are texts too."""

from __future__ import annotations

import re

import msgspec

from clerkd.carriers.smpp.pdu import MESSAGE_STATE, RECEIPTED_MESSAGE_ID, UDHI, Delivered
from clerkd.codec import gsm7, udh
from clerkd.codec.segment import split
from clerkd.errors import InvalidNumber
from clerkd.model.inbound import Concat, ReportStatus
from clerkd.model.line import Outgoing, Plan, PlannedSegment
from clerkd.model.message import Encoding
from clerkd.model.number import is_e164

DEFAULT_ALPHABET, LATIN_1, UCS2 = 0x00, 0x03, 0x08  # data_coding, §5.2.19

# message_state (§5.2.28) and `stat` in a receipt's text (appendix B); those that are not here are not final
_STATES = {
    2: ReportStatus.DELIVERED,
    3: ReportStatus.EXPIRED,
    4: ReportStatus.FAILED,
    5: ReportStatus.FAILED,
    8: ReportStatus.FAILED,
}
_WORDS = {
    "DELIVRD": ReportStatus.DELIVERED,
    "EXPIRED": ReportStatus.EXPIRED,
    "DELETED": ReportStatus.FAILED,
    "UNDELIV": ReportStatus.FAILED,
    "REJECTD": ReportStatus.FAILED,
}
_ID = re.compile(r"\bid:(\S+)", re.IGNORECASE)
_STAT = re.compile(r"\bstat:([A-Z]+)", re.IGNORECASE)
_ERR = re.compile(r"\berr:(\S+)", re.IGNORECASE)


class Payload(msgspec.Struct):
    """One segment as a submit_sm carries it."""

    to: str
    esm_class: int
    data_coding: int
    message: bytes
    report: bool


class Receipted(msgspec.Struct):
    """What a delivery receipt says."""

    message_id: str
    status: ReportStatus
    reason: str | None


def plan(outgoing: Outgoing, *, reports: bool) -> Plan:
    """Cut and code a text; raise `InvalidNumber` or `EncodeError`.

    The default alphabet is sent one septet an octet, as carriers expect it.
    """
    if not is_e164(outgoing.peer):
        raise InvalidNumber(f"{outgoing.peer!r} is not a full international number", text=outgoing.peer)
    segments = split(outgoing.text, reference=outgoing.reference & 0xFF)
    gsm = segments.encoding is Encoding.GSM7
    planned = []
    for number, part in enumerate(segments.parts, 1):
        text = gsm7.DEFAULT.encode(part.text) if gsm else part.text.encode("utf-16-be", "surrogatepass")
        payload = Payload(
            to=outgoing.peer,
            esm_class=UDHI if part.header else 0,
            data_coding=DEFAULT_ALPHABET if gsm else UCS2,
            message=udh.encode(part.header) + text,
            report=reports and outgoing.report,
        )
        planned.append(PlannedSegment(number, len(segments.parts), msgspec.msgpack.encode(payload)))
    return Plan(segments.encoding, tuple(planned))


def read_payload(octets: bytes) -> Payload:
    """Return what `plan` put into a segment."""
    return msgspec.msgpack.decode(octets, type=Payload)


def read_message(delivered: Delivered) -> tuple[str, Encoding, Concat | None]:
    """Return the text of a deliver_sm, how it was coded, and which part it is."""
    octets, concat = delivered.message, None
    if delivered.esm_class & UDHI and octets:
        end = 1 + octets[0]
        header = udh.decode(octets[1:end])
        concat = udh.concat(header) if header is not None else None
        octets = octets[end:]
    if delivered.data_coding == UCS2:
        return octets.decode("utf-16-be", "surrogatepass" if len(octets) % 2 == 0 else "replace"), Encoding.UCS2, concat
    if delivered.data_coding == DEFAULT_ALPHABET and all(octet < 0x80 for octet in octets):
        return gsm7.DEFAULT.decode(octets), Encoding.GSM7, concat
    return octets.decode("latin-1"), Encoding.UCS2, concat


def read_receipt(delivered: Delivered) -> Receipted | None:
    """Return what a receipt says; None while the fate of its message is open, or if it names none."""
    words = delivered.message.decode("latin-1")
    named, stat, err = _ID.search(words), _STAT.search(words), _ERR.search(words)
    message_id = delivered.optional.get(RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0").decode("latin-1")
    message_id = message_id or (named[1] if named else "")
    state = delivered.optional.get(MESSAGE_STATE)
    status = _STATES.get(state[0]) if state else _WORDS.get(stat[1].upper()) if stat else None
    if not message_id or status is None:
        return None
    reason = None
    if status is not ReportStatus.DELIVERED:
        reason = f"the carrier says {stat[1] if stat else status.value}" + (f" (err {err[1]})" if err else "")
    return Receipted(message_id, status, reason)
