"""What a segment is called by whoever took it: a number by a modem, a text by a carrier. Each has its column."""

from __future__ import annotations

from clerkd.ports.store import Row

BY_CARRIER = -1  # the reference of a report that a carrier gave, which is known by `carrier_id`


def tp_mr(reference: int | str | None) -> int | None:
    """Return what goes into the column `reference`."""
    return reference if isinstance(reference, int) else None


def carrier_id(reference: int | str | None) -> str | None:
    """Return what goes into the column `carrier_id`."""
    return reference if isinstance(reference, str) else None


def reference_of(row: Row) -> int | str | None:
    """Return the reference of a row that has both columns."""
    named: str | None = row["carrier_id"]
    number: int | None = row["reference"]
    return number if named is None else named
