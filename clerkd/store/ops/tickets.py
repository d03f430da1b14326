"""Tickets: what is known of a conversation as work."""

from __future__ import annotations

from collections.abc import Mapping

from clerkd.model.notice import NoticeKind
from clerkd.model.ticket import Priority, Ticket, TicketView, Timers
from clerkd.model.ticket_lifecycle import Status
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.notices import write_notice


def get_ticket(tx: Tx, conversation_id: str) -> Ticket:
    """Return a conversation's ticket; a new one of which nothing is known if nothing happened to it yet."""
    row = tx.one("SELECT * FROM tickets WHERE conversation_id = :id", id=conversation_id)
    if row is None:
        return Ticket(conversation_id)
    tags = tx.all(
        "SELECT t.label FROM ticket_tags k JOIN tags t ON t.tag = k.tag WHERE k.conversation_id = :id ORDER BY k.tag",
        id=conversation_id,
    )
    targets = tx.all(
        "SELECT target FROM ticket_notified WHERE conversation_id = :id ORDER BY position", id=conversation_id
    )
    return _ticket(
        row,
        get_people(tx, conversation_id),
        tuple(one["label"] for one in tags),
        tuple(one["target"] for one in targets),
    )


def get_ticket_view(tx: Tx, conversation_id: str) -> TicketView:
    """Return what screens show of a ticket; raise `NotFound` for a conversation that is none."""
    conversation = get_conversation(tx, conversation_id)
    count = tx.one("SELECT count(*) AS n FROM ticket_notes WHERE conversation_id = :id", id=conversation_id)
    return TicketView(
        get_ticket(tx, conversation_id), conversation.line, conversation.peer, 0 if count is None else int(count["n"])
    )


def read_timers(tx: Tx, conversation_id: str) -> Timers:
    """Return when something will happen to a ticket by itself."""
    row = tx.one(
        "SELECT notify_at, remind_at, close_at, snooze_until, refresh_at FROM tickets WHERE conversation_id = :id",
        id=conversation_id,
    )
    if row is None:
        return Timers()
    return Timers(row["notify_at"], row["remind_at"], row["close_at"], row["snooze_until"], row["refresh_at"])


def write_ticket(tx: Tx, ticket: Ticket, timers: Timers, *, at: int) -> None:
    """Keep a ticket and its timers; people, tags and notes have tables and ops of their own."""
    times = (timers.notify_at, timers.remind_at, timers.close_at, timers.snooze_until, timers.refresh_at)
    tx.run(
        "INSERT INTO tickets (conversation_id, status, priority, subject, snoozed, waiting_since, unanswered, received,"
        " activity_at, told_at, remind_from, reminders, last_inbound, changed_at, notify_at, remind_at, close_at,"
        " snooze_until, refresh_at, due_at) VALUES (:id, :status, :priority, :subject, :snoozed, :waiting_since,"
        " :unanswered, :received, :activity_at, :told_at, :remind_from, :reminders, :last_inbound, :at, :notify_at,"
        " :remind_at, :close_at, :snooze_until, :refresh_at, :due_at)"
        " ON CONFLICT (conversation_id) DO UPDATE SET status = excluded.status, priority = excluded.priority,"
        " subject = excluded.subject, snoozed = excluded.snoozed, waiting_since = excluded.waiting_since,"
        " unanswered = excluded.unanswered, received = excluded.received, activity_at = excluded.activity_at,"
        " told_at = excluded.told_at, remind_from = excluded.remind_from, reminders = excluded.reminders,"
        " last_inbound = excluded.last_inbound, changed_at = excluded.changed_at, notify_at = excluded.notify_at,"
        " remind_at = excluded.remind_at, close_at = excluded.close_at, snooze_until = excluded.snooze_until,"
        " refresh_at = excluded.refresh_at, due_at = excluded.due_at",
        id=ticket.conversation_id,
        status=ticket.status.value,
        priority=ticket.priority.value if ticket.priority else None,
        subject=ticket.subject,
        snoozed=int(ticket.snoozed),
        waiting_since=ticket.waiting_since,
        unanswered=ticket.unanswered,
        received=ticket.received,
        activity_at=ticket.activity_at,
        told_at=ticket.told_at,
        remind_from=ticket.remind_from,
        reminders=ticket.reminders,
        last_inbound=ticket.last_inbound,
        at=at,
        notify_at=timers.notify_at,
        remind_at=timers.remind_at,
        close_at=timers.close_at,
        snooze_until=timers.snooze_until,
        refresh_at=timers.refresh_at,
        due_at=min((time for time in times if time is not None), default=None),
    )


def waited_for(tx: Tx, *, limit: int = 1000) -> list[str]:
    """Return the people who are assigned to conversations that wait."""
    rows = tx.all(
        "SELECT a.person AS person FROM tickets k JOIN ticket_assignees a"
        " ON a.conversation_id = k.conversation_id WHERE k.waiting_since IS NOT NULL LIMIT :limit",
        limit=limit,
    )
    return list(dict.fromkeys(row["person"] for row in rows))


def get_people(tx: Tx, conversation_id: str) -> tuple[str, ...]:
    """Return who is assigned to a conversation, in the order in which they were."""
    rows = tx.all(
        "SELECT person FROM ticket_assignees WHERE conversation_id = :id ORDER BY at, person", id=conversation_id
    )
    return tuple(row["person"] for row in rows)


def tell_ticket(
    tx: Tx,
    conversation_id: str,
    *,
    at: int,
    kind: NoticeKind = NoticeKind.CONVERSATION_CHANGED,
    message_id: str | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Tell that a ticket is another one now, or that it needs people. Raise `NotFound`."""
    line = get_conversation(tx, conversation_id).line
    write_notice(
        tx, kind, at=at, line=line, conversation_id=conversation_id, message_id=message_id, detail=dict(detail or {})
    )


def _ticket(row: Row, assignees: tuple[str, ...], tags: tuple[str, ...], notified: tuple[str, ...]) -> Ticket:
    return Ticket(
        conversation_id=row["conversation_id"],
        status=Status(row["status"]),
        priority=Priority(row["priority"]) if row["priority"] else None,
        subject=row["subject"],
        assignees=assignees,
        tags=tags,
        notified=notified,
        snoozed=bool(row["snoozed"]),
        snoozed_until=row["snooze_until"],
        waiting_since=row["waiting_since"],
        unanswered=row["unanswered"],
        received=row["received"],
        activity_at=row["activity_at"],
        told_at=row["told_at"],
        remind_from=row["remind_from"],
        reminders=row["reminders"],
        last_inbound=row["last_inbound"],
        changed_at=row["changed_at"],
    )
