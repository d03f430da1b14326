"""Numbers whose owners were erased at their wish: what is kept of them is a hash, so that the wish is kept as well.

The key of the hash lies in the same database: whoever has the whole file could try all numbers. It is there
because a backup must bring back both or neither; otherwise somebody who wanted no more texts would get them after a
restore.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection

from clerkd.ports.store import Tx

KEY_OCTETS = 32


def note_erasure(tx: Tx, number: str, *, key: bytes, now: int, opted_out_at: int | None) -> None:
    """Remember that a number was erased, and whether it wanted no more texts. `key` is used if there is none yet."""
    if _digest(tx, number) is None:
        tx.run("INSERT INTO erasure_keys (key) VALUES (:key)", key=key)
    tx.run(
        "INSERT INTO erased_numbers (digest, erased_at, opted_out_at) VALUES (:digest, :now, :opted_out_at)"
        " ON CONFLICT (digest) DO UPDATE SET erased_at = excluded.erased_at,"
        " opted_out_at = coalesce(excluded.opted_out_at, erased_numbers.opted_out_at)",
        digest=_digest(tx, number),
        now=now,
        opted_out_at=opted_out_at,
    )


def erased_among(tx: Tx, numbers: Collection[str]) -> list[str]:
    """Return which of the numbers were erased."""
    return [number for number in numbers if _find(tx, number) is not None]


def erased_opt_out(tx: Tx, number: str) -> int | None:
    """Return when (epoch ms) a number that was erased had been opted out, or None if it was not."""
    found = _find(tx, number)
    return None if found is None else found[1]


def forget_erased_opt_out(tx: Tx, number: str) -> bool:
    """Forget that a number that was erased wanted no more texts; tell whether it did."""
    digest = _digest(tx, number)
    changed = digest is not None and tx.run(
        "UPDATE erased_numbers SET opted_out_at = NULL WHERE digest = :digest AND opted_out_at IS NOT NULL",
        digest=digest,
    )
    return bool(changed)


def forget_erasure(tx: Tx, number: str) -> bool:
    """Forget that a number was erased, because its owner is back; tell whether it was."""
    return tx.run("DELETE FROM erased_numbers WHERE digest = :digest", digest=_digest(tx, number)) > 0


def _find(tx: Tx, number: str) -> tuple[int, int | None] | None:
    digest = _digest(tx, number)
    if digest is None:
        return None
    row = tx.one("SELECT erased_at, opted_out_at FROM erased_numbers WHERE digest = :digest", digest=digest)
    return None if row is None else (row["erased_at"], row["opted_out_at"])


def _digest(tx: Tx, number: str) -> bytes | None:
    row = tx.one("SELECT key FROM erasure_keys LIMIT 1")
    return None if row is None else hmac.digest(row["key"], number.encode(), hashlib.sha256)
