"""`clerkd token`: who may use the HTTP API. Works on the store itself, whether or not the daemon runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from clerkd.cli.client import state_dir_from
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import ago, table

if TYPE_CHECKING:
    from clerkd.store.ops.tokens import TokenRecord

_SCOPES = ("send", "read", "admin")


@click.group(epilog="Example:  clerkd token list")
def token() -> None:
    """Create, list and revoke the tokens of the HTTP API."""


@token.command(epilog="Example:  clerkd token create monitoring --scope send --scope read")
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(_SCOPES), multiple=True, required=True, help="May be repeated.")
@config_option
@state_dir_option
def create(name: str, scopes: tuple[str, ...], config_path: str | None, state_dir: str | None) -> None:
    """Make a token and print it, alone and once: only its digest is kept."""
    from clerkd.clock import SystemClock
    from clerkd.ids import Ids
    from clerkd.model.token import Scope, mint
    from clerkd.store.ops.tokens import create_token

    clock, minted = SystemClock(), mint()
    granted = [Scope(scope) for scope in scopes]
    arguments = {"token_id": Ids(clock).new(), "name": name, "minted": minted, "scopes": granted}
    _write(state_dir_from(config_path, state_dir), create_token, **arguments, now=clock.now_ms())
    click.echo(minted.token)


@token.command("list", epilog="Example:  clerkd token list --json")
@config_option
@state_dir_option
@json_option
def list_(config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """List all tokens, the revoked ones too; the tokens themselves are not known to anybody."""
    from clerkd.store.ops.tokens import list_tokens

    records = _write(state_dir_from(config_path, state_dir), list_tokens)
    facts = [_facts(record) for record in records]
    if as_json:
        print_json({"tokens": facts})
        return
    rows = [
        (
            fact["name"],
            fact["prefix"] + "…",
            " ".join(fact["scopes"]),
            ago(fact["created_at"]),
            ago(fact["last_used_at"]),
            "revoked " + ago(fact["revoked_at"]) if fact["revoked_at"] else "in force",
        )
        for fact in facts
    ]
    click.echo(
        table(("NAME", "BEGINS WITH", "MAY", "CREATED", "LAST USED", "STATE"), rows) if rows else "No tokens yet."
    )


@token.command(epilog="Example:  clerkd token revoke monitoring")
@click.argument("name")
@config_option
@state_dir_option
def revoke(name: str, config_path: str | None, state_dir: str | None) -> None:
    """Take a token out of force at once."""
    from clerkd.clock import SystemClock
    from clerkd.store.ops.tokens import revoke_token

    _write(state_dir_from(config_path, state_dir), revoke_token, name, now=SystemClock().now_ms())
    click.echo(f"{name} is out of force")


def _facts(record: TokenRecord) -> dict[str, Any]:
    from clerkd.clock import iso

    moments = ("created_at", "last_used_at", "revoked_at")
    return {
        "name": record.name,
        "prefix": record.prefix,
        "scopes": [scope.value for scope in record.scopes],
        **{key: None if (at := getattr(record, key)) is None else iso(at) for key in moments},
    }


def _write(state_dir: Any, op: Any, *args: Any, **kwargs: Any) -> Any:
    from clerkd.cli.files import opened, own

    async def run() -> Any:
        async with opened(state_dir) as store:
            return await store.write(op, *args, **kwargs)

    own(state_dir)
    return asyncio.run(run())
