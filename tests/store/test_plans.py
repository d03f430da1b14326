"""No op of the daemon's daily work reads a whole table that grows for ever."""

import re
import sqlite3

import pytest
from contract.store_contract import AT, PEER, draft
from sqlite_utils import Database

from clerkd.model.carrier import Doubt
from clerkd.model.dispatch import Verdict
from clerkd.model.inbound import DeliveryReport, IncomingCall, PartKey, ReportStatus
from clerkd.model.lifecycle import MessageState, SegmentEvent
from clerkd.model.line import Receipt
from clerkd.model.message import Failure
from clerkd.model.pacing import Pacing
from clerkd.model.quota import Quota
from clerkd.model.rules import OptOut
from clerkd.model.ticket import TicketChange, TicketRules
from clerkd.model.ticket_lifecycle import Status
from clerkd.store.migrations import migrations
from clerkd.store.ops.calls import OwedText, owe_text, owed_texts, settle_text, tell_call
from clerkd.store.ops.carriers import get_cursor, list_awaited, list_doubts, settle_doubt
from clerkd.store.ops.conversations import find_conversation, get_conversation, list_conversations
from clerkd.store.ops.dispatch import claim_or_wait, settle, settle_and_claim, settle_late
from clerkd.store.ops.dnd import count_dnd_calls, kept_back, list_dnd
from clerkd.store.ops.due import fall_due, next_time, recover_line
from clerkd.store.ops.inbound import forget_pdus, get_waiting_part, parts_of_key, parts_of_message, see_pdu
from clerkd.store.ops.inbound import waiting_parts as all_waiting_parts
from clerkd.store.ops.leases import acquire_lease
from clerkd.store.ops.messages import find_message, get_message, list_messages, message_history
from clerkd.store.ops.notices import advance_sink, prune_notices, read_notices, register_sink
from clerkd.store.ops.notifications import (
    next_ticket_time,
    note_answer_lost,
    note_answered,
    note_received,
    tickets_fall_due,
)
from clerkd.store.ops.notifications_shown import live_notifications
from clerkd.store.ops.optouts import opt_out
from clerkd.store.ops.outbound import accept_message, cancel_message, resend_message
from clerkd.store.ops.quota import release_affordable
from clerkd.store.ops.reports import keep_report, match_report
from clerkd.store.ops.routes import has_work, line_of_peer, moved_waiting, stranded
from clerkd.store.ops.schedules import count_scheduled, get_scheduled, list_scheduled, series_to_continue
from clerkd.store.ops.schedules_changes import cancel_answered
from clerkd.store.ops.search import search_messages
from clerkd.store.ops.tickets import get_ticket_view, waited_for
from clerkd.store.ops.tickets_decisions import change_ticket, claim_ticket, snooze_ticket
from clerkd.store.ops.tickets_inbox import InboxFilter, list_inbox, list_waiting
from clerkd.store.ops.tickets_notes import list_notes
from clerkd.store.sqlite import TxSqlite

GROWING = {"messages", "segments", "attempts", "events", "parts", "reports", "conversations", "seen_pdus", "notices",
           "tickets", "ticket_notes", "ticket_events", "ticket_assignees", "ticket_tags", "slack_posts"}  # fmt: skip
ALIASES = {"m": "messages", "s": "segments", "c": "conversations", "o": "segments", "k": "tickets",
           "a": "ticket_assignees", "p": "slack_posts"}  # fmt: skip
SMALL = (
    "segments_queue", "segments_submitting", "segments_unknown", "segments_failed", "segments_expired",
    "messages_put_off", "messages_scheduled", "messages_to_resend", "parts_waiting", "reports_unmatched",
    "tickets_due", "tickets_waiting",
)  # fmt: skip


class PlanTx(TxSqlite):
    """Looks at the plan of every statement before it runs it."""

    def __init__(self, connection):
        super().__init__(connection)
        self.connection = connection
        self.scans = []

    def _note(self, sql, params):
        for row in self.connection.execute(f"EXPLAIN QUERY PLAN {sql}", params):
            found = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", row["detail"])
            if found is None or ALIASES.get(found[1], found[1]) not in GROWING:
                continue
            if not (found[2] or "").startswith(SMALL):
                self.scans.append((row["detail"], sql))

    def one(self, sql, /, **params):
        self._note(sql, params)
        return super().one(sql, **params)

    def all(self, sql, /, **params):
        self._note(sql, params)
        return super().all(sql, **params)

    def run(self, sql, /, **params):
        self._note(sql, params)
        return super().run(sql, **params)


@pytest.fixture
def tx():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations().apply(Database(connection))
    connection.row_factory = sqlite3.Row
    yield PlanTx(connection)
    connection.close()


def test_the_check_sees_a_scan(tx):
    tx.all("SELECT * FROM messages WHERE text = 'x'")
    assert len(tx.scans) == 1


def test_accepting_sending_and_reporting_read_no_whole_table(tx):
    lease = acquire_lease(tx, "support", "node", now=AT, until=AT)
    recover_line(tx, lease, now=AT, resend_after_ms=1)
    message, _ = accept_message(tx, draft("a", key="k", parts=2))
    claimed = claim_or_wait(tx, lease, now=AT, sim="sim")
    settle_and_claim(tx, lease, claimed, Verdict(SegmentEvent.ACCEPTED, AT, reference=1), now=AT, sim="sim")
    report = DeliveryReport("support", "sim", b"", AT, 1, PEER, AT, AT, ReportStatus.FAILED, 0x41)
    match_report(tx, keep_report(tx, report), report)
    other = DeliveryReport("support", "sim", b"", AT, 9, PEER, AT, AT, ReportStatus.FAILED, 0x41)
    match_report(tx, keep_report(tx, other), other)
    resend_message(tx, message.id, at=AT)
    cancel_message(tx, accept_message(tx, draft("b"))[0].id, at=AT)
    fall_due(tx, now=AT + 1, tolerated_ms=1)
    claim_or_wait(tx, lease, now=AT, sim="sim")
    accept_message(tx, draft("c"))
    pacing = Pacing(per_minute=6, per_month=600, recipients_per_day=9)
    late = claim_or_wait(tx, lease, now=AT, sim="sim", pacing=pacing, eldest=True)
    settle(tx, lease, late, Verdict(SegmentEvent.LOST_SIGHT, AT, failure=Failure("x", "x")))
    settle_late(tx, lease, late, Receipt(4), at=AT)
    next_time(tx)
    assert tx.scans == []


