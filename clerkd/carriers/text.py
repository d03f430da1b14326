"""From a text to what a carrier takes, and what it will cost."""

from __future__ import annotations

import msgspec

from clerkd.carriers.api import Text
from clerkd.codec.segment import measure
from clerkd.errors import InvalidNumber, TextTooLong
from clerkd.model.line import Measure, Outgoing, Plan, PlannedSegment
from clerkd.model.number import is_e164


class _Payload(msgspec.Struct):
    to: str
    text: str
    reference: str


def plan(outgoing: Outgoing, *, line: str, longest: int) -> Plan:
    """Make one segment of a text: carriers cut and code by themselves, and answer for the whole with one id.

    Raise `InvalidNumber` or `TextTooLong`.
    """
    if not is_e164(outgoing.peer):
        raise InvalidNumber(f"{outgoing.peer!r} is not a full international number", text=outgoing.peer)
    if len(outgoing.text) > longest:
        words = f"the text has {len(outgoing.text)} characters; the carrier takes {longest}"
        raise TextTooLong(words, characters=len(outgoing.text), limit=longest)
    payload = _Payload(outgoing.peer, outgoing.text, f"{line}-{outgoing.reference}")
    return Plan(measure(outgoing.text).encoding, (PlannedSegment(1, 1, msgspec.json.encode(payload)),))


def measured(text: str) -> Measure:
    """Return what a text costs: carriers bill by the segment of 23.040, however they send it."""
    return measure(text)


def read_payload(payload: bytes) -> Text:
    """Return what `plan` put into a segment."""
    read = msgspec.json.decode(payload, type=_Payload)
    return Text(read.to, read.text, read.reference)
