"""`clerkd messages`: the newest messages, all or some."""

from __future__ import annotations

from typing import Any

import click

from clerkd.cli.client import Daemon, state_dir_from
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import ago, one_line, table
from clerkd.model.lifecycle import MessageState

_STATES = [state.value for state in MessageState]


@click.command(epilog="Example:  clerkd messages --peer +14155550123 --limit 5")
@click.option("--peer", metavar="NUMBER", help="Only with this number.")
@click.option("--state", type=click.Choice(_STATES), help="Only in this state.")
@click.option("--after", metavar="ID", help="Only those after this message.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@config_option
@state_dir_option
@json_option
def messages(
    *,
    peer: str | None,
    state: str | None,
    after: str | None,
    limit: int,
    config_path: str | None,
    state_dir: str | None,
    as_json: bool,
) -> None:
    """List messages in both directions, the newest last."""
    daemon = Daemon(state_dir_from(config_path, state_dir))
    latest = "true" if after is None else None
    page = daemon.get("/v1/messages", peer=peer, state=state, after=after, latest=latest, limit=limit)
    if as_json:
        print_json(page)
    elif not page["messages"]:
        click.echo("No messages" + (" match." if peer or state or after else " yet."))
    else:
        header = ("WHEN", "", "WHO", "LINE", "STATE", "TEXT")
        click.echo(table(header, [_row(message) for message in page["messages"]]))


def _row(message: dict[str, Any]) -> tuple[str, ...]:
    from clerkd.model.number import international

    error = message.get("error")
    text = one_line(message["text"]) + (f"   ({error['message']})" if error else "")
    way = "from" if message["direction"] == "inbound" else "to"
    when = ago(message["created_at"])
    return when, way, one_line(international(message["peer"])), message["line"], message["state"], text
