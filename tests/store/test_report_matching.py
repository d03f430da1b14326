"""Two busy days through the ops themselves: no report is ever given to another message than its own."""

import os
import random
import sqlite3

import pytest
from sqlite_utils import Database

from clerkd.model.dispatch import Draft, Verdict
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import Disposition, SegmentEvent
from clerkd.model.line import Plan, PlannedSegment, Receipt
from clerkd.model.message import Encoding, Failure, Origin, OriginKind, OutcomePolicy
from clerkd.store.migrations import migrations
from clerkd.store.ops.dispatch import claim_due, settle, settle_late
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.outbound import accept_message
from clerkd.store.ops.reports import keep_report, match_report, match_waiting_reports
from clerkd.store.sqlite import TxSqlite

MANY = int(os.environ.get("CLERKD_TEST_MANY", "2500"))  # 100000 for a long look
HOUR, DAY = 3_600_000, 86_400_000
START = 1_700_000_000_000
PEERS = [f"+1415555{number:04}" for number in range(100, 200)]


@pytest.fixture
def tx():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations().apply(Database(connection))
    connection.row_factory = sqlite3.Row
    yield TxSqlite(connection)
    connection.close()


def draft(number, peer, at):
    return Draft(
        id=f"m{number}",
        conversation_id=f"c{peer}",
        key=None,
        line="support",
        peer=peer,
        text="x",
        plan=Plan(Encoding.GSM7, (PlannedSegment(1, 1, b"x"),)),
        disposition=Disposition.ACTIVE,
        at=at,
        send_at=None,
        ttl_ms=DAY,
        outcome_policy=OutcomePolicy.HOLD,
        origin=Origin(OriginKind.API),
    )


def report_on(number, peer, at, accepted_at):
    pdu = f"{number}".encode()
    return DeliveryReport("support", "sim", pdu, at, number % 256, peer, accepted_at, at, ReportStatus.DELIVERED, 0)


@pytest.mark.parametrize("zone", [0, 7 * HOUR], ids=["right zone", "+7 h"])
def test_no_report_is_given_to_another_message(tx, zone):
    chance = random.Random(zone)
    lease = acquire_lease(tx, "support", "node", now=START, until=START + DAY)
    late, reports, at = [], [], START
    for number in range(MANY):
        at += 6000 + chance.randrange(8000)
        peer = chance.choice(PEERS)
        accept_message(tx, draft(number, peer, at))
        claimed = claim_due(tx, lease, now=at, sim="sim")
        taken = at + chance.randrange(500, 3000)  # by the SMSC, while the modem waits for it
        done = taken + chance.randrange(200, 2500)
        accepted_at = taken // 1000 * 1000 + zone
        away = chance.randrange(DAY) if chance.random() < 0.03 else chance.randrange(100, 30_000)
        reports += [report_on(number, peer, taken + away, accepted_at)] * (2 if chance.random() < 0.02 else 1)
        fate = chance.random()
        if fate < 0.03:  # its result is lost
            settle(tx, lease, claimed, Verdict(SegmentEvent.LOST_SIGHT, done, failure=Failure("x", "x")))
            if fate < 0.015:  # and comes late
                late.append((done + 20_000, claimed, number % 256))
            match_waiting_reports(tx, "support", now=done)
        else:
            early = [one for one in reports if one.received_at <= done]
            for report in early:
                match_report(tx, keep_report(tx, report), report)
            reports = [one for one in reports if one.received_at > done]
            settle(tx, lease, claimed, Verdict(SegmentEvent.ACCEPTED, done, reference=number % 256))
        for report in [one for one in reports if one.received_at <= done]:
            match_report(tx, keep_report(tx, report), report)
        reports = [one for one in reports if one.received_at > done]
        for due, claim, reference in [one for one in late if one[0] <= at]:
            settle_late(tx, lease, claim, Receipt(reference), at=due)
        late = [one for one in late if one[0] > at]
    for report in sorted(reports, key=lambda one: one.received_at):
        match_report(tx, keep_report(tx, report), report)

    rows = tx.all("SELECT r.pdu, r.message_seq, m.id FROM reports r LEFT JOIN messages m ON m.seq = r.message_seq")
    wrong = [row["id"] for row in rows if row["id"] is not None and row["id"] != f"m{row['pdu'].decode()}"]
    unmatched = [row["pdu"] for row in rows if row["id"] is None]
    assert wrong == []
    assert len(unmatched) <= MANY // 100
    [row] = tx.all("SELECT count(*) AS number FROM segments WHERE state = 'delivered'")
    assert row["number"] >= MANY * 0.98
