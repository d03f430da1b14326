"""Finding conversations by who they are with, and where in Slack a message is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clerkd.ports.store import Tx
from clerkd.store.ops.contacts import contact_names
from clerkd.store.ops.contacts_search import list_contacts
from clerkd.store.ops.tickets_inbox import InboxFilter, fitting

LEAST_DIGITS = 3  # fewer are in every number
NARROWED = 20  # times as many are looked at when a filter leaves some of them out


@dataclass(frozen=True, slots=True)
class FoundPeer:
    """Somebody who may be meant; without a conversation no text went either way yet."""

    peer: str
    name: str | None
    line: str | None = None
    conversation_id: str | None = None
    last_at: int | None = None  # epoch ms


def find_peers(tx: Tx, query: str, *, limit: int, within: InboxFilter | None = None) -> list[FoundPeer]:
    """Return whose name or number matches, those with the newest texts first and those without any last.

    With `within` only those whose conversation it fits.
    """
    looked_at = limit if within is None else limit * NARROWED
    contacts = list_contacts(tx, query=query, limit=looked_at)
    by_name = {number: contact.name for contact in contacts for number in contact.numbers}
    found = _conversations_with(tx, list(by_name)[: 4 * looked_at])
    digits = "".join(re.findall(r"\d", query))
    if len(digits) >= LEAST_DIGITS and re.fullmatch(r"[\d\s().,+/-]+", query):
        found |= _conversations_by_digits(tx, digits, looked_at)
    if within is not None:
        found = {one: found[one] for one in fitting(tx, within, found)}
        by_name = {}
    names = contact_names(tx, {one.peer for one in found.values()})
    rows = sorted(found.values(), key=lambda one: -(one.last_at or 0))[:limit]
    known = {one.peer for one in rows}
    rows = [FoundPeer(one.peer, names.get(one.peer), one.line, one.conversation_id, one.last_at) for one in rows]
    rows += [FoundPeer(number, name) for number, name in by_name.items() if number not in known]
    return rows[:limit]


def posted_at(tx: Tx, subjects: Collection[str]) -> dict[str, tuple[str, str, str | None]]:
    """Return where posts with these subjects are in Slack: channel, ts, thread_ts, by subject."""
    found = {}
    for subject in subjects:
        row = tx.one(
            "SELECT channel, ts, thread_ts FROM slack_posts"
            " WHERE subject = :subject AND state = 'done' AND ts IS NOT NULL AND channel IS NOT NULL LIMIT 1",
            subject=subject,
        )
        if row is not None:
            found[subject] = (row["channel"], row["ts"], row["thread_ts"])
    return found


def _conversations_with(tx: Tx, peers: Sequence[str]) -> dict[str, FoundPeer]:
    found: dict[str, FoundPeer] = {}
    for peer in peers:
        rows = tx.all("SELECT id, line, peer, last_at FROM conversations WHERE peer = :peer", peer=peer)
        found |= {row["id"]: FoundPeer(row["peer"], None, row["line"], row["id"], row["last_at"]) for row in rows}
    return found


def _conversations_by_digits(tx: Tx, digits: str, limit: int) -> dict[str, FoundPeer]:
    rows = tx.all(
        "SELECT id, line, peer, last_at FROM conversations WHERE peer LIKE :pattern ORDER BY last_at DESC LIMIT :limit",
        pattern=f"%{digits}%",
        limit=limit,
    )
    return {row["id"]: FoundPeer(row["peer"], None, row["line"], row["id"], row["last_at"]) for row in rows}
