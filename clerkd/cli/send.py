"""`clerkd send`: give the daemon a message, and follow it if asked to."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import click

from clerkd.cli.client import Daemon, segment, state_dir_from
from clerkd.cli.exits import fail
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.words import STATES, count

_ENDED_BADLY = {"failed", "expired", "unknown", "cancelled"}
_FINAL = {"delivered"} | _ENDED_BADLY
_POLL_S = 0.1


@click.command(epilog="Example:  clerkd send +14155550123 Your table is ready --wait")
@click.argument("to")
@click.argument("text", nargs=-1, required=True)
@click.option("--line", metavar="NAME", help="Line to send from; otherwise the first one configured.")
@click.option("--wait", is_flag=True, help="Print what becomes of it, until it is delivered or has failed.")
@click.option("--timeout", default=120.0, show_default=True, metavar="SECONDS", help="How long --wait waits.")
@config_option
@state_dir_option
@json_option
def send(
    *,
    to: str,
    text: tuple[str, ...],
    line: str | None,
    timeout: float,
    config_path: str | None,
    state_dir: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Send a text message. TEXT may be several words; `-` reads it from standard input.

    Without --wait the status is 0 as soon as the message is safely stored. With --wait it is 1 when the message
    failed, expired, or may not have gone out.
    """
    daemon = Daemon(state_dir_from(config_path, state_dir))
    words = sys.stdin.read().rstrip("\n") if text == ("-",) else " ".join(text)
    body = {"to": to, "text": words, **({"line": line} if line is not None else {})}
    message = daemon.post("/v1/messages", body)
    if not wait:
        _print_accepted(message, as_json=as_json)
        return
    final = _FINAL if _expects_reports(config_path, message["line"]) else _FINAL | {"submitted"}
    for newer in _states(daemon, message, final, timeout):
        message = newer
        _print_state(message, as_json=as_json)
    _judge(message, final, timeout)


def _expects_reports(config_path: str | None, line: str) -> bool:
    """Tell whether the configuration lets the line ask for delivery reports; it does where there is none to read."""
    from clerkd.app.config import ConfigMistakes, find, read_document

    try:
        value = read_document(find(config_path, os.environ)).value
        return value["lines"][line].get("delivery_reports") is not False
    except (ConfigMistakes, LookupError, TypeError, AttributeError):
        return True


def _print_state(message: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(message, ensure_ascii=False))
    else:
        click.echo(f"{time.strftime('%H:%M:%S')}  {message['state']:<10}  {_what(message)}")


def _print_accepted(message: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(message)
        return
    segments = count(len(message["segments"]), "segment")
    click.echo(f"{message['id']}  accepted for {message['peer']} over {message['line']}, {segments}")


def _states(daemon: Daemon, message: dict[str, Any], final: set[str], timeout: float) -> Iterator[dict[str, Any]]:
    """Yield the message, and again each time its state is another one, until nothing more can come."""
    deadline = time.monotonic() + timeout
    yield message
    while message["state"] not in final and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        newer = daemon.get(f"/v1/messages/{segment(message['id'])}")
        if newer["state"] != message["state"]:
            yield newer
        message = newer


def _what(message: dict[str, Any]) -> str:
    if message["state"] == "accepted":
        return f"{message['id']} for {message['peer']} over {message['line']}"
    error = message.get("error")
    return f"{STATES[message['state']]}{': ' + error['message'] if error else ''}"


def _judge(message: dict[str, Any], final: set[str], timeout: float) -> None:
    state = message["state"]
    if state == "submitted" and state not in final:
        click.echo(f"the network has it; no delivery report came within {timeout:.0f} s", err=True)
    elif state in _ENDED_BADLY:
        fail(f"the message {'is ' if state == 'unknown' else ''}{_what(message)}")
    elif state not in final:
        fail(f"after {timeout:.0f} s the message still {STATES[state]}; it stays queued: clerkd messages")
