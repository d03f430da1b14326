"""The inbox: conversations as a list of work, filtered and counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clerkd.model.ticket import TicketView
from clerkd.model.ticket_lifecycle import Status
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.silenced import SILENCED, is_silenced
from clerkd.store.ops.tickets import get_ticket_view

# Of a ticket k and its conversation c, at :now.
NEEDS_ANSWER = f"k.waiting_since IS NOT NULL AND k.snoozed = 0 AND NOT {SILENCED}"
NOBODY = ""  # as an assignee in a filter: those that nobody took


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which conversations. What is None does not matter."""

    status: Status | None = None
    assignee: str | None = None  # NOBODY for those without
    line: str | None = None
    tag: str | None = None
    waiting: bool | None = None  # for an answer
    snoozed: bool | None = False
    now: int = 0  # epoch ms: which entries of the Do Not Disturb list hold; 0: all


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How many conversations there are by each thing that can be filtered by, most first."""

    total: int
    waiting: int
    by_status: dict[Status, int]
    by_assignee: dict[str, int]  # NOBODY for those without
    by_line: dict[str, int]
    by_tag: dict[str, int]  # by the tag's label


def list_inbox(
    tx: Tx, wanted: InboxFilter, *, before: tuple[int, str] | None = None, limit: int = 20
) -> list[TicketView]:
    """Return conversations, the most recent first; `before` is `activity_at` and id of the last one seen.

    Every conversation has a ticket as soon as a text came or went; those from before tickets were kept have none.
    """
    conditions, params = _conditions(wanted)
    if before is not None:
        conditions.append("(k.activity_at < :before OR (k.activity_at = :before AND k.conversation_id < :before_id))")
        params |= {"before": before[0], "before_id": before[1]}
    rows = tx.all(
        "SELECT k.conversation_id AS id FROM tickets k JOIN conversations c ON c.id = k.conversation_id"  # noqa: S608
        f" WHERE {' AND '.join(conditions)} ORDER BY k.activity_at DESC, k.conversation_id DESC LIMIT :limit",
        **params,
        limit=limit,
    )
    return [_shown(tx, row["id"], wanted.now) for row in rows]


def _shown(tx: Tx, conversation_id: str, now: int) -> TicketView:
    """Return a ticket as it is listed: who needs no answer does not wait for one."""
    view = get_ticket_view(tx, conversation_id)
    if view.ticket.waiting_since is None or not is_silenced(tx, view.peer, now=now):
        return view
    return replace(view, ticket=replace(view.ticket, waiting_since=None, unanswered=0))


def list_waiting(tx: Tx, *, now: int, limit: int = 5) -> list[TicketView]:
    """Return conversations that need an answer and may get one: the most urgent first, then the longest waiting."""
    rows = tx.all(
        "SELECT k.conversation_id AS id FROM tickets k JOIN conversations c ON c.id = k.conversation_id"  # noqa: S608
        f" WHERE {NEEDS_ANSWER}"
        " ORDER BY CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'low' THEN 3 ELSE 2 END, waiting_since"
        " LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [get_ticket_view(tx, row["id"]) for row in rows]


def count_fitting(tx: Tx, wanted: InboxFilter) -> int:
    """Return how many conversations a filter leaves."""
    conditions, params = _conditions(wanted)
    row = tx.one(
        "SELECT count(*) AS n FROM tickets k JOIN conversations c ON c.id = k.conversation_id"  # noqa: S608 - constants
        f" WHERE {' AND '.join(conditions)}",
        **params,
    )
    return 0 if row is None else int(row["n"])


def count_inbox(tx: Tx, wanted: InboxFilter) -> InboxCounts:
    """Count what a filter leaves, by each other thing that it could be narrowed by."""
    conditions, params = _conditions(wanted)
    found = f"tickets k JOIN conversations c ON c.id = k.conversation_id WHERE {' AND '.join(conditions)}"
    rows = tx.all(
        "SELECT k.status AS status, c.line AS line, count(*) AS n,"  # noqa: S608
        f" sum(CASE WHEN {NEEDS_ANSWER} THEN 1 ELSE 0 END) AS waiting FROM {found} GROUP BY k.status, c.line",
        **params | {"now": wanted.now},
    )
    total = sum(row["n"] for row in rows)
    by_person = _counted(
        tx,
        "SELECT a.person AS key"  # noqa: S608
        f" FROM ticket_assignees a, {found} AND a.conversation_id = k.conversation_id",
        params,
    )
    taken = tx.one(
        "SELECT count(DISTINCT a.conversation_id) AS n"  # noqa: S608
        f" FROM ticket_assignees a, {found} AND a.conversation_id = k.conversation_id",
        **params,
    )
    nobody = total - (0 if taken is None else int(taken["n"]))
    return InboxCounts(
        total=total,
        waiting=sum(row["waiting"] for row in rows),
        by_status={Status(key): number for key, number in _summed(rows, "status").items()},
        by_assignee=_most_first(by_person | ({NOBODY: nobody} if nobody else {})),
        by_line=_summed(rows, "line"),
        by_tag=_counted(
            tx,
            "SELECT g.label AS key"  # noqa: S608
            f" FROM ticket_tags t, tags g, {found} AND t.conversation_id = k.conversation_id AND g.tag = t.tag",
            params,
        ),
    )


def _counted(tx: Tx, keys: str, params: Mapping[str, Any]) -> dict[str, int]:
    rows = tx.all(f"SELECT key, count(*) AS n FROM ({keys}) AS found GROUP BY key", **params)  # noqa: S608
    return _most_first({row["key"]: row["n"] for row in rows})


def _summed(rows: Sequence[Row], column: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row[column]] = found.get(row[column], 0) + row["n"]
    return _most_first(found)


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def search_tags(tx: Tx, typed: str, *, limit: int = 50) -> list[str]:
    """Return the labels of tags that contain what was typed, the most used first."""
    pattern = typed.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = tx.all(
        "SELECT g.label AS label, count(t.tag) AS n FROM tags g LEFT JOIN ticket_tags t ON t.tag = g.tag"
        " WHERE g.tag LIKE :pattern ESCAPE '\\' GROUP BY g.tag, g.label ORDER BY n DESC, g.tag LIMIT :limit",
        pattern=f"%{pattern}%",
        limit=limit,
    )
    return [row["label"] for row in rows]


def fits(conversation: str, wanted: InboxFilter) -> tuple[str, dict[str, Any]]:
    """Return the SQL condition that the conversation in a column is among those of a filter, and its parameters."""
    conditions, params = _conditions(wanted)
    within = "SELECT 1 FROM tickets k JOIN conversations c ON c.id = k.conversation_id"
    return f"EXISTS ({within} WHERE k.conversation_id = {conversation} AND {' AND '.join(conditions)})", params


def fitting(tx: Tx, wanted: InboxFilter, conversation_ids: Collection[str]) -> set[str]:
    """Return which of some conversations a filter leaves."""
    condition, params = fits("c0.id", wanted)
    statement = f"SELECT c0.id FROM conversations c0 WHERE c0.id = :id AND {condition}"  # noqa: S608 - constants
    return {one for one in conversation_ids if tx.one(statement, id=one, **params) is not None}


def _conditions(wanted: InboxFilter) -> tuple[list[str], dict[str, Any]]:
    conditions, params = ["1 = 1"], dict[str, Any]()
    if wanted.status is not None:
        conditions.append("k.status = :status")
        params["status"] = wanted.status.value
    if wanted.assignee is not None:
        held = "EXISTS (SELECT 1 FROM ticket_assignees p WHERE p.conversation_id = k.conversation_id"
        conditions.append(f"NOT {held})" if wanted.assignee == NOBODY else f"{held} AND p.person = :person)")
        if wanted.assignee != NOBODY:
            params["person"] = wanted.assignee
    if wanted.line is not None:
        conditions.append("c.line = :of_line")
        params["of_line"] = wanted.line
    if wanted.tag is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM ticket_tags p WHERE p.conversation_id = k.conversation_id AND p.tag = :tag)"
        )
        params["tag"] = wanted.tag.casefold()
    if wanted.waiting is not None:
        waits = f"(k.waiting_since IS NOT NULL AND NOT {SILENCED})"
        conditions.append(waits if wanted.waiting else f"NOT {waits}")
        params["now"] = wanted.now
    if wanted.snoozed is not None:
        conditions.append(f"k.snoozed = {int(wanted.snoozed)}")
    return conditions, params
