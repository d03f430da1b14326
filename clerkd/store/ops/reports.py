"""Delivery reports: kept as they came, applied to the segment they are about, at once or when it is known."""

from __future__ import annotations

from collections import Counter

from clerkd.model.dispatch import Claimed
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import SegmentState, advance
from clerkd.model.message import Failure
from clerkd.model.report import (
    EARLY_MS,
    EVENTS,
    WINDOW_MS,
    Candidate,
    choose,
    choose_alone,
    choose_unknown,
    same_recipient,
    zone_ms,
)
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.changes import refuse_rest, tell_change
from clerkd.store.ops.outbound import queue_rest
from clerkd.store.ops.references import BY_CARRIER, carrier_id, tp_mr
from clerkd.store.ops.rows import returned

_FINAL = {ReportStatus.DELIVERED.value, ReportStatus.FAILED.value, ReportStatus.EXPIRED.value}
_SLACK_MS = 300_000  # a clock set back between receipt and report


def keep_report(tx: Tx, report: DeliveryReport) -> int:
    """Keep a report and return its `seq`."""
    row = tx.one(
        "INSERT INTO reports (line, sim, pdu, received_at, reference, recipient, accepted_at, discharged_at, status,"
        " status_octet, carrier_id, reason)"
        " VALUES (:line, :sim, :pdu, :received_at, :reference, :recipient, :accepted_at,"
        " :discharged_at, :status, :status_octet, :carrier_id, :reason) RETURNING seq",
        line=report.line,
        sim=report.sim,
        pdu=report.pdu,
        received_at=report.received_at,
        reference=BY_CARRIER if isinstance(report.reference, str) else report.reference,
        recipient=report.recipient,
        accepted_at=report.accepted_at,
        discharged_at=report.discharged_at,
        status=report.status.value,
        status_octet=report.status_octet,
        carrier_id=carrier_id(report.reference),
        reason=report.reason,
    )
    return int(returned(row)["seq"])


def match_report(tx: Tx, seq: int, report: DeliveryReport) -> bool:
    """Find the segment that a kept report is about and apply it; False if it is not known (yet)."""
    sent = _sent_under_reference(tx, report)
    candidate = choose(report, sent, 0) if len(sent) == 1 else None  # nearly always: the stamps are in the right zone
    if candidate is None:
        zone = _usual_zone_ms(tx, report.sim)
        doubtful = [*_in_doubt(tx, report), *_on_its_way(tx, report)]
        candidate = (
            choose(report, sent, zone) or choose_unknown(report, doubtful, zone) or choose_alone(report, sent, doubtful)
        )
    if candidate is None:
        return False
    apply_report(tx, seq, report, candidate.message_seq, candidate.part)
    return True


def apply_early_reports(tx: Tx, claimed: Claimed, reference: int | str, *, now: int) -> None:
    """Apply the reports that came before the receipt that carries their reference."""
    for row in tx.all(
        "SELECT * FROM reports WHERE message_seq IS NULL AND reference = :reference AND received_at >= :since"
        " AND received_at >= :claimed_at AND coalesce(carrier_id, '') = :carrier_id ORDER BY seq",
        reference=BY_CARRIER if isinstance(reference, str) else reference,
        carrier_id=carrier_id(reference) or "",
        since=now - EARLY_MS,
        claimed_at=claimed.claimed_at,
    ):
        report = _report(row)
        if same_recipient(report.recipient, claimed.peer) and report.sim in {claimed.sim, report.line}:
            apply_report(tx, row["seq"], report, claimed.message_seq, claimed.segment.part)


def match_waiting_reports(tx: Tx, line: str, *, now: int) -> int:
    """Try the line's unmatched reports of the last minutes again, after segments changed; return how many matched."""
    rows = tx.all(
        "SELECT * FROM reports WHERE message_seq IS NULL AND line = :line AND received_at >= :since ORDER BY seq",
        line=line,
        since=now - EARLY_MS,
    )
    return sum(match_report(tx, row["seq"], _report(row)) for row in rows)


def apply_report(tx: Tx, seq: int, report: DeliveryReport, message_seq: int, part: int) -> None:
    """Attach a report to a segment and advance it; a fate that is known stays."""
    tx.run(
        "UPDATE reports SET message_seq = :message_seq, part = :part WHERE seq = :seq",
        message_seq=message_seq,
        part=part,
        seq=seq,
    )
    rows = tx.all("SELECT * FROM segments WHERE message_seq = :message_seq ORDER BY part", message_seq=message_seq)
    before = {row["part"]: SegmentState(row["state"]) for row in rows}
    segment = rows[part - 1]
    event = EVENTS.get(report.status)
    state = before[part] if event is None else advance(before[part], event)
    changed = state is not before[part]
    if not changed and segment["report_status"] in _FINAL:
        return
    tx.run(
        "UPDATE segments SET state = :state, report_status = :status, report_at = :report_at, changed_at = :at,"
        " reference = coalesce(reference, :reference), carrier_id = coalesce(carrier_id, :carrier_id),"
        " submitted_at = coalesce(submitted_at, claimed_at)"
        " WHERE message_seq = :message_seq AND part = :part",
        state=state.value,
        status=report.status.value,
        report_at=report.discharged_at or report.received_at,
        at=report.received_at,
        reference=tp_mr(report.reference),
        carrier_id=carrier_id(report.reference),
        message_seq=message_seq,
        part=part,
    )
    if changed:
        _follow_up(tx, report, message_seq, before, {**before, part: state})


