"""The audit log: written before what it tells is done, never changed."""

from __future__ import annotations

from clerkd.model.audit import Audited, AuditEntry
from clerkd.model.message import OriginKind
from clerkd.ports.store import Row, Tx


def write_audit(tx: Tx, entry: AuditEntry) -> None:
    """Add a line."""
    tx.run(
        "INSERT INTO audit (at, via, actor, action, conversation_id, format)"
        " VALUES (:at, :via, :actor, :action, :conversation_id, :format)",
        at=entry.at,
        via=entry.via.value,
        actor=entry.actor,
        action=entry.action.value,
        conversation_id=entry.conversation_id,
        format=entry.format,
    )


def list_audit(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Return lines, the newest first; `before` is the `seq` of the last one seen."""
    below = "" if before is None else " WHERE seq < :before"
    rows = tx.all(
        f"SELECT * FROM audit{below} ORDER BY seq DESC LIMIT :limit",  # noqa: S608 - constants
        limit=limit,
        **({} if before is None else {"before": before}),
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        at=row["at"],
        via=OriginKind(row["via"]),
        actor=row["actor"],
        action=Audited(row["action"]),
        format=row["format"],
        conversation_id=row["conversation_id"],
        seq=row["seq"],
    )
