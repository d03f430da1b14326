"""What arrives: kept raw first, told as messages later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from clerkd.model.inbound import Concat, InboundSegment, KeptPart, PartKey, Unreadable
from clerkd.model.message import Encoding
from clerkd.model.notice import NoticeKind
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.conversations import touch_conversation
from clerkd.store.ops.dnd import is_kept_back
from clerkd.store.ops.notices import write_notice
from clerkd.store.ops.outbound import write_event
from clerkd.store.ops.rows import returned
from clerkd.store.ops.schedules_changes import cancel_answered
from clerkd.store.ops.search import index_words, replace_words


def see_pdu(tx: Tx, sim: str, digest: bytes, *, now: int, horizon: int) -> bool:
    """Remember a PDU; False if it was seen since `horizon` (epoch ms) already."""
    row = tx.one(
        "INSERT INTO seen_pdus (sim, digest, seen_at) VALUES (:sim, :digest, :now)"
        " ON CONFLICT (sim, digest) DO UPDATE SET seen_at = excluded.seen_at WHERE seen_pdus.seen_at < :horizon"
        " RETURNING seen_at",
        sim=sim,
        digest=digest,
        now=now,
        horizon=horizon,
    )
    return row is not None


def forget_pdus(tx: Tx, horizon: int) -> int:
    """Forget PDUs seen before `horizon`; return how many."""
    return tx.run("DELETE FROM seen_pdus WHERE seen_at < :horizon", horizon=horizon)


def keep_part(tx: Tx, segment: InboundSegment) -> int:
    """Keep a segment as it came and return its `seq`."""
    concat = segment.concat
    row = tx.one(
        "INSERT INTO parts (line, sim, pdu, received_at, sender, sent_at, encoding, text, octets, concat_reference,"
        " concat_bits, concat_total, concat_sequence, message_class, destination_port, truncated, state)"
        " VALUES (:line, :sim, :pdu, :received_at, :sender, :sent_at, :encoding, :text, :octets, :reference,"
        " :bits, :total, :sequence, :message_class, :destination_port, :truncated, 'waiting') RETURNING seq",
        line=segment.line,
        sim=segment.sim,
        pdu=segment.pdu,
        received_at=segment.received_at,
        sender=segment.sender,
        sent_at=segment.sent_at,
        encoding=segment.encoding.value,
        text=segment.text.encode("utf-16-be", "surrogatepass"),
        octets=segment.octets,
        reference=concat.reference if concat else None,
        bits=concat.bits if concat else None,
        total=concat.total if concat else None,
        sequence=concat.sequence if concat else None,
        message_class=segment.message_class,
        destination_port=segment.destination_port,
        truncated=int(segment.truncated),
    )
    return int(returned(row)["seq"])


def waiting_parts(tx: Tx) -> list[KeptPart]:
    """Return all parts that are not told yet, in the order in which they were kept."""
    return [_part(row) for row in tx.all("SELECT * FROM parts WHERE state = 'waiting' ORDER BY seq")]


def get_waiting_part(tx: Tx, seq: int) -> KeptPart | None:
    """Return a part if it is not told yet."""
    row = tx.one("SELECT * FROM parts WHERE seq = :seq AND state = 'waiting'", seq=seq)
    return None if row is None else _part(row)


def parts_of_key(tx: Tx, key: PartKey, *, since: int) -> list[KeptPart]:
    """Return the parts that wait under a key and those told since `since`, in the order in which they were kept."""
    rows = tx.all(
        "SELECT * FROM parts WHERE sender = :sender AND concat_reference = :reference AND concat_bits = :bits"
        " AND concat_total = :total AND line = :line AND sim = :sim AND concat_sequence BETWEEN 1 AND :total"
        " AND (state = 'waiting' OR (state = 'told' AND received_at >= :since)) ORDER BY seq",
        sender=key.sender,
        reference=key.reference,
        bits=key.bits,
        total=key.total,
        line=key.line,
        sim=key.sim,
        since=since,
    )
    return [_part(row) for row in rows]


def tell_message(
    tx: Tx,
    parts: Sequence[KeptPart],
    *,
    message_id: str,
    conversation_id: str,
    text: str,
    encoding: Encoding,
    detail: dict[str, Any],
    at: int,
    shown: bool = True,
) -> int:
    """Make a message of parts, tell it unless it is not to be `shown`, and return its `seq`.

    `message_id` and `conversation_id` are new ids.
    """
    segment = parts[0].segment
    conversation_id = touch_conversation(tx, new_id=conversation_id, line=segment.line, peer=segment.sender, at=at)
    row = tx.one(
        "INSERT INTO messages (id, direction, line, peer, conversation_id, text, encoding, disposition, created_at,"
        " changed_at) VALUES (:id, 'inbound', :line, :peer, :conversation_id, :text, :encoding, 'received', :at, :at)"
        " RETURNING seq",
        id=message_id,
        line=segment.line,
        peer=segment.sender,
        conversation_id=conversation_id,
        text=text,
        encoding=encoding.value,
        at=at,
    )
    seq = int(returned(row)["seq"])
    index_words(tx, seq, text)
    _attach(tx, parts, seq)
    cancel_answered(tx, conversation_id, at=at)
    if shown:
        write_notice(
            tx,
            NoticeKind.MESSAGE_RECEIVED,
            at=at,
            line=segment.line,
            conversation_id=conversation_id,
            message_id=message_id,
            detail=detail,
        )
    return seq


def parts_of_message(tx: Tx, message_seq: int) -> list[KeptPart]:
    """Return the parts that a message was made of."""
    rows = tx.all("SELECT * FROM parts WHERE message_seq = :seq AND state = 'told' ORDER BY seq", seq=message_seq)
    return [_part(row) for row in rows]


def amend_message(
    tx: Tx, message_seq: int, parts: Sequence[KeptPart], *, text: str, detail: dict[str, Any], at: int
) -> None:
    """Add late parts to a message that was told in part, and tell that."""
    message = returned(tx.one("SELECT * FROM messages WHERE seq = :seq", seq=message_seq))
    _attach(tx, parts, message_seq)
    replace_words(tx, message_seq, message["text"], text)
    tx.run("UPDATE messages SET text = :text, changed_at = :at WHERE seq = :seq", text=text, at=at, seq=message_seq)
    write_event(tx, message_seq, "amended", at=at)
    if is_kept_back(tx, message_seq):
        return
    write_notice(
        tx,
        NoticeKind.MESSAGE_AMENDED,
        at=at,
        line=message["line"],
        conversation_id=message["conversation_id"],
        message_id=message["id"],
        detail=detail,
    )


def drop_repeated(tx: Tx, parts: Iterable[KeptPart]) -> None:
    """Mark parts as repetitions; their PDUs stay."""
    for part in parts:
        tx.run("UPDATE parts SET state = 'repeated' WHERE seq = :seq", seq=part.seq)


def keep_unreadable(tx: Tx, found: Unreadable) -> None:
    """Keep octets that nobody could read, and tell them."""
    tx.run(
        "INSERT INTO unreadable (line, sim, pdu, received_at, reason)"
        " VALUES (:line, :sim, :pdu, :received_at, :reason)",
        line=found.line,
        sim=found.sim,
        pdu=found.pdu,
        received_at=found.received_at,
        reason=found.reason,
    )
    write_notice(
        tx,
        NoticeKind.MESSAGE_UNREADABLE,
        at=found.received_at,
        line=found.line,
        detail={"pdu": found.pdu.hex().upper(), "reason": found.reason},
    )


def _attach(tx: Tx, parts: Iterable[KeptPart], message_seq: int) -> None:
    for part in parts:
        tx.run(
            "UPDATE parts SET state = 'told', message_seq = :message_seq WHERE seq = :seq",
            message_seq=message_seq,
            seq=part.seq,
        )


def _part(row: Row) -> KeptPart:
    concat = None
    if row["concat_reference"] is not None:
        concat = Concat(row["concat_reference"], row["concat_bits"], row["concat_total"], row["concat_sequence"])
    segment = InboundSegment(
        line=row["line"],
        sim=row["sim"],
        pdu=row["pdu"],
        received_at=row["received_at"],
        sender=row["sender"],
        sent_at=row["sent_at"],
        encoding=Encoding(row["encoding"]),
        text=row["text"].decode("utf-16-be", "surrogatepass"),
        octets=row["octets"],
        concat=concat,
        message_class=row["message_class"],
        destination_port=row["destination_port"],
        truncated=bool(row["truncated"]),
    )
    return KeptPart(row["seq"], segment, row["message_seq"])
