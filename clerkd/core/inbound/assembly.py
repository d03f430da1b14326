"""Turn kept parts into messages: the decisions of `reassembly`, carried out in one transaction."""

from __future__ import annotations

from clerkd.core.desk.optouts import hear
from clerkd.core.inbound.reassembly import LATE_MS, decide, key_of
from clerkd.core.inbound.text import tell
from clerkd.ids import Ids
from clerkd.model.inbound import InboundSegment, KeptPart, PartKey
from clerkd.ports.store import Tx
from clerkd.store.ops.dnd import keep_back
from clerkd.store.ops.inbound import (
    amend_message,
    drop_repeated,
    get_waiting_part,
    parts_of_key,
    parts_of_message,
    tell_message,
    waiting_parts,
)
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.rules import standing_of
from clerkd.store.ops.sims import is_strange

OLD_MS = 24 * 3_600_000


def assemble(tx: Tx, seq: int, ids: Ids, *, now: int) -> int | None:
    """Do what the arrival of the part `seq` makes possible; return when to look again, epoch ms, or None.

    Does nothing if the part is told already, so that it may be repeated after a crash.
    """
    part = get_waiting_part(tx, seq)
    if part is None:
        return None
    key = key_of(part.segment)
    if key is None:
        _tell(tx, (part,), ids, now=now)
        return None
    return _assemble_key(tx, key, ids, now=now)


def waiting_seqs(tx: Tx) -> list[int]:
    """Return, for everything that waits, one part whose assembly decides about it."""
    chosen: dict[PartKey | int, int] = {}
    for part in waiting_parts(tx):
        chosen[key_of(part.segment) or part.seq] = part.seq
    return list(chosen.values())


def _assemble_key(tx: Tx, key: PartKey, ids: Ids, *, now: int) -> int | None:
    decisions = decide(parts_of_key(tx, key, since=now - LATE_MS), now)
    drop_repeated(tx, decisions.repeated)
    for parts in decisions.tell:
        _tell(tx, parts, ids, now=now)
    for message_seq, parts in decisions.amend:
        told = tell([*parts_of_message(tx, message_seq), *parts])
        amend_message(tx, message_seq, parts, text=told.text, detail=told.detail, at=now)
    return decisions.next_at


def _tell(tx: Tx, parts: tuple[KeptPart, ...], ids: Ids, *, now: int) -> None:
    told = tell(parts)
    first = parts[0].segment
    standing = standing_of(tx, first.sender, now=now)
    detail = told.detail | ({"opted_out": True} if standing.opt_out is not None else {})
    if is_strange(tx, first.line, first.sim):
        detail["other_sim"] = first.sim
    if is_old(first):
        detail["sent_at"] = first.sent_at
    message_id = ids.new()
    seq = tell_message(
        tx,
        parts,
        message_id=message_id,
        conversation_id=ids.new(),
        text=told.text,
        encoding=told.encoding,
        detail=detail,
        at=now,
        shown=standing.dnd is None,
    )
    if standing.dnd is not None:
        keep_back(tx, seq, standing.dnd.pattern, at=now)
    if not told.missing:
        hear(tx, get_message(tx, message_id), ids, now=now)


def is_old(segment: InboundSegment) -> bool:
    """Tell whether a text lay somewhere for long before it came: on its SIM, or at the network."""
    return segment.sent_at is not None and segment.received_at - segment.sent_at >= OLD_MS