def _follow_up(
    tx: Tx,
    report: DeliveryReport,
    message_seq: int,
    before: dict[int, SegmentState],
    after: dict[int, SegmentState],
) -> None:
    failure = _failure(report)
    tx.run(
        "UPDATE messages SET error_code = :code, error_message = :reason, resend_at = NULL WHERE seq = :seq",
        code=failure.code if failure else None,
        reason=failure.message if failure else None,
        seq=message_seq,
    )
    if failure is None:
        queue_rest(tx, message_seq)
    else:
        after = refuse_rest(tx, message_seq, after, at=report.received_at)
    tell_change(tx, message_seq, before, after, at=report.received_at, failure=failure)


def _failure(report: DeliveryReport) -> Failure | None:
    if report.status is ReportStatus.EXPIRED:
        return Failure("report.expired", "the network gave up: the phone could not be reached in time")
    if report.status is ReportStatus.FAILED:
        if report.reason is not None:
            return Failure("report.failed", report.reason)
        return Failure("report.failed", f"the network could not deliver it (TP-ST {report.status_octet:#04x})")
    return None


def _sent_under_reference(tx: Tx, report: DeliveryReport) -> list[Candidate]:
    if isinstance(report.reference, str):
        return [
            _candidate(row)
            for row in tx.all(
                "SELECT s.message_seq, s.part, s.state, m.peer, s.claimed_at, s.submitted_at"
                " FROM segments s JOIN messages m ON m.seq = s.message_seq"
                " WHERE s.carrier_id = :carrier_id AND s.line = :line AND s.submitted_at IS NOT NULL",
                carrier_id=report.reference,
                line=report.line,
            )
        ]
    rows = tx.all(
        "SELECT s.message_seq, s.part, s.state, m.peer, s.claimed_at, s.submitted_at"
        " FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.reference = :reference AND s.submitted_at BETWEEN :since AND :until"
        " AND (s.sim = :sim OR ((s.sim = s.line OR :sim = :line) AND s.line = :line))",
        reference=report.reference,
        since=report.received_at - WINDOW_MS,
        until=report.received_at + _SLACK_MS,
        sim=report.sim,
        line=report.line,
    )
    return [_candidate(row) for row in rows]


def _usual_zone_ms(tx: Tx, sim: str) -> int | None:
    """Return what most of the SIM's last reports were off by; None if there are none."""
    rows = tx.all(
        "SELECT r.accepted_at, s.submitted_at FROM reports r"
        " JOIN segments s ON s.message_seq = r.message_seq AND s.part = r.part"
        " WHERE r.sim = :sim AND r.accepted_at IS NOT NULL AND s.submitted_at IS NOT NULL"
        " ORDER BY r.seq DESC LIMIT 5",
        sim=sim,
    )
    zones = Counter(zone_ms(row["accepted_at"], row["submitted_at"]) for row in rows)
    return zones.most_common(1)[0][0] if zones else None


def _in_doubt(tx: Tx, report: DeliveryReport) -> list[Candidate]:
    rows = tx.all(
        "SELECT s.message_seq, s.part, s.state, m.peer, s.claimed_at, s.changed_at AS submitted_at"
        " FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.state = 'unknown' AND s.reference IS NULL AND s.claimed_at >= :since"
        " AND (s.sim = :sim OR ((s.sim = s.line OR :sim = :line) AND s.line = :line))",
        since=report.received_at - WINDOW_MS,
        sim=report.sim,
        line=report.line,
    )
    return [_candidate(row) for row in rows]


def _on_its_way(tx: Tx, report: DeliveryReport) -> list[Candidate]:
    """Return what is being sent: its report may overtake its result."""
    rows = tx.all(
        "SELECT s.message_seq, s.part, s.state, m.peer, s.claimed_at, :now AS submitted_at"
        " FROM segments s JOIN messages m ON m.seq = s.message_seq"
        " WHERE s.state = 'submitting' AND s.line = :line",
        now=report.received_at,
        line=report.line,
    )
    return [_candidate(row) for row in rows]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        message_seq=row["message_seq"],
        part=row["part"],
        state=SegmentState(row["state"]),
        peer=row["peer"],
        claimed_at=row["claimed_at"],
        submitted_at=row["submitted_at"],
    )


def _report(row: Row) -> DeliveryReport:
    return DeliveryReport(
        line=row["line"],
        sim=row["sim"],
        pdu=row["pdu"],
        received_at=row["received_at"],
        reference=row["carrier_id"] or row["reference"],
        recipient=row["recipient"],
        accepted_at=row["accepted_at"],
        discharged_at=row["discharged_at"],
        status=ReportStatus(row["status"]),
        status_octet=row["status_octet"],
        reason=row["reason"],
    )
