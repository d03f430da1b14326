"""What texts and time do to tickets: somebody waits, somebody answered, something falls due."""

from __future__ import annotations

from dataclasses import replace

from clerkd.model import attention
from clerkd.model.message import Message
from clerkd.model.notice import NoticeKind
from clerkd.model.ticket import Priority, Ticket, TicketRules, Timers, Why
from clerkd.model.ticket_lifecycle import TicketEvent, advance
from clerkd.ports.store import Tx
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.silenced import is_silenced
from clerkd.store.ops.tickets import get_ticket, read_timers, tell_ticket, write_ticket
from clerkd.store.ops.tickets_notes import write_ticket_event

BATCH = 100  # tickets to a transaction, so that others get their turn
_MINUTE_MS = 60_000


def note_received(tx: Tx, message: Message, *, rules: TicketRules, at: int) -> None:
    """Note that a text waits for an answer, and tell people now or set the time for it; nobody if none is needed."""
    before = get_ticket(tx, message.conversation_id)
    after = replace(
        before,
        status=advance(before.status, TicketEvent.RECEIVED, rules.steps),
        snoozed=False,
        snoozed_until=None,
        waiting_since=before.waiting_since if before.waiting_since is not None else at,
        unanswered=before.unanswered + 1,
        received=before.received + 1,
        activity_at=max(at, before.activity_at or 0),
        last_inbound=message.id,
        remind_from=at if before.snoozed else before.remind_from,
        reminders=0 if before.snoozed else before.reminders,
    )
    _note_move(tx, before, after, at=at)
    if is_silenced(tx, message.peer, now=at):
        _keep(tx, replace(after, told_at=None), rules, at=at, notify_at=None)
        tell_ticket(tx, after.conversation_id, at=at)
        return
    if _is_first(tx, message):
        _keep(tx, after, rules, at=at, notify_at=None)
        _await(tx, after, Why.NEW, at=at)
        return
    told = before.told_at is not None
    notify_at = attention.notify_at(after, rules, before=before.activity_at)
    if notify_at is None or notify_at > at:
        _keep(tx, after, rules, at=at, notify_at=notify_at)
    else:
        after = replace(after, told_at=before.told_at or at)
        _keep(tx, after, rules, at=at, notify_at=None)
        disturbs = not told or attention.is_quiet(rules, before=before.activity_at, now=at)
        _await(tx, after, Why.WAITING if disturbs else Why.REFRESHED, at=at)
    if before.status is not after.status or before.snoozed:
        tell_ticket(tx, after.conversation_id, at=at)


def note_answered(tx: Tx, message: Message, *, rules: TicketRules, at: int) -> None:
    """Note that a colleague answered: nothing waits any more."""
    before = get_ticket(tx, message.conversation_id)
    after = replace(
        before,
        status=advance(before.status, TicketEvent.REPLIED, rules.steps) if before.received else before.status,
        waiting_since=None,
        unanswered=0,
        activity_at=max(at, before.activity_at or 0),
        told_at=None,
        remind_from=None,
        reminders=0,
    )
    _note_move(tx, before, after, at=at)
    _keep(tx, after, rules, at=at, notify_at=None)
    if before.waiting_since is not None:
        tx.run(
            "UPDATE tickets SET answer_id = :answer, answered_since = :since, answered_count = :count"
            " WHERE conversation_id = :id",
            answer=message.id,
            since=before.waiting_since,
            count=before.unanswered,
            id=message.conversation_id,
        )
    if before.waiting_since is not None or before.told_at is not None:
        origin = message.origin
        detail: dict[str, object] = {
            "how": "answered",
            "actor": origin.actor if origin else None,
            "kind": origin.kind.value if origin else None,
        }
        kind = NoticeKind.ANSWER_GIVEN
        tell_ticket(tx, after.conversation_id, at=at, kind=kind, message_id=message.id, detail=detail)
    if before.status is not after.status:
        tell_ticket(tx, after.conversation_id, at=at)


def note_answer_lost(tx: Tx, message: Message, *, rules: TicketRules, at: int) -> None:
    """Note that an answer failed or was taken back: what it answered waits as before, and people hear of it."""
    row = tx.one(
        "SELECT answered_since, answered_count FROM tickets WHERE conversation_id = :id AND answer_id = :answer",
        id=message.conversation_id,
        answer=message.id,
    )
    if row is None:
        return
    tx.run("UPDATE tickets SET answer_id = NULL WHERE conversation_id = :id", id=message.conversation_id)
    before = get_ticket(tx, message.conversation_id)
    if before.status in attention.SETTLED:  # somebody decided that there is nothing to answer
        return
    after = replace(
        before,
        waiting_since=row["answered_since"],
        unanswered=before.unanswered + row["answered_count"],
    )
    if is_silenced(tx, message.peer, now=at):
        _keep(tx, after, rules, at=at, notify_at=None)
        return
    after = replace(after, told_at=before.told_at or at)
    _keep(tx, after, rules, at=at, notify_at=None)
    _await(tx, after, Why.WAITING, at=at)


