"""Random lives of messages: whatever happens in whatever order, only the table's transitions are ever taken."""

import sqlite3
from contextlib import suppress

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlite_utils import Database

from clerkd.errors import Conflict
from clerkd.model.dispatch import Draft, Verdict
from clerkd.model.inbound import DeliveryReport, ReportStatus
from clerkd.model.lifecycle import TRANSITIONS, Disposition, MessageState, SegmentEvent, SegmentState
from clerkd.model.line import Plan, PlannedSegment, Receipt
from clerkd.model.message import Encoding, Failure, Lane, Origin, OriginKind, OutcomePolicy
from clerkd.model.notice import NoticeKind
from clerkd.store.migrations import migrations
from clerkd.store.ops.dispatch import claim_due, settle, settle_late
from clerkd.store.ops.due import fall_due, next_time, recover_line
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.messages import STATE_SQL, get_message, message_history
from clerkd.store.ops.notices import read_notices
from clerkd.store.ops.outbound import (
    accept_message,
    cancel_message,
    mark_message_sent,
    release_message,
    resend_message,
)
from clerkd.store.ops.reports import keep_report, match_report
from clerkd.store.sqlite import TxSqlite

PEERS = ["+14155550123", "+14155550145"]
EVENTS = {pair: event for (before, event), after in TRANSITIONS.items() for pair in [(before, after)]}
UNTOLD = {MessageState.SUBMITTING, MessageState.ACCEPTED}


