"""The last gate under any course of events: the store's own transactions, rules and quotas in any order."""

import sqlite3
from contextlib import suppress

from contract.store_contract import draft
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlite_utils import Database

from clerkd.errors import Conflict, DoNotDisturb, NotFound, OptedOut
from clerkd.model.dispatch import Verdict
from clerkd.model.lifecycle import SegmentEvent
from clerkd.model.message import Failure
from clerkd.model.quota import Quota
from clerkd.model.rules import DndEntry, DndKind, OptOut
from clerkd.store.migrations import migrations
from clerkd.store.ops.dispatch import claim_due, settle
from clerkd.store.ops.dnd import put_dnd, remove_dnd
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.optouts import opt_in, opt_out
from clerkd.store.ops.outbound import accept_message, cancel_message, resend_message
from clerkd.store.ops.quota import add_pack, quota_status, release_affordable
from clerkd.store.sqlite import TxSqlite

AT = 1_700_000_000_000
PEERS = ("+14155550120", "+14155550121", "+447700900123")
ENDS = (SegmentEvent.ACCEPTED, SegmentEvent.DEFERRED, SegmentEvent.REFUSED, SegmentEvent.LOST_SIGHT)
FAILURE = Failure("modem.x", "x")


class Gate(RuleBasedStateMachine):
    @initialize(limit=st.integers(1, 6))
    def open(self, limit):
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        migrations().apply(Database(self.connection))
        self.connection.row_factory = sqlite3.Row
        self.tx = TxSqlite(self.connection)
        self.now, self.count, self.claimed = AT, 0, None
        self.out, self.dnd = set(), set()
        self.quota = Quota(limit)
        self.lease = acquire_lease(self.tx, "support", "node", now=AT, until=AT + 10**12)

    def teardown(self):
        if hasattr(self, "connection"):
            self.connection.close()

    @property
    def allowance(self):
        return self.quota.at(self.now)

    @rule(peer=st.sampled_from(PEERS), parts=st.integers(1, 3))
    def accept(self, peer, parts):
        self.now += 1
        self.count += 1
        wish = draft(f"m{self.count}", peer=peer, parts=parts, at=self.now, ttl_ms=10**12)
        try:
            accept_message(self.tx, wish)
        except (OptedOut, DoNotDisturb):
            assert peer in self.out | self.dnd
        else:
            assert peer not in self.out | self.dnd

    @rule(peer=st.sampled_from(PEERS))
    def accept_a_short_one_behind_a_long_one(self, peer):
        self.accept(peer, 3)
        self.accept(peer, 1)

    @precondition(lambda self: self.claimed is None)
    @rule()
    def claim(self):
        used = {
            row["message_seq"]: row["begun"]
            for row in self.tx.all(
                "SELECT message_seq, count(CASE WHEN state <> 'pending' THEN 1 END) AS begun FROM segments"
                " GROUP BY message_seq"
            )
        }
        before = quota_status(self.tx, "support", self.allowance)
        self.claimed = claimed = claim_due(self.tx, self.lease, now=self.now, sim="sim", allowance=self.allowance)
        if claimed is None:
            return
        assert claimed.peer not in self.out | self.dnd
        if not used[claimed.message_seq]:
            assert before.used + claimed.segment.of <= before.total
        passed_over = self.tx.all(
            "SELECT m.id FROM messages m WHERE m.peer = :peer AND m.seq < :seq AND (m.disposition = 'held'"
            " OR EXISTS (SELECT 1 FROM segments s WHERE s.message_seq = m.seq AND s.queued = 1))",
            peer=claimed.peer,
            seq=claimed.message_seq,
        )
        assert passed_over == [] or used[claimed.message_seq]

    @precondition(lambda self: self.claimed is None)
    @rule(peer=st.sampled_from(PEERS))
    def meets_the_limit_with_a_long_one_before_a_short_one(self, peer):
        """Come to where two segments are left, or none: there a short text could pass a long one that is held."""
        while quota_status(self.tx, "support", self.allowance).left > 2:
            self.accept(PEERS[0], 1)
            self.claim()
            if self.claimed is None:
                return
            self.settle(SegmentEvent.ACCEPTED)
        self.accept_a_short_one_behind_a_long_one(peer)
        self.goes_on_while_it_can()

    @precondition(lambda self: self.claimed is None)
    @rule()
    def goes_on_while_it_can(self):
        self.claim()
        while self.claimed is not None:
            self.settle(SegmentEvent.ACCEPTED)
            self.claim()

    @precondition(lambda self: self.claimed is not None)
    @rule(event=st.sampled_from(ENDS))
    def settle(self, event):
        claimed, self.claimed = self.claimed, None
        failure = None if event is SegmentEvent.ACCEPTED else FAILURE
        reference = 1 if event is SegmentEvent.ACCEPTED else None
        settle(self.tx, self.lease, claimed, Verdict(event, self.now, reference, failure, retry_at=self.now))

    @rule(peer=st.sampled_from(PEERS), keyword=st.sampled_from([None, "STOP"]))
    def opts_out(self, peer, keyword):
        cancelled = opt_out(self.tx, OptOut(peer, self.now, keyword, "said so"), line="support")
        assert (cancelled is None) is (peer in self.out)
        if cancelled is None:  # what came back from the air since then is stopped when it is claimed
            return
        self.out.add(peer)
        waiting = self.tx.all(
            "SELECT 1 FROM segments s JOIN messages m ON m.seq = s.message_seq WHERE s.queued = 1 AND m.peer = :peer",
            peer=peer,
        )
        assert waiting == []

    @rule(peer=st.sampled_from(PEERS))
    def opts_in(self, peer):
        assert opt_in(self.tx, OptOut(peer, self.now, "START"), line="support") is (peer in self.out)
        self.out.discard(peer)

    @rule(peer=st.sampled_from(PEERS), on=st.booleans())
    def disturbs(self, peer, on):
        if on:
            put_dnd(self.tx, DndEntry(peer, peer, DndKind.EXACT, self.now))
            self.dnd.add(peer)
        else:
            remove_dnd(self.tx, peer)
            self.dnd.discard(peer)

    @rule(segments=st.integers(1, 5))
    def buys_a_pack(self, segments):
        self.now += 1
        assert add_pack(self.tx, f"p{self.now}", line="support", segments=segments, at=self.now, actor="U1")
        self.release()

    @rule(days=st.sampled_from([1, 10, 31]))
    def time_passes(self, days):
        self.now += days * 86_400_000
        self.release()

    def release(self):
        before = self.held()
        release_affordable(self.tx, "support", self.allowance, now=self.now)
        after = self.held()
        for seq in before.keys() - after.keys():
            older = [other for other, peer in after.items() if peer == before[seq] and other < seq]
            assert older == [], "a later text was let go before one that is held"

    def held(self):
        rows = self.tx.all("SELECT seq, peer FROM messages WHERE disposition = 'held'")
        return {row["seq"]: row["peer"] for row in rows}

    @precondition(lambda self: self.count)
    @rule(data=st.data(), op=st.sampled_from([cancel_message, resend_message]))
    def decide(self, data, op):
        with suppress(Conflict, NotFound):
            op(self.tx, f"m{data.draw(st.integers(1, self.count))}", at=self.now, actor="U1")

    @invariant()
    def what_is_held_is_on_the_list_and_nothing_else(self):
        if not hasattr(self, "tx"):
            return
        held = {row["seq"] for row in self.tx.all("SELECT seq FROM messages WHERE disposition = 'held'")}
        assert held == {row["message_seq"] for row in self.tx.all("SELECT message_seq FROM held_messages")}
        queued = self.tx.all("SELECT 1 FROM segments s JOIN held_messages h USING (message_seq) WHERE s.queued = 1")
        assert queued == []

    @invariant()
    def what_may_have_gone_out_is_counted_exactly(self):
        if not hasattr(self, "tx"):
            return
        counted = self.tx.one("SELECT coalesce(sum(segments), 0) AS n FROM line_usage")["n"]
        gone = self.tx.one("SELECT count(*) AS n FROM attempts WHERE outcome IN ('accepted', 'lost_sight')")["n"]
        assert counted == gone + (self.claimed is not None)


Gate.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestGate = Gate.TestCase
