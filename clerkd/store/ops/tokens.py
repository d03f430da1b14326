"""API tokens: made, found, used, revoked. Of a token only prefix and digest are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from clerkd.errors import Conflict, NotFound
from clerkd.model.token import Minted, Scope
from clerkd.ports.store import Row, Tx


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is known of a token."""

    id: str
    name: str
    prefix: str
    digest: str  # SHA-256, hex
    scopes: tuple[Scope, ...]
    created_at: int  # epoch ms
    last_used_at: int | None
    revoked_at: int | None


_COLUMNS = "id, name, prefix, digest, scopes, created_at, last_used_at, revoked_at"


def create_token(
    tx: Tx, *, token_id: str, name: str, minted: Minted, scopes: Collection[Scope], now: int
) -> TokenRecord:
    """Keep what is kept of a new token; raise `Conflict` while another one of that name is in force."""
    if tx.one("SELECT id FROM token WHERE name = :name AND revoked_at IS NULL", name=name) is not None:
        raise Conflict(f"there is already a token named {name!r}; revoke it first", name=name)
    granted = tuple(scope for scope in Scope if scope in scopes)
    tx.run(
        "INSERT INTO token (id, name, prefix, digest, scopes, created_at)"
        " VALUES (:id, :name, :prefix, :digest, :scopes, :now)",
        id=token_id,
        name=name,
        prefix=minted.prefix,
        digest=minted.digest,
        scopes=" ".join(scope.value for scope in granted),
        now=now,
    )
    return TokenRecord(token_id, name, minted.prefix, minted.digest, granted, now, None, None)


def list_tokens(tx: Tx) -> list[TokenRecord]:
    """Return all tokens, revoked ones too, oldest first."""
    return [_record(row) for row in tx.all(f"SELECT {_COLUMNS} FROM token ORDER BY id")]  # noqa: S608  a constant


def find_token(tx: Tx, prefix: str) -> TokenRecord | None:
    """Return the token with this prefix, revoked or not."""
    row = tx.one(f"SELECT {_COLUMNS} FROM token WHERE prefix = :prefix", prefix=prefix)  # noqa: S608  a constant
    return None if row is None else _record(row)


def revoke_token(tx: Tx, name: str, *, now: int) -> TokenRecord:
    """Take the token of that name out of force at once; raise `NotFound` when none is in force."""
    row = tx.one(f"SELECT {_COLUMNS} FROM token WHERE name = :name AND revoked_at IS NULL", name=name)  # noqa: S608
    if row is None:
        raise NotFound(f"no token named {name!r} is in force", name=name)
    tx.run("UPDATE token SET revoked_at = :now WHERE id = :id", now=now, id=row["id"])
    return replace(_record(row), revoked_at=now)


def touch_token(tx: Tx, token_id: str, *, now: int) -> None:
    """Note that the token was used; never moves the time back."""
    tx.run(
        "UPDATE token SET last_used_at = :now WHERE id = :id AND (last_used_at IS NULL OR last_used_at < :now)",
        now=now,
        id=token_id,
    )


def _record(row: Row) -> TokenRecord:
    return TokenRecord(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        digest=row["digest"],
        scopes=tuple(Scope(word) for word in row["scopes"].split()),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
