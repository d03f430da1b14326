"""Opt-outs: who wants no more texts, how that came about, and what has to be answered to a keyword."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.model.message import Message, OriginKind
from clerkd.model.notice import NoticeKind, Topic
from clerkd.model.rules import OptOut, OptOutEvent, Standing, deciding_rule
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.conversations import list_conversations
from clerkd.store.ops.erasures import forget_erased_opt_out
from clerkd.store.ops.gate import stop_message
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.rules import find_opt_out

CANCELLED_TOGETHER = "cancelled"  # the event of each message that an opt-out cancels: all are told in one
TOLD_TEXTS = 5  # of the cancelled messages, by their text


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of a peer's history of opting out and in."""

    at: int
    event: OptOutEvent
    keyword: str | None
    reason: str | None
    actor: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is owed to a peer that texted a keyword."""

    id: str
    line: str
    peer: str
    kind: str  # stop, start, help
    language: str
    at: int


def opt_out(tx: Tx, found: OptOut, *, line: str | None, message_id: str | None = None) -> list[Message] | None:
    """Opt a peer out and cancel what waits to be sent to it; None if it was out already, else what was cancelled."""
    added = tx.run(
        "INSERT INTO opt_outs (peer, at, keyword, reason, actor) VALUES (:peer, :at, :keyword, :reason, :actor)"
        " ON CONFLICT (peer) DO NOTHING",
        peer=found.peer,
        at=found.at,
        keyword=found.keyword,
        reason=found.reason,
        actor=found.actor,
    )
    write_ledger(tx, found, OptOutEvent.OUT, line=line, message_id=message_id)
    if not added:
        if found.by_keyword:  # the peer's own word outweighs an entry made for it
            tx.run(
                "UPDATE opt_outs SET keyword = :keyword, at = :at WHERE peer = :peer AND keyword IS NULL",
                keyword=found.keyword,
                at=found.at,
                peer=found.peer,
            )
        return None
    cancelled = _cancel_waiting(tx, found)
    _tell(tx, found, NoticeKind.OPTED_OUT, line=line, cancelled=cancelled)
    return cancelled


def opt_in(tx: Tx, found: OptOut, *, line: str | None, message_id: str | None = None) -> bool:
    """End a peer's opt-out; False if it was not out. `found` says when, by which word, by whom and why it ends."""
    listed = tx.run("DELETE FROM opt_outs WHERE peer = :peer", peer=found.peer)
    if not forget_erased_opt_out(tx, found.peer) and not listed:
        return False
    write_ledger(tx, found, OptOutEvent.BACK, line=line, message_id=message_id)
    _tell(tx, found, NoticeKind.OPTED_IN, line=line)
    return True


def write_ledger(tx: Tx, found: OptOut, event: OptOutEvent, *, line: str | None, message_id: str | None = None) -> None:
    """Add a line to the ledger, which nothing changes afterwards."""
    tx.run(
        "INSERT INTO opt_out_ledger (peer, at, event, line, message_id, keyword, reason, actor)"
        " VALUES (:peer, :at, :event, :line, :message_id, :keyword, :reason, :actor)",
        peer=found.peer,
        at=found.at,
        event=event.value,
        line=line,
        message_id=message_id,
        keyword=found.keyword,
        reason=found.reason,
        actor=found.actor,
    )


def opt_out_history(tx: Tx, peer: str) -> list[LedgerEntry]:
    """Return a peer's lines of the ledger, oldest first."""
    rows = tx.all("SELECT * FROM opt_out_ledger WHERE peer = :peer ORDER BY seq", peer=peer)
    return [
        LedgerEntry(row["at"], OptOutEvent(row["event"]), row["keyword"], row["reason"], row["actor"]) for row in rows
    ]


# Answers to keywords ------------------------------------------------------------------------------------------------


def owe_answer(tx: Tx, answer: Answer, *, not_since: int) -> None:
    """Owe a peer an answer, unless it got one of the same kind after `not_since`: machines talk for ever."""
    if tx.run(
        "INSERT INTO keyword_answers (id, line, peer, kind, language, at, state)"
        " SELECT :id, :line, :peer, :kind, :language, :at, 'waiting' WHERE NOT EXISTS"
        " (SELECT 1 FROM keyword_answers o WHERE o.peer = :peer AND o.kind = :kind AND o.at > :not_since)",
        id=answer.id,
        line=answer.line,
        peer=answer.peer,
        kind=answer.kind,
        language=answer.language,
        at=answer.at,
        not_since=not_since,
    ):
        tx.announce(Topic.ANSWER_OWED.value)


def owed_answers(tx: Tx) -> list[Answer]:
    """Return the answers that are owed, oldest first."""
    rows = tx.all("SELECT * FROM keyword_answers WHERE state = 'waiting' ORDER BY id")
    return [Answer(row["id"], row["line"], row["peer"], row["kind"], row["language"], row["at"]) for row in rows]


def answered(tx: Tx, answer_id: str) -> None:
    """Note that an answer is on its way, or will not be given."""
    tx.run("UPDATE keyword_answers SET state = 'done' WHERE id = :id", id=answer_id)


# What waits ---------------------------------------------------------------------------------------------------------


def _cancel_waiting(tx: Tx, found: OptOut) -> list[Message]:
    """Cancel what is queued, scheduled or held for a peer, on whichever line, and return it as it was."""
    rule = deciding_rule(Standing(found), OriginKind.API)
    rows = _waiting(tx, found.peer)
    messages = [get_message(tx, row["id"]) for row in rows]
    for row in rows:
        assert rule is not None  # noqa: S101 - an opt-out always decides
        stop_message(tx, row["id"], row["seq"], rule, at=found.at, event=CANCELLED_TOGETHER)
    return messages


def _waiting(tx: Tx, peer: str) -> list[Row]:
    return tx.all(
        "SELECT m.id, m.seq FROM messages m"
        " WHERE m.conversation_id IN (SELECT id FROM conversations WHERE peer = :peer)"
        " AND m.direction = 'outbound' AND m.origin_kind <> 'rule' AND (m.disposition IN ('scheduled', 'held')"
        " OR EXISTS (SELECT 1 FROM segments s WHERE s.message_seq = m.seq AND s.queued = 1)) ORDER BY m.seq",
        peer=peer,
    )


def _tell(tx: Tx, found: OptOut, kind: NoticeKind, *, line: str | None, cancelled: Sequence[Message] = ()) -> None:
    """Tell it once where it happened, and in every conversation with the peer that something is another now."""
    conversations = list_conversations(tx, peer=found.peer, limit=100)
    for conversation in conversations:
        write_notice(
            tx, NoticeKind.CONVERSATION_CHANGED, at=found.at, line=conversation.line, conversation_id=conversation.id
        )
    here = next((one for one in conversations if line in {None, one.line}), None)
    if here is None:
        return
    detail = {
        "peer": found.peer,
        "keyword": found.keyword,
        "reason": found.reason,
        "actor": found.actor,
        "cancelled": len(cancelled),
        "texts": [message.text for message in cancelled[:TOLD_TEXTS]],
    }
    write_notice(tx, kind, at=found.at, line=here.line, conversation_id=here.id, detail=detail)


def count_waiting_for(tx: Tx, peer: str) -> int:
    """Return how many messages opting the peer out would cancel."""
    return len(_waiting(tx, peer))


def is_opted_out(tx: Tx, peer: str) -> bool:
    """Tell whether a peer wants no more texts."""
    return find_opt_out(tx, peer) is not None
