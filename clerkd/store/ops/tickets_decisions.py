"""What people decide about a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clerkd.model.attention import SETTLED, close_at, timers_of
from clerkd.model.notice import NoticeKind
from clerkd.model.ticket import Note, Ticket, TicketChange, TicketRules
from clerkd.model.ticket_lifecycle import Status, TicketEvent, advance
from clerkd.ports.store import Tx
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.tickets import get_people, get_ticket, read_timers, tell_ticket, write_ticket
from clerkd.store.ops.tickets_notes import add_note, write_ticket_event

ANSWERABLE = frozenset({Status.NEW, Status.OPEN})  # in any other a person decided that no answer is owed now


def change_ticket(
    tx: Tx, conversation_id: str, change: TicketChange, *, actor: str, rules: TicketRules, at: int
) -> Ticket:
    """Do what a person wants and tell it; return the ticket after that. Raise `NotFound`."""
    before = _known(tx, conversation_id)
    ticket = replace(
        before,
        subject=before.subject if change.subject is None else change.subject,
        status=change.status or before.status,
        priority=None if change.clear_priority else change.priority or before.priority,
    )
    _change_people(tx, before, change, actor=actor, at=at)
    _change_tags(tx, conversation_id, change, at=at)
    if change.notified is not None:
        _replace_notified(tx, conversation_id, change.notified)
    if change.note:
        note = Note(at, actor, change.note_name, change.note)
        add_note(tx, conversation_id, note, key=change.note_key or f"{conversation_id}:{at}")
    for name in ("status", "priority", "subject"):
        old, new = getattr(before, name), getattr(ticket, name)
        if old != new:
            write_ticket_event(tx, conversation_id, name, at=at, actor=actor, detail=f"{old or '-'} → {new or '-'}")
    people = get_people(tx, conversation_id)
    return keep_decision(tx, before, replace(ticket, assignees=people), actor=actor, rules=rules, at=at)


def claim_ticket(tx: Tx, conversation_id: str, *, actor: str, rules: TicketRules, at: int) -> Ticket:
    """Take a conversation: who claims it is assigned to it."""
    before = _known(tx, conversation_id)
    _change_people(tx, before, TicketChange(assign=frozenset({actor})), actor=actor, at=at)
    after = replace(
        before,
        status=advance(before.status, TicketEvent.CLAIMED, rules.steps),
        assignees=get_people(tx, conversation_id),
    )
    return keep_decision(tx, before, after, actor=actor, rules=rules, at=at)


def unclaim_ticket(tx: Tx, conversation_id: str, *, actor: str, rules: TicketRules, at: int) -> Ticket:
    """Give a conversation back."""
    before = _known(tx, conversation_id)
    _change_people(tx, before, TicketChange(unassign=frozenset({actor})), actor=actor, at=at)
    after = replace(before, assignees=get_people(tx, conversation_id))
    return keep_decision(tx, before, after, actor=actor, rules=rules, at=at)


def move_ticket(tx: Tx, conversation_id: str, event: TicketEvent, *, actor: str, rules: TicketRules, at: int) -> Ticket:
    """Let something move a ticket's status, as solving it does."""
    before = _known(tx, conversation_id)
    after = replace(before, status=advance(before.status, event, rules.steps))
    if after.status is not before.status:
        detail = f"{before.status} → {after.status}"
        write_ticket_event(tx, conversation_id, "status", at=at, actor=actor, detail=detail)
    return keep_decision(tx, before, after, actor=actor, rules=rules, at=at)


def snooze_ticket(
    tx: Tx, conversation_id: str, until: int | None, *, actor: str, rules: TicketRules, at: int
) -> Ticket:
    """Put a conversation off until a time (epoch ms), or with None until the contact writes again."""
    before = _known(tx, conversation_id)
    after = replace(before, snoozed=True, snoozed_until=until, told_at=None)
    write_ticket_event(tx, conversation_id, "snoozed", at=at, actor=actor, detail=str(until) if until else None)
    return keep_decision(tx, before, after, actor=actor, rules=rules, at=at)


def keep_decision(tx: Tx, before: Ticket, after: Ticket, *, actor: str, rules: TicketRules, at: int) -> Ticket:
    """Keep what a person decided, set the timers anew, and tell it if anything is different."""
    awaited = after.waiting_since is not None or after.told_at is not None
    settled = awaited and after.status is not before.status and after.status not in ANSWERABLE
    if settled:  # what a person put aside waits for no answer
        after = replace(after, waiting_since=None, unanswered=0, told_at=None, remind_from=None, reminders=0)
    timers = read_timers(tx, after.conversation_id)
    if after.status is not before.status:
        timers = replace(timers, close_at=close_at(after, rules, since=at))
    write_ticket(tx, after, timers_of(after, rules, now=at, before=timers), at=at)
    tell_ticket(tx, after.conversation_id, at=at)
    if settled:
        how = {"how": "solved" if after.status in SETTLED else after.status.value, "actor": actor}
        tell_ticket(tx, after.conversation_id, at=at, kind=NoticeKind.ANSWER_GIVEN, detail=how)
    return get_ticket(tx, after.conversation_id)


def _known(tx: Tx, conversation_id: str) -> Ticket:
    get_conversation(tx, conversation_id)  # or `NotFound`
    return get_ticket(tx, conversation_id)


def _change_people(tx: Tx, before: Ticket, change: TicketChange, *, actor: str, at: int) -> None:
    for person in sorted(change.assign - set(before.assignees)):
        tx.run(
            "INSERT INTO ticket_assignees (conversation_id, person, at) VALUES (:id, :person, :at)",
            id=before.conversation_id,
            person=person,
            at=at,
        )
        write_ticket_event(tx, before.conversation_id, "assigned", at=at, actor=actor, detail=person)
    for person in sorted(change.unassign & set(before.assignees)):
        tx.run(
            "DELETE FROM ticket_assignees WHERE conversation_id = :id AND person = :person",
            id=before.conversation_id,
            person=person,
        )
        write_ticket_event(tx, before.conversation_id, "unassigned", at=at, actor=actor, detail=person)


def _change_tags(tx: Tx, conversation_id: str, change: TicketChange, *, at: int) -> None:
    for label in sorted(change.add_tags):
        tag = label.casefold()
        tx.run(
            "INSERT INTO tags (tag, label, created_at) VALUES (:tag, :label, :at) ON CONFLICT (tag) DO NOTHING",
            tag=tag,
            label=label,
            at=at,
        )
        tx.run(
            "INSERT INTO ticket_tags (conversation_id, tag) VALUES (:id, :tag)"
            " ON CONFLICT (conversation_id, tag) DO NOTHING",
            id=conversation_id,
            tag=tag,
        )
    for label in change.remove_tags:
        tx.run(
            "DELETE FROM ticket_tags WHERE conversation_id = :id AND tag = :tag",
            id=conversation_id,
            tag=label.casefold(),
        )


def _replace_notified(tx: Tx, conversation_id: str, targets: Iterable[str]) -> None:
    tx.run("DELETE FROM ticket_notified WHERE conversation_id = :id", id=conversation_id)
    for position, target in enumerate(dict.fromkeys(targets)):
        tx.run(
            "INSERT INTO ticket_notified (conversation_id, position, target) VALUES (:id, :position, :target)",
            id=conversation_id,
            position=position,
            target=target,
        )