class MessageLives(RuleBasedStateMachine):
    """Ops on a database in memory; after each, every segment's step is one of the table."""

    @initialize()
    def open(self):
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        migrations().apply(Database(self.connection))
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA foreign_keys = ON")
        self.tx = TxSqlite(self.connection)
        self.now = 1_700_000_000_000
        self.count = 0
        self.reference = 0
        self.claimed = None
        self.air = []
        self.doubts = []
        self.resent = set()
        self.states = {}
        self.restart()

    def teardown(self):
        if hasattr(self, "connection"):
            self.connection.close()

    @rule()
    def restart(self):
        """The daemon dies and comes back."""
        self.claimed = None
        self.lease = acquire_lease(self.tx, "support", "node", now=self.now, until=self.now + 30_000)
        recover_line(self.tx, self.lease, now=self.now, resend_after_ms=120_000)

    @rule(
        peer=st.sampled_from(PEERS),
        parts=st.integers(1, 3),
        policy=st.sampled_from(OutcomePolicy),
        delay=st.sampled_from([None, 60_000]),
        ttl=st.sampled_from([300_000, 86_400_000]),
        lane=st.sampled_from(Lane),
    )
    def accept(self, *, peer, parts, policy, delay, ttl, lane):
        self.count += 1
        name = f"m{self.count}"
        plan = Plan(Encoding.GSM7, tuple(PlannedSegment(part, parts, b"x") for part in range(1, parts + 1)))
        accept_message(
            self.tx,
            Draft(
                id=name,
                conversation_id=f"c{self.count}",
                key=None,
                line="support",
                peer=peer,
                text=name,
                plan=plan,
                disposition=Disposition.ACTIVE if delay is None else Disposition.SCHEDULED,
                at=self.now,
                send_at=None if delay is None else self.now + delay,
                ttl_ms=ttl,
                outcome_policy=policy,
                origin=Origin(OriginKind.API),
                lane=lane,
            ),
        )

    @precondition(lambda self: self.claimed is None)
    @rule(eldest=st.booleans())
    def claim(self, eldest):
        self.claimed = claim_due(self.tx, self.lease, now=self.now, sim="sim", eldest=eldest)
        if self.claimed is not None:
            older = self.tx.all(
                "SELECT s.message_seq FROM segments s JOIN messages m ON m.seq = s.message_seq"
                " WHERE s.queued = 1 AND m.peer = :peer AND s.message_seq < :seq",
                peer=self.claimed.peer,
                seq=self.claimed.message_seq,
            )
            assert older == [], "an older message of the conversation was passed over"

    @precondition(lambda self: self.claimed is not None)
    @rule(event=st.sampled_from(["accepted", "accepted", "deferred", "parked", "refused", "lost", "lost but sent"]))
    def settle(self, event):
        claimed, self.claimed = self.claimed, None
        failure = Failure("modem.x", "x")
        if event in {"accepted", "lost but sent"}:
            self.reference = (self.reference + 1) % 256
            self.air.append((claimed.message_id, claimed.segment.part, self.reference))
        verdict = {
            "accepted": Verdict(SegmentEvent.ACCEPTED, self.now, reference=self.reference),
            "deferred": Verdict(SegmentEvent.DEFERRED, self.now, failure=failure, retry_at=self.now + 5000),
            "parked": Verdict(SegmentEvent.DEFERRED, self.now, failure=failure, parked=True),
            "refused": Verdict(SegmentEvent.REFUSED, self.now, failure=failure),
        }.get(event)
        if verdict is None:
            repeat = claimed.outcome_policy is OutcomePolicy.AT_LEAST_ONCE
            verdict = Verdict(
                SegmentEvent.LOST_SIGHT, self.now, failure=failure, resend_at=self.now + 120_000 if repeat else None
            )
        settle(self.tx, self.lease, claimed, verdict)
        if event == "lost but sent":
            self.doubts.append((claimed, self.reference))

    @precondition(lambda self: self.doubts)
    @rule(data=st.data())
    def receipt_comes_late(self, data):
        claimed, reference = data.draw(st.sampled_from(self.doubts))
        self.doubts.remove((claimed, reference))
        settle_late(self.tx, self.lease, claimed, Receipt(reference), at=self.now)

    @precondition(lambda self: self.air)
    @rule(data=st.data(), status=st.sampled_from(ReportStatus))
    def report(self, data, status):
        message_id, _, reference = data.draw(st.sampled_from(self.air))
        peer = get_message(self.tx, message_id).peer
        report = DeliveryReport("support", "sim", b"", self.now, reference, peer, None, self.now, status, 0)
        match_report(self.tx, keep_report(self.tx, report), report)

    @precondition(lambda self: self.count)
    @rule(data=st.data(), op=st.sampled_from([cancel_message, resend_message, mark_message_sent, release_message]))
    def decide(self, data, op):
        message_id = f"m{data.draw(st.integers(1, self.count))}"
        with suppress(Conflict):
            op(self.tx, message_id, at=self.now, actor="U1")
            if op is resend_message:
                self.resent.add(message_id)

    @rule(seconds=st.sampled_from([1, 10, 130, 400, 7200, 90_000]))
    def time_passes(self, seconds):
        self.now += seconds * 1000
        fall_due(self.tx, now=self.now, tolerated_ms=3_600_000)
        at = next_time(self.tx)
        assert at is None or at > self.now

    @invariant()
    def only_transitions_of_the_table_were_taken(self):
        if not hasattr(self, "tx"):
            return
        states = {
            (row["message_seq"], row["part"]): SegmentState(row["state"])
            for row in self.tx.all("SELECT message_seq, part, state FROM segments")
        }
        for key, after in states.items():
            before = self.states.get(key, SegmentState.PENDING)
            # A claim that meets an overdue message expires it and goes on; recovery may match a report at once.
            steps = {before} | {b for a, b in EVENTS if a is before}
            steps |= {c for b in set(steps) if b is SegmentState.UNKNOWN for a, c in EVENTS if a is b}
            assert after in steps, f"{before} → {after}"
        self.states = states

    @invariant()
    def the_store_agrees_with_the_model_and_with_itself(self):
        if not hasattr(self, "tx"):
            return
        assert self.tx.all("SELECT 1 FROM segments WHERE queued = 1 AND state <> 'pending'") == []
        flying = self.tx.all("SELECT 1 FROM segments WHERE state = 'submitting'")
        assert len(flying) == (self.claimed is not None)
        told = {}
        for notice in read_notices(self.tx, "nobody", 100_000):
            if notice.kind is NoticeKind.MESSAGE_CHANGED:
                told[notice.message_id] = notice.detail["state"]
        for row in self.tx.all(f"SELECT m.id, {STATE_SQL} AS state FROM messages m"):
            message = get_message(self.tx, row["id"])
            assert message.state.value == row["state"]
            if message.state not in UNTOLD | {MessageState.SCHEDULED}:
                assert told[message.id] == message.state.value
            attempts = [entry for entry in message_history(self.tx, message.id) if entry.event in set(SegmentEvent)]
            assert sum(part.attempts for part in message.segments) == len(
                [entry for entry in attempts if entry.part is not None]
            ) + sum(part.state is SegmentState.SUBMITTING for part in message.segments)

    @invariant()
    def nothing_went_out_twice_unless_somebody_asked_for_it(self):
        if not hasattr(self, "tx"):
            return
        for message_id, part, _ in self.air:
            copies = [one for one in self.air if one[:2] == (message_id, part)]
            policy = self.tx.one("SELECT outcome_policy FROM messages WHERE id = :id", id=message_id)["outcome_policy"]
            assert len(copies) == 1 or message_id in self.resent or policy == OutcomePolicy.AT_LEAST_ONCE.value


MessageLives.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestMessageLives = MessageLives.TestCase
