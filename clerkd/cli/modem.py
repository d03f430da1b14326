"""`clerkd modem`: the modems of the configuration, and AT commands by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from clerkd.cli.client import Daemon, NotRunning, segment
from clerkd.cli.exits import fail
from clerkd.cli.modem_scan import scan
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option
from clerkd.cli.record import record
from clerkd.cli.selftest import selftest
from clerkd.cli.words import signal, table

_AT_TIMEOUT_S = 200.0  # AT+COPS=? takes up to three minutes
_USSD_TIMEOUT_S = 90.0  # the network may take one
_BAD = ("ERROR", "+CME ERROR", "+CMS ERROR", "NO CARRIER", "NO DIALTONE", "BUSY", "NO ANSWER")


@click.group(epilog="Example:  clerkd modem list")
def modem() -> None:
    """Look at modems, and talk to them."""


modem.add_command(scan)
modem.add_command(record)
modem.add_command(selftest)


@modem.command("list", epilog="Example:  clerkd modem list")
@config_option
@state_dir_option
@json_option
def list_(config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """List the modems of the configuration, and how they are when the daemon runs."""
    modems = _modems(config_path, state_dir)
    if as_json:
        print_json({"modems": modems})
    elif not modems:
        click.echo("No modems are configured: name one under modems.")
    else:
        rows = [
            (
                one["name"],
                one["line"] or "none",
                one["state"],
                one["model"] or "not known",
                one["profile_in_use"] or one["profile"],
                one["port"],
            )
            for one in modems
        ]
        click.echo(table(("MODEM", "LINE", "STATE", "MODEL", "PROFILE", "PORT"), rows))
        _print_reasons(modems)


@modem.command(epilog="Example:  clerkd modem info front-desk")
@click.argument("name")
@config_option
@state_dir_option
@json_option
def info(name: str, config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Show everything that is known of one modem."""
    modems = _modems(config_path, state_dir)
    found = next((one for one in modems if one["name"] == name), None)
    if found is None:
        from clerkd.app.shape import did_you_mean

        fail(f'no modem is named "{name}"{did_you_mean(name, [one["name"] for one in modems])}')
    found["recoveries"] = _flights(found["line"], config_path, state_dir)
    if as_json:
        print_json(found)
        return
    words = {
        "modem": name,
        "state": found["state"],
        "reason": found["reason"],
        "port": found["port"],
        "profile": found["profile_in_use"] or found["profile"],
        "line": found["line"],
        "number": found["number"],
        "signal": signal(found["signal"]),
        "operator": found["operator"],
        "model": found["model"],
        "IMEI": found["imei"],
        "SIM": found["sim"],
    }
    for label, value in words.items():
        if value is not None:
            click.echo(f"{label:<10}{value}")
    _print_recoveries(found["recoveries"])


@modem.command(epilog="Example:  clerkd modem at front-desk AT+CSQ")
@click.argument("name")
@click.argument("command")
@config_option
@state_dir_option
@json_option
def at(name: str, command: str, config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Give a modem one AT command, between the daemon's own, and print what it answers (status 1 for an error)."""
    from clerkd.cli.client import state_dir_from

    daemon = Daemon(state_dir_from(config_path, state_dir))
    answer = daemon.post(f"/v1/modems/{segment(name)}/at", {"command": command}, timeout_s=_AT_TIMEOUT_S)
    if as_json:
        print_json(answer)
    else:
        click.echo("\n".join(answer["answer"]))
    if answer["answer"] and answer["answer"][-1].startswith(_BAD):
        fail(f"the modem refused {command}")


@modem.command(epilog="Example:  clerkd modem ussd front-desk '*100#'")
@click.argument("name")
@click.argument("code")
@config_option
@state_dir_option
@json_option
def ussd(name: str, code: str, config_path: str | None, state_dir: str | None, *, as_json: bool) -> None:
    """Ask the network a USSD code, as the SIM's balance, and print the answer.

    A menu asks for your choice until it ends; Ctrl-C ends it. Without a terminal it is answered by the next call.
    """
    from clerkd.cli.client import state_dir_from

    daemon = Daemon(state_dir_from(config_path, state_dir))
    path = f"/v1/modems/{segment(name)}/ussd"
    answer = daemon.post(path, {"code": code}, timeout_s=_USSD_TIMEOUT_S)
    if as_json:
        print_json(answer)
        return
    click.echo(answer["text"])
    while answer["wants_reply"] and sys.stdin.isatty():
        try:
            choice = click.prompt("choice (Ctrl-C ends)", prompt_suffix="> ")
        except click.Abort:
            daemon.delete(path)
            click.echo("The menu was ended.")
            return
        answer = daemon.post(path, {"code": choice}, timeout_s=_USSD_TIMEOUT_S)
        click.echo(answer["text"])


def _modems(config_path: str | None, state_dir: str | None) -> list[dict[str, Any]]:
    from clerkd.app.config import find, load

    found = load(find(config_path, os.environ), os.environ, state_dir, certain=False).settings
    states, absent = _line_facts(Path(found.state_dir))
    line_of = {line.modem: name for name, line in found.lines.items()}
    modems = []
    for name, one in found.modems.items():
        line = line_of.get(name)
        facts = states.get(line or "", {})
        number = found.lines[line].number if line else None
        state = facts.get("state") or absent or ("not used" if line is None else "not known to the daemon")
        known = {key: facts.get(key) for key in ("reason", "signal", "operator", "model", "imei", "sim")}
        known["profile_in_use"] = facts.get("profile")
        place = {
            "name": name,
            "line": line,
            "number": number,
            "port": facts.get("port") or one.port,
            "profile": one.profile,
        }
        modems.append({**place, "state": state, **known})
    return modems


def _line_facts(state_dir: Path) -> tuple[dict[str, dict[str, Any]], str | None]:
    """Return the daemon's facts by line, and what to say of lines that it does not know."""
    try:
        lines = Daemon(state_dir).get("/v1/status")["lines"]
    except NotRunning:
        return {}, "daemon not running"
    return {line["name"]: line for line in lines}, None


def _print_reasons(modems: list[dict[str, Any]]) -> None:
    for one in modems:
        if one["reason"]:
            click.echo(f"{one['name']}: {one['reason']}")


def _flights(line: str | None, config_path: str | None, state_dir: str | None) -> list[dict[str, Any]]:
    from clerkd.app.flights import flights
    from clerkd.cli.client import state_dir_from

    return [] if line is None else flights(state_dir_from(config_path, state_dir), line)


def _print_recoveries(steps: list[dict[str, Any]]) -> None:
    """Print the steps that were taken with a modem that did not answer, and the dialogue before the last one."""
    if not steps:
        return
    click.echo("\nrecoveries")
    for step in steps:
        click.echo(f"  {step['at']}  {step['step']:<10} {step['reason']}")
    click.echo("\nbefore the last one (> to the modem, < from it; numbers and texts masked)")
    for line in steps[-1]["said"]:
        click.echo(f"  {line}")
