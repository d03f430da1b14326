"""From a text to the PDUs that carry it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from clerkd.codec import pdu
from clerkd.codec.address import Address
from clerkd.codec.segment import measure, split
from clerkd.codec.tpdu import Submit
from clerkd.codec.validity import Relative
from clerkd.model.line import Measure, Outgoing, Plan, PlannedSegment


def plan(outgoing: Outgoing, *, validity: timedelta, reports: bool, languages: Sequence[int] = ()) -> Plan:
    """Cut and encode a text for AT+CMGS; the SMSC is the SIM's. Raise `EncodeError` if it cannot be sent.

    The reference has 8 bits: some networks and phones do not know the 16-bit form.
    """
    destination = Address.of(outgoing.peer)
    segments = split(outgoing.text, reference=outgoing.reference & 0xFF, languages=languages)
    period = Relative.covering(validity)
    wanted = reports and outgoing.report
    units = [Submit(destination, part, validity=period, status_report=wanted) for part in segments.parts]
    return Plan(
        segments.encoding,
        tuple(PlannedSegment(part, len(units), pdu.encode(unit)) for part, unit in enumerate(units, 1)),
    )


def measured(text: str, *, languages: Sequence[int] = ()) -> Measure:
    """Return what `plan` would make of a text, however long; raise `EncodeError` if it cannot be sent."""
    return measure(text, languages=languages)
