"""Rows that must be there."""

from __future__ import annotations

from clerkd.ports.store import Row


def returned(row: Row | None) -> Row:
    """Return the row of a statement that always returns one (an upsert, an aggregate)."""
    if row is None:
        msg = "a statement that always returns a row returned none"
        raise LookupError(msg)
    return row
