"""Delivery reports: keep, match, apply, in one transaction. What is matched to what is in `clerkd.model.report`."""

from __future__ import annotations

from clerkd.model.inbound import DeliveryReport
from clerkd.ports.store import Tx
from clerkd.store.ops.inbound import see_pdu
from clerkd.store.ops.reports import keep_report, match_report


def record_report(tx: Tx, report: DeliveryReport, digest: bytes, *, horizon: int) -> bool | None:
    """Keep a report and apply it; None if it was kept before, False if its segment is not known (yet)."""
    if not see_pdu(tx, report.sim, digest, now=report.received_at, horizon=horizon):
        return None
    return match_report(tx, keep_report(tx, report), report)
