"""`clerkd status`: how the daemon, its lines and its messages are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from clerkd.cli.client import Daemon, state_dir_from
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import count, signal, span, table


@click.command(epilog="Example:  clerkd status")
@config_option
@state_dir_option
@json_option
def status(config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Show how the running daemon is: its lines, Slack, the store, and what became of the messages."""
    facts = Daemon(state_dir_from(config_path, state_dir)).get("/v1/status")
    if as_json:
        print_json(facts)
        return
    click.echo(f"clerkd {facts['version']}, running for {span(facts['uptime_s'])}\n")
    click.echo(line_table(facts["lines"]))
    click.echo()
    for name, part in facts["components"].items():
        reason = f": {part['reason']}" if part["reason"] else ""
        click.echo(f"{name.capitalize()}: {part['state']}{reason}")
    click.echo(_messages(facts["messages"]))


def line_table(lines: list[dict[str, Any]]) -> str:
    """Return the lines as people read them."""
    if not lines:
        return "No lines are configured: nothing is sent or received over the air."
    from clerkd.model.number import international

    rows = [
        (
            line["name"],
            international(line["number"]),
            line["state"],
            signal(line["signal"]),
            line["operator"] or "not known",
            count(line["queued"], "segment"),
            _quota(line["quota"]),
        )
        for line in lines
    ]
    reasons = [f"{line['name']}: {line['reason']}" for line in lines if line["reason"]]
    return "\n".join([table(("LINE", "NUMBER", "STATE", "SIGNAL", "OPERATOR", "WAITING", "QUOTA"), rows), *reasons])


def _quota(quota: dict[str, Any] | None) -> str:
    if quota is None:
        return "none"
    total = quota["segments"] + quota["packs"]
    resets = datetime.fromisoformat(quota["resets_at"]).astimezone()
    return f"{quota['used']:,}/{total:,} segments, resets {resets:%Y-%m-%d}"


def _messages(messages: dict[str, int]) -> str:
    told = ", ".join(f"{number} {state}" for state, number in messages.items() if number) or "none yet"
    unknown = messages.get("unknown", 0)
    hint = f"\nNobody knows whether {unknown} went out: clerkd messages --state unknown" if unknown else ""
    return f"Messages: {told}{hint}"
