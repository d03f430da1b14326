"""Erase somebody at their wish: everything said with a number, and whoever it belonged to.

Afterwards the store knows of the number only a hash (`erasures`), so that the next import does not take it in
again. `clerkd.store.sqlite` overwrites what is deleted; `SqliteStore.fold_log` sees to the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.errors import Conflict
from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Tx
from clerkd.store.ops.contacts import find_contact, remove_contact
from clerkd.store.ops.erasures import erased_opt_out, forget_erasure, note_erasure
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.search import forget_words

# Every table that speaks of a conversation or a message, in an order in which nothing refers to what has gone. A test
# compares this with the schema.
BY_MESSAGE_SEQ = ("attempts", "events", "reports", "held_messages", "dnd_messages", "segments")
BY_MESSAGE_ID = ("follow_ups", "slack_said")
BY_CONVERSATION = (
    "series", "follow_ups", "held_messages", "text_backs", "slack_posts", "slack_threads", "slack_direct",
    "ticket_notes", "ticket_events", "ticket_notified", "ticket_tags", "ticket_assignees", "tickets", "messages",
)  # fmt: skip
BY_NUMBER = (
    ("opt_outs", "peer"), ("opt_out_ledger", "peer"), ("keyword_answers", "peer"), ("dnd_entries", "pattern"),
    ("calls", "caller"),
)  # fmt: skip
_TAIL_DIGITS = 8  # a network may report about a number in another spelling

_CONVERSATIONS = "(SELECT id FROM conversations WHERE peer = :number)"
_OF_CONVERSATIONS = f"conversation_id IN {_CONVERSATIONS}"
_SEQS = f"(SELECT seq FROM messages WHERE {_OF_CONVERSATIONS})"  # noqa: S608 - constants
_IDS = f"(SELECT id FROM messages WHERE {_OF_CONVERSATIONS})"  # noqa: S608 - constants

# A card's post has the conversation in its subject alone.
_SHOWN = f"({_OF_CONVERSATIONS} OR subject IN (SELECT 'card:' || id FROM conversations WHERE peer = :number))"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Erased:
    """What went. Slack still shows `posts`: the places (channel, timestamp) of what we had posted."""

    conversations: int
    messages: int
    posts: tuple[tuple[str, str], ...]


def erase_numbers(tx: Tx, numbers: Sequence[str], *, new_key: bytes, now: int) -> Erased:
    """Erase everything of several numbers, or nothing; raise as `erase_number` does."""
    each = [erase_number(tx, number, new_key=new_key, now=now) for number in numbers]
    return Erased(
        conversations=sum(one.conversations for one in each),
        messages=sum(one.messages for one in each),
        posts=tuple(post for one in each for post in one.posts),
    )


def erase_number(tx: Tx, number: str, *, new_key: bytes, now: int) -> Erased:
    """Erase everything of a number (E.164), and the contact that it belongs to. The texts with its other numbers stay.

    Raise `Conflict` while a text to it is on the air: its outcome would come back.
    """
    on_air = tx.one(
        f"SELECT 1 AS found FROM segments WHERE state = 'submitting' AND message_seq IN {_SEQS} LIMIT 1",  # noqa: S608
        number=number,
    )
    if on_air is not None:
        raise Conflict("A text to this number is being sent right now. Try again in a minute.", state="submitting")
    contact = find_contact(tx, number)
    if contact is not None:
        remove_contact(tx, contact.id, now=now)
    erased = _erased(tx, number)
    _erase_slack(tx, number)
    _erase_messages(tx, number)
    if erased.posts:
        detail = {"posts": [list(post) for post in erased.posts]}
        write_notice(tx, NoticeKind.NUMBER_ERASED, at=now, line="", detail=detail)
    tx.run(
        "UPDATE contact_imports SET state = 'cancelled', ended_at = :now WHERE state IN ('ready', 'running')", now=now
    )
    tx.run("DELETE FROM contact_import_rows")  # in whatever spelling it is there
    opted_out = tx.one("SELECT at FROM opt_outs WHERE peer = :number", number=number)
    note_erasure(tx, number, key=new_key, now=now, opted_out_at=None if opted_out is None else opted_out["at"])
    for table, column in BY_NUMBER:
        tx.run(f"DELETE FROM {table} WHERE {column} = :number", number=number)  # noqa: S608 - constants
    return erased


def readmit_number(tx: Tx, number: str) -> None:
    """Let a number in again whose owner wrote after they were erased. If they wanted no texts, that still holds."""
    opted_out_at = erased_opt_out(tx, number)
    if opted_out_at is not None:
        tx.run(
            "INSERT INTO opt_outs (peer, at, reason) VALUES (:peer, :at, 'before an erasure')"
            " ON CONFLICT (peer) DO NOTHING",
            peer=number,
            at=opted_out_at,
        )
    forget_erasure(tx, number)


def _erased(tx: Tx, number: str) -> Erased:
    counted = tx.one(
        f"SELECT (SELECT count(*) FROM conversations WHERE peer = :number) AS conversations,"  # noqa: S608 - constants
        f" (SELECT count(*) FROM messages WHERE {_OF_CONVERSATIONS}) AS messages",
        number=number,
    )
    posts = tx.all(
        "SELECT channel, ts FROM slack_posts WHERE action = 'post' AND state = 'done' AND channel IS NOT NULL"  # noqa: S608
        f" AND ts IS NOT NULL AND {_SHOWN} ORDER BY ts",
        number=number,
    )
    return Erased(
        conversations=0 if counted is None else counted["conversations"],
        messages=0 if counted is None else counted["messages"],
        posts=tuple((post["channel"], post["ts"]) for post in posts),
    )


def _erase_slack(tx: Tx, number: str) -> None:
    # Whatever was written in its threads and still waits, or failed and was kept.
    tx.run(
        "DELETE FROM slack_inbox WHERE lane IN (SELECT channel || ':' || root_ts FROM slack_threads"  # noqa: S608
        f" WHERE {_OF_CONVERSATIONS})",
        number=number,
    )
    tx.run(f"DELETE FROM slack_posts WHERE {_SHOWN}", number=number)  # noqa: S608 - constants
    tx.run("DELETE FROM slack_answers")  # what modals showed lately, names and numbers among it
    tx.run("DELETE FROM slack_posts WHERE payload LIKE :anywhere", anywhere=f"%{number.removeprefix('+')}%")


def _erase_messages(tx: Tx, number: str) -> None:
    for row in tx.all(f"SELECT seq, text FROM messages WHERE {_OF_CONVERSATIONS}", number=number):  # noqa: S608
        forget_words(tx, row["seq"], row["text"])
    _empty(tx, number)
    for table in BY_MESSAGE_SEQ:
        tx.run(f"DELETE FROM {table} WHERE message_seq IN {_SEQS}", number=number)  # noqa: S608 - constants
    for table in BY_MESSAGE_ID:
        tx.run(f"DELETE FROM {table} WHERE message_id IN {_IDS}", number=number)  # noqa: S608 - constants
    tx.run("DELETE FROM reports WHERE recipient LIKE :tail", tail=f"%{number[-_TAIL_DIGITS:]}")
    tx.run("DELETE FROM unreadable WHERE instr(pdu, :swapped) > 0", swapped=semi_octets(number))
    for table in BY_CONVERSATION:
        tx.run(f"DELETE FROM {table} WHERE {_OF_CONVERSATIONS}", number=number)  # noqa: S608 - constants
    tx.run("DELETE FROM conversations WHERE peer = :number", number=number)


def _empty(tx: Tx, number: str) -> None:
    """Empty the rows that stay because their `seq` must not be given again: sinks and reassembly go by it.

    Parts that still wait for others belong to a text that has not come yet, and stay as they are.
    """
    tx.run(
        f"UPDATE parts SET sender = '', pdu = :nothing, text = :nothing, octets = :nothing, state = 'repeated',"  # noqa: S608
        f" message_seq = NULL WHERE message_seq IN {_SEQS} OR (sender = :number AND state <> 'waiting')",
        nothing=b"",
        number=number,
    )
    tx.run(
        f"UPDATE notices SET kind = :kind, conversation_id = NULL, message_id = NULL, detail = NULL"  # noqa: S608
        f" WHERE {_OF_CONVERSATIONS} OR message_id IN {_IDS} OR detail LIKE :anywhere",
        kind=NoticeKind.NUMBER_ERASED.value,
        anywhere=f"%{number}%",
        number=number,
    )


def semi_octets(number: str) -> bytes:
    """Return the octets as which a number is in a PDU: two digits each, swapped (3GPP 23.040 §9.1.2.3)."""
    digits = number.removeprefix("+")
    digits += "F" * (len(digits) % 2)
    return bytes.fromhex("".join(digits[at + 1] + digits[at] for at in range(0, len(digits), 2)))