def test_rules_and_quotas_read_no_whole_table(tx):
    lease = acquire_lease(tx, "support", "node", now=AT, until=AT)
    allowance = Quota(1).at(AT)
    accept_message(tx, draft("a"))
    accept_message(tx, draft("b"))
    claimed = claim_or_wait(tx, lease, now=AT, sim="sim", allowance=allowance)
    verdict = Verdict(SegmentEvent.ACCEPTED, AT, reference=1)
    settle_and_claim(tx, lease, claimed, verdict, now=AT, sim="sim", allowance=allowance)
    assert get_message(tx, "b").state is MessageState.HELD
    release_affordable(tx, "support", None, now=AT)
    opt_out(tx, OptOut(PEER, AT, "STOP"), line="support")
    assert get_message(tx, "b").state is MessageState.CANCELLED
    list_dnd(tx, now=AT, since=AT)
    kept_back(tx, since=AT)
    count_dnd_calls(tx, since=AT)
    assert tx.scans == []


def test_calls_read_no_whole_table(tx):
    tell_call(tx, IncomingCall("support", AT, PEER), conversation_id="c")
    owed = OwedText("t", "support", PEER, "c", AT)
    assert owe_text(tx, owed, not_since=AT - 1)
    assert not owe_text(tx, OwedText("u", "support", PEER, "c", AT), not_since=AT - 1)
    assert owed_texts(tx) == [owed]
    settle_text(tx, owed, withheld="too late", at=AT)
    assert owed_texts(tx) == []
    assert tx.scans == []


def test_receiving_reads_no_whole_table(tx):
    see_pdu(tx, "sim", b"1", now=AT, horizon=AT)
    forget_pdus(tx, AT)
    all_waiting_parts(tx)
    get_waiting_part(tx, 1)
    parts_of_key(tx, PartKey("support", "sim", PEER, 1, 8, 2), since=AT)
    parts_of_message(tx, 1)
    assert tx.scans == []


def test_keeping_tickets_reads_no_whole_table(tx):
    message, _ = accept_message(tx, draft("a"))
    work, to = {"rules": TicketRules(), "at": AT}, message.conversation_id
    note_received(tx, message, **work)
    change = TicketChange(assign=frozenset({"U1"}), add_tags=frozenset({"x"}), note="n", note_key="k")
    change_ticket(tx, to, change, actor="U1", **work)
    claim_ticket(tx, to, actor="U2", **work)
    snooze_ticket(tx, to, AT + 1, actor="U2", **work)
    next_ticket_time(tx)
    tickets_fall_due(tx, rules=TicketRules(), now=AT + 10)
    note_answered(tx, message, **work)
    note_answer_lost(tx, message, **work)
    get_ticket_view(tx, to)
    list_notes(tx, to)
    list_waiting(tx, now=AT)
    list_inbox(tx, InboxFilter(status=Status.NEW))
    live_notifications(tx, f"notify:{to}")
    waited_for(tx)
    assert tx.scans == []


def test_looking_things_up_reads_no_whole_table(tx):
    message, _ = accept_message(tx, draft("a"))
    get_message(tx, "a")
    find_message(tx, "k")
    message_history(tx, "a")
    get_conversation(tx, message.conversation_id)
    find_conversation(tx, "support", PEER)
    list_messages(tx, conversation_id=message.conversation_id)
    for state in set(MessageState) - {MessageState.SUBMITTED, MessageState.DELIVERED, MessageState.RECEIVED}:
        list_messages(tx, state=state)
    list_scheduled(tx)
    count_scheduled(tx)
    get_scheduled(tx, "a")
    series_to_continue(tx)
    cancel_answered(tx, message.conversation_id, at=AT)
    search_messages(tx, "text")
    register_sink(tx, "slack")
    read_notices(tx, "slack", 9)
    advance_sink(tx, "slack", 1)
    assert tx.scans == []


def test_pages_are_read_by_their_index_only(tx):
    list_messages(tx)
    list_conversations(tx)
    prune_notices(tx, AT)
    ordered = [detail for detail, _ in tx.scans]
    assert all("messages" in detail or detail.startswith("SCAN m") or "INDEX" in detail for detail in ordered)


def test_lines_over_carriers_read_no_whole_table(tx):
    accept_message(tx, draft("a"))
    get_cursor(tx, "support")
    list_awaited(tx, "support", since=AT)
    list_doubts(tx, "support", since=AT)
    settle_doubt(tx, "support", Doubt(1, 1, b"", AT, AT), "SM1", at=AT)
    report = DeliveryReport("support", "support", b"", AT, "SM1", PEER, None, AT, ReportStatus.DELIVERED, -1)
    match_report(tx, keep_report(tx, report), report)
    stranded(tx, "support", queued_before=AT)
    moved_waiting(tx, "support")
    has_work(tx, "support")
    line_of_peer(tx, PEER)
    assert tx.scans == []
