"""`clerkd line`: a line's SIM, and another one in its place."""

from __future__ import annotations

import sys
from typing import Any

import click

from clerkd.cli.client import Daemon, segment, state_dir_from
from clerkd.cli.exits import fail
from clerkd.cli.forwarding import forwarding
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option


@click.group(epilog="Example:  clerkd line replace-sim support")
def line() -> None:
    """Look after lines: what a number keeps when its SIM is another one."""


line.add_command(forwarding)


@line.command("replace-sim", epilog="Example:  clerkd line replace-sim support")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@state_dir_option
@json_option
def replace_sim(name: str, config_path: str | None, state_dir: str | None, *, yes: bool, as_json: bool) -> None:
    """Make the SIM that is in the modem the line's own, and send what waits through it.

    Conversations, threads, opt-outs and what is queued stay with the line.
    """
    daemon = Daemon(state_dir_from(config_path, state_dir))
    path = f"/v1/lines/{segment(name)}/sim"
    found = daemon.get(path)
    if found["present"] is None:
        fail(f"no SIM can be read on line {name}: it is {found['state']} (clerkd status says why)")
    if found["bound"] is None or found["other"]:
        if not yes:
            _ask(found)
        found = daemon.post(path, {"sim": found["present"]})
        words = f"{found['present']} is the SIM of line {name} now. What waits goes out through it."
    else:
        words = f"Nothing to do: {found['present']} is the SIM of line {name} already."
    if as_json:
        print_json(found)
    else:
        click.echo(words)


def _ask(found: dict[str, Any]) -> None:
    from clerkd.model.number import international

    click.echo(f"line      {found['line']}, {international(found['number'])}", err=True)
    click.echo(f"its SIM   {found['bound'] or 'none so far'}", err=True)
    click.echo(f"there now {found['present']}", err=True)
    if not sys.stdin.isatty():
        fail("nobody can be asked here: say --yes if this is right")
    question = f"Does {international(found['number'])} belong to the SIM that is there now?"
    if not click.confirm(question, err=True):
        fail("nothing was changed")
