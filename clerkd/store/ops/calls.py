"""Calls: kept and told, and the texts that are owed for them."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.inbound import IncomingCall
from clerkd.model.notice import NoticeKind, Topic
from clerkd.model.number import is_e164
from clerkd.ports.store import Tx
from clerkd.store.ops.conversations import touch_conversation
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.rules import match_dnd


@dataclass(frozen=True, slots=True)
class OwedText:
    """A text back that somebody who called is to get."""

    id: str
    line: str
    peer: str
    conversation_id: str
    at: int  # of the call, epoch ms


def tell_call(tx: Tx, call: IncomingCall, *, conversation_id: str) -> str | None:
    """Keep a call and tell that somebody rang, unless they are on the Do Not Disturb list.

    Return the caller's conversation, `conversation_id` if it is the first; None if there is nobody to answer.
    """
    known = entry = None
    if call.caller:
        known = touch_conversation(
            tx, new_id=conversation_id, line=call.line, peer=call.caller, at=call.received_at, messages=0
        )
        entry = match_dnd(tx, call.caller, now=call.received_at)
    tx.run(
        "INSERT INTO calls (line, at, caller, dnd_pattern) VALUES (:line, :at, :caller, :pattern)",
        line=call.line,
        at=call.received_at,
        caller=call.caller,
        pattern=None if entry is None else entry.pattern,
    )
    if entry is not None:
        return None
    write_notice(
        tx,
        NoticeKind.CALL_RECEIVED,
        at=call.received_at,
        line=call.line,
        conversation_id=known,
        detail={"caller": call.caller},
    )
    return known if call.caller and is_e164(call.caller) else None


def owe_text(tx: Tx, owed: OwedText, *, not_since: int) -> bool:
    """Owe a caller a text, unless one was owed on this line after `not_since`; tell whether it is owed."""
    owes = tx.run(
        "INSERT INTO text_backs (id, line, peer, conversation_id, at, state)"
        " SELECT :id, :line, :peer, :conversation_id, :at, 'waiting' WHERE NOT EXISTS"
        " (SELECT 1 FROM text_backs o WHERE o.peer = :peer AND o.line = :line AND o.at > :not_since)",
        id=owed.id,
        line=owed.line,
        peer=owed.peer,
        conversation_id=owed.conversation_id,
        at=owed.at,
        not_since=not_since,
    )
    if owes:
        tx.announce(Topic.TEXT_BACK_OWED.value)
    return owes > 0


def owed_texts(tx: Tx) -> list[OwedText]:
    """Return the texts that are owed, oldest first."""
    rows = tx.all(
        "SELECT id, line, peer, conversation_id, at FROM text_backs WHERE state = 'waiting' ORDER BY id LIMIT 100"
    )
    return [OwedText(row["id"], row["line"], row["peer"], row["conversation_id"], row["at"]) for row in rows]


def settle_text(tx: Tx, owed: OwedText, *, withheld: str | None, at: int) -> None:
    """Note that a text is on its way, or (`withheld`, why in words) that there will be none, which people are told."""
    tx.run("UPDATE text_backs SET state = 'done' WHERE id = :id", id=owed.id)
    if withheld is not None:
        write_notice(
            tx,
            NoticeKind.TEXT_BACK_WITHHELD,
            at=at,
            line=owed.line,
            conversation_id=owed.conversation_id,
            detail={"reason": withheld},
        )
