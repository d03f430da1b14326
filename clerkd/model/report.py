"""Which segment a delivery report is about.

A report names its segment by the 8-bit TP-MR, the recipient and the second in which the SMSC took it. References wrap
after 256 segments, so on a busy line reference and recipient alone point at the wrong message about once in a
thousand times; the time stamp settles it. Some SMSCs stamp in a time zone that is not theirs: their stamps are off
by a multiple of a quarter of an hour, and always by the same one: what the SIM's last reports were off by, or
nothing. Only while no report of a SIM is known may it be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import SegmentEvent, SegmentState

WINDOW_MS = 72 * 3_600_000  # SMSCs keep a message for three days by default
EARLY_MS = 600_000  # how long a report may wait for the receipt that carries its reference
_TOLERANCE_MS = 60_000
_ZONE_STEP_MS = 900_000  # TP-SCTS counts its zone in quarters of an hour, 23.040 §9.2.3.11
_ZONE_MAX_MS = 14 * 3_600_000 + _TOLERANCE_MS
_COMPARED_DIGITS = 8  # networks rewrite prefixes: 0…, 00…, +…

EVENTS: dict[ReportStatus, SegmentEvent] = {
    ReportStatus.DELIVERED: SegmentEvent.REPORT_DELIVERED,
    ReportStatus.FAILED: SegmentEvent.REPORT_FAILED,
    ReportStatus.EXPIRED: SegmentEvent.REPORT_EXPIRED,
}

_AWAITING = {SegmentState.SUBMITTED, SegmentState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A segment that a report may be about."""

    message_seq: int
    part: int
    state: SegmentState
    peer: str
    claimed_at: int  # epoch ms: between these two the SMSC took it
    submitted_at: int


def same_recipient(one: str, other: str) -> bool:
    """Tell whether two spellings may be the same number."""
    digits = ["".join(letter for letter in text if letter.isdecimal()) for text in (one, other)]
    shortest = min(len(number) for number in digits)
    if shortest < _COMPARED_DIGITS:
        return digits[0] == digits[1]
    return digits[0][-_COMPARED_DIGITS:] == digits[1][-_COMPARED_DIGITS:]


def zone_ms(accepted_at: int, submitted_at: int) -> int:
    """Return by how many quarters of an hour, in ms, an SMSC's stamp is off."""
    return round((accepted_at - submitted_at) / _ZONE_STEP_MS) * _ZONE_STEP_MS


def choose(
    report: DeliveryReport, candidates: Sequence[Candidate], usual_zone_ms: int | None = None
) -> Candidate | None:
    """Return the segment that `report` is about, among those on its SIM with its reference in the last 72 hours.

    `usual_zone_ms` is what the SIM's reports are off by; None: nobody knows yet, and any zone will do. Segments whose
    fate is known are candidates too: a repeated report belongs to the one it was about, not to a newer one that
    happens to wait. None if no segment fits.
    """
    fitting = [
        (misfit, candidate.state not in _AWAITING, -candidate.submitted_at, candidate)
        for candidate in candidates
        if same_recipient(candidate.peer, report.recipient)
        and (misfit := _misfit(report, candidate, usual_zone_ms)) is not None
    ]
    return min(fitting, key=lambda rated: rated[:3])[3] if fitting else None


def choose_alone(
    report: DeliveryReport, candidates: Sequence[Candidate], doubtful: Sequence[Candidate]
) -> Candidate | None:
    """Return the only segment that `report` can be about although no time fits: a clock was wrong, or was set.

    None if there are several, or one of the `doubtful`, whose references nobody knows, was meant for the recipient.
    """
    meant = [one for one in (*candidates, *doubtful) if same_recipient(one.peer, report.recipient)]
    alone = len(meant) == 1 and meant[0] in candidates and meant[0].state in _AWAITING
    return meant[0] if alone else None


def choose_unknown(
    report: DeliveryReport, candidates: Sequence[Candidate], usual_zone_ms: int | None = None
) -> Candidate | None:
    """Return the segment without a receipt that `report` is about: the only one that fits in time and recipient.

    What is being sent to the recipient counts too: its report may come before its receipt, and is then waited for.
    """
    fitting = [
        candidate
        for candidate in candidates
        if report.accepted_at is not None
        and same_recipient(candidate.peer, report.recipient)
        and _misfit(report, candidate, usual_zone_ms) is not None
    ]
    return fitting[0] if len(fitting) == 1 and fitting[0].state is SegmentState.UNKNOWN else None


def _misfit(report: DeliveryReport, candidate: Candidate, usual_zone_ms: int | None) -> int | None:
    """Return 0 if the times fit as usual or there is none, 1 if exactly, 2 in an unknown zone, None if not at all."""
    if report.accepted_at is None or _distance(report.accepted_at - (usual_zone_ms or 0), candidate) <= _TOLERANCE_MS:
        return 0
    if _distance(report.accepted_at, candidate) <= _TOLERANCE_MS:
        return 1
    zone = zone_ms(report.accepted_at, candidate.submitted_at)
    if usual_zone_ms is not None or abs(zone) > _ZONE_MAX_MS:
        return None
    return 2 if _distance(report.accepted_at - zone, candidate) <= _TOLERANCE_MS else None


def _distance(moment: int, candidate: Candidate) -> int:
    return max(candidate.claimed_at - moment, moment - candidate.submitted_at, 0)
