"""`clerkd line forwarding`: where the network sends a line's calls, read, set and erased."""

from __future__ import annotations

from typing import Any

import click

from clerkd.cli.client import Daemon, segment
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import table

_TIMEOUT_S = 150.0  # nine commands that the network may take fifteen seconds each for
_REASONS = ("unconditional", "busy", "no-reply", "unreachable")


@click.command(epilog="Example:  clerkd line forwarding support set +14155550142 --reason no-reply --after 20")
@click.argument("name")
@click.argument("action", type=click.Choice(("show", "set", "erase")), default="show")
@click.argument("number", required=False)
@click.option("--reason", type=click.Choice(_REASONS), help="When: set does it for all calls, erase for every reason.")
@click.option("--after", "after_s", type=int, metavar="S", help="With no-reply: seconds that it rings first, 5 to 30.")
@config_option
@state_dir_option
@json_option
def forwarding(
    name: str,
    action: str,
    number: str | None,
    *,
    reason: str | None,
    after_s: int | None,
    config_path: str | None,
    state_dir: str | None,
    as_json: bool,
) -> None:
    """Show, set or erase where the network forwards the calls of line NAME. What is shown is the network's own word."""
    from clerkd.cli.client import state_dir_from

    if (action == "set") != (number is not None):
        raise click.UsageError("set needs the NUMBER to forward to; show and erase take none.")
    daemon = Daemon(state_dir_from(config_path, state_dir), timeout_s=_TIMEOUT_S)
    path = f"/v1/lines/{segment(name)}/forwarding"
    if action == "set":
        wish: dict[str, Any] = {"number": number, "reason": reason or _REASONS[0], "after_s": after_s}
        answer = daemon.put(path, wish)
    elif action == "erase":
        answer = daemon.delete(path if reason is None else f"{path}?reason={reason}")
    else:
        answer = daemon.get(path)
    _show(answer, as_json=as_json)


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    rows = [
        (
            one["reason"],
            (one["number"] or "yes") if one["active"] else "no",
            f"{one['after_s']} s" if one["after_s"] is not None else "",
        )
        for one in answer["forwarding"]
    ]
    click.echo(table(("REASON", "FORWARDED TO", "AFTER"), rows))
