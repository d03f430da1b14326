"""Leases: a node's timed right to work on a line, with an epoch that fences off whoever held it before."""

from __future__ import annotations

from clerkd.errors import Indeterminate
from clerkd.model.dispatch import Lease
from clerkd.ports.store import Tx


class Fenced(Indeterminate):
    """Another node, or a later life of this one, holds the line: what this one knows may be out of date."""

    code = "lease.fenced"


def acquire_lease(tx: Tx, line: str, owner: str, *, now: int, until: int) -> Lease | None:
    """Take the lease if it is free, run out, or this owner's from an earlier life; None while another holds it."""
    row = tx.one(
        "INSERT INTO leases (line, owner, epoch, until) VALUES (:line, :owner, 1, :until)"
        " ON CONFLICT (line) DO UPDATE SET owner = excluded.owner, epoch = leases.epoch + 1, until = excluded.until"
        " WHERE leases.owner = excluded.owner OR leases.until <= :now RETURNING epoch",
        line=line,
        owner=owner,
        now=now,
        until=until,
    )
    return None if row is None else Lease(line, owner, int(row["epoch"]))


def renew_lease(tx: Tx, lease: Lease, *, until: int) -> None:
    """Hold on for longer; raise `Fenced` if the lease is lost."""
    held = tx.run(
        "UPDATE leases SET until = :until WHERE line = :line AND owner = :owner AND epoch = :epoch",
        until=until,
        line=lease.line,
        owner=lease.owner,
        epoch=lease.epoch,
    )
    if not held:
        raise Fenced(f"the lease of {lease.line} is lost", line=lease.line, epoch=lease.epoch)


def require_lease(tx: Tx, lease: Lease) -> None:
    """Make sure, in the transaction that relies on it, that the lease is still held; raise `Fenced`."""
    row = tx.one("SELECT owner, epoch FROM leases WHERE line = :line", line=lease.line)
    if row is None or row["epoch"] != lease.epoch or row["owner"] != lease.owner:
        raise Fenced(f"the lease of {lease.line} is lost", line=lease.line, epoch=lease.epoch)


def release_lease(tx: Tx, lease: Lease) -> None:
    """Give the lease back, so that another node need not wait for it to run out."""
    tx.run(
        "UPDATE leases SET until = 0 WHERE line = :line AND owner = :owner AND epoch = :epoch",
        line=lease.line,
        owner=lease.owner,
        epoch=lease.epoch,
    )
