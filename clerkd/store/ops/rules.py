"""What the rules know of a peer, asked when a message is accepted; at the air it is `gate` that asks."""

from __future__ import annotations

from clerkd.errors import DoNotDisturb, OptedOut, Refused
from clerkd.model.message import OriginKind
from clerkd.model.rules import DndEntry, DndKind, OptOut, Standing, deciding_rule, folded, is_name
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.erasures import erased_opt_out

_ERRORS: dict[str, type[Refused]] = {error.code: error for error in (OptedOut, DoNotDisturb)}


def standing_of(tx: Tx, peer: str, *, now: int) -> Standing:
    """Return what the rules know of a peer."""
    return Standing(find_opt_out(tx, peer), match_dnd(tx, peer, now=now))


def find_opt_out(tx: Tx, peer: str) -> OptOut | None:
    """Return a peer's opt-out."""
    row = tx.one("SELECT * FROM opt_outs WHERE peer = :peer", peer=peer)
    if row is None:
        at = erased_opt_out(tx, peer)
        return None if at is None else OptOut(peer, at, reason="before an erasure")
    return opt_out_of(row)


def match_dnd(tx: Tx, peer: str, *, now: int) -> DndEntry | None:
    """Return the entry of the Do Not Disturb list that holds for a peer, the most exact one."""
    row = tx.one(
        "SELECT * FROM dnd_entries WHERE (until IS NULL OR until > :now) AND (pattern = :peer"
        " OR (kind = 'prefix' AND substr(:peer, 1, length(pattern) - 1) = substr(pattern, 1, length(pattern) - 1))"
        " OR (kind = 'letters' AND :is_name = 1)) ORDER BY kind, length(pattern) DESC LIMIT 1",
        now=now,
        peer=folded(peer),
        is_name=int(is_name(peer)),
    )
    return None if row is None else dnd_entry_of(row)


def require_permitted(tx: Tx, peer: str, origin: OriginKind, *, now: int) -> None:
    """Return if a text to the peer may go out; raise `OptedOut` or `DoNotDisturb`."""
    rule = deciding_rule(standing_of(tx, peer, now=now), origin)
    if rule is not None:
        raise _ERRORS[rule.code](rule.message, peer=peer)


def opt_out_of(row: Row) -> OptOut:
    """Return an opt-out as a value."""
    return OptOut(row["peer"], row["at"], row["keyword"], row["reason"], row["actor"])


def dnd_entry_of(row: Row) -> DndEntry:
    """Return an entry of the Do Not Disturb list as a value."""
    return DndEntry(
        row["id"], row["pattern"], DndKind(row["kind"]), row["at"], row["reason"], row["actor"], row["until"]
    )