def tickets_fall_due(tx: Tx, *, rules: TicketRules, now: int) -> int:
    """Do what is due by now; return with how many tickets (at most `BATCH`)."""
    rows = tx.all(
        "SELECT conversation_id FROM tickets WHERE due_at IS NOT NULL AND due_at <= :now ORDER BY due_at LIMIT :batch",
        now=now,
        batch=BATCH,
    )
    for row in rows:
        _fall_due(tx, get_ticket(tx, row["conversation_id"]), rules, now=now)
    return len(rows)


def next_ticket_time(tx: Tx) -> int | None:
    """Return when the next thing happens to any ticket, epoch ms."""
    row = tx.one("SELECT min(due_at) AS due FROM tickets WHERE due_at IS NOT NULL")
    return None if row is None else row["due"]


def _fall_due(tx: Tx, ticket: Ticket, rules: TicketRules, *, now: int) -> None:
    timers = read_timers(tx, ticket.conversation_id)
    after, why, minutes = ticket, None, 0
    waits = after.waiting_since is not None and not _needs_none(tx, ticket, now)
    closing = _due(timers.close_at, now)
    if closing:
        after = replace(after, status=advance(after.status, TicketEvent.RESTED, rules.steps))
    if _due(timers.snooze_until, now):
        after, why = _awake(after, now), Why.SNOOZED
        write_ticket_event(tx, ticket.conversation_id, "snooze over", at=now)
    if _due(timers.refresh_at, now) and waits:
        why = why or Why.REFRESHED
    if _due(timers.notify_at, now) and waits:
        why, after = (why if why is Why.SNOOZED else Why.WAITING), replace(after, told_at=now)
    if _due(timers.remind_at, now) and after.waiting_since is not None and not waits:
        after = replace(_reminded(after, rules, now), told_at=None)
    elif _due(timers.remind_at, now) and after.waiting_since is not None:
        minutes = (now - after.waiting_since) // _MINUTE_MS
        why, after = Why.OVERDUE, _reminded(after, rules, now)
        write_ticket_event(tx, ticket.conversation_id, "reminded", at=now, detail=f"{minutes} min")
    if why is Why.SNOOZED:  # somebody wanted to be told, whether a text waits or not
        after = replace(after, told_at=now)
    _note_move(tx, ticket, after, at=now)
    notify_at = timers.notify_at if timers.notify_at is not None and timers.notify_at > now else None
    _keep(tx, after, rules, at=now, notify_at=notify_at, closing=closing)
    if after.status is not ticket.status or after.snoozed is not ticket.snoozed:
        tell_ticket(tx, after.conversation_id, at=now)
    if why is not None:  # last: what it says must not be replaced by what merely changed
        _await(tx, after, why, at=now, minutes=minutes)


def _needs_none(tx: Tx, ticket: Ticket, now: int) -> bool:
    return is_silenced(tx, get_conversation(tx, ticket.conversation_id).peer, now=now)


def _awake(ticket: Ticket, now: int) -> Ticket:
    return replace(ticket, snoozed=False, snoozed_until=None, remind_from=now, reminders=0)


def _reminded(ticket: Ticket, rules: TicketRules, now: int) -> Ticket:
    """Count a reminder, and with it those that fell due while nobody ran."""
    after = replace(ticket, told_at=now, reminders=ticket.reminders + 1)
    while (again := attention.remind_at(after, rules)) is not None and again <= now:
        after = replace(after, reminders=after.reminders + 1)
    return after


def _keep(tx: Tx, ticket: Ticket, rules: TicketRules, *, at: int, notify_at: int | None, closing: bool = False) -> None:
    close_at = None if closing else read_timers(tx, ticket.conversation_id).close_at
    timers = attention.timers_of(ticket, rules, now=at, before=Timers(notify_at, close_at=close_at))
    write_ticket(tx, ticket, timers, at=at)


def _await(tx: Tx, ticket: Ticket, why: Why, *, at: int, minutes: int = 0) -> None:
    tell_ticket(
        tx,
        ticket.conversation_id,
        at=at,
        kind=NoticeKind.ANSWER_AWAITED,
        message_id=ticket.last_inbound,
        detail={"why": why.value, "minutes": minutes, "urgent": ticket.priority is Priority.URGENT},
    )


def _note_move(tx: Tx, before: Ticket, after: Ticket, *, at: int) -> None:
    if before.status is not after.status:
        detail = f"{before.status} → {after.status}"
        write_ticket_event(tx, after.conversation_id, "status", at=at, detail=detail)


def _is_first(tx: Tx, message: Message) -> bool:
    """Whether it is the first text of its conversation, either way: its card is posted with it."""
    row = tx.one("SELECT id FROM messages WHERE conversation_id = :id ORDER BY seq LIMIT 1", id=message.conversation_id)
    return row is not None and row["id"] == message.id


def _due(time: int | None, now: int) -> bool:
    return time is not None and time <= now
