"""`clerkd modem scan`: what is plugged in, which of it is a modem, and what to write into the configuration."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from clerkd.cli.client import Daemon, NotRunning, state_dir_from
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option


@click.command(epilog="Example:  clerkd modem scan")
@config_option
@state_dir_option
@json_option
@click.option(
    "--device-root",
    metavar="DIR",
    envvar="CLERKD_DEVICE_ROOT",
    hidden=True,
    help="Where dev/ and sys/ are, if not at /.",
)
def scan(config_path: str | None, state_dir: str | None, device_root: str | None, *, as_json: bool) -> None:
    """Ask every USB modem who it is, say what is wrong, and propose the configuration.

    A modem in the daemon's service is not disturbed: the daemon is asked instead. Nothing is written to a port that
    another program has open.
    """
    from clerkd.app.scanning import proposal, scan_devices

    devices = asyncio.run(scan_devices(device_root, _serving(config_path, state_dir)))
    proposed = proposal(devices)
    if as_json:
        print_json({"devices": devices, "configuration": proposed})
    elif not devices:
        click.echo("No USB modem is plugged in: nothing on the bus has a serial port (lsusb shows what is there).")
    else:
        for one in devices:
            click.echo("\n".join(_words(one)) + "\n")
        click.echo("\n".join(_proposal_words(proposed)))


def _serving(config_path: str | None, state_dir: str | None) -> list[dict[str, Any]]:
    """Return the lines of the running daemon that have a local port open; none if no daemon runs."""
    try:
        lines = Daemon(state_dir_from(config_path, state_dir)).get("/v1/status")["lines"]
    except NotRunning:
        return []
    return [line for line in lines if (line["port"] or "").startswith("/")]


def _words(one: dict[str, Any]) -> list[str]:
    """Return what people read about a device."""
    facts: dict[str, str | None] = {
        "ports": ", ".join(f"{port['path']} ({port['interface']})" for port in one["ports"]) or None,
        "AT port": one["at_port"],
        "name": one["by_id"],
        "modem": " ".join(filter(None, (one["manufacturer"], one["model"]))) or None,
        "firmware": one["firmware"],
        "IMEI": one["imei"],
        "SIM": ", ".join(filter(None, (one["iccid"], one["sim"]))) or None,
        "line": f"{one['line']}, {one['state']}" if one["line"] else None,
    }
    rows = [f"{one['device']}, plugged in at {one['place']} ({one['usb']})"]
    rows += [f"  {label:<11}{value}" for label, value in facts.items() if value is not None]
    return rows + [f"  {'problem':<11}{problem}" for problem in one["problems"]]


def _proposal_words(proposed: dict[str, dict[str, str]]) -> list[str]:
    """Return the YAML to copy; digits are quoted, because YAML would take them for a number."""
    if not proposed:
        return ["There is nothing to add to the configuration."]
    words = ["For the configuration; with iccid a line follows its SIM, without it the modem:", "", "modems:"]
    for name, modem in proposed.items():
        words.append(f"  {name}:")
        words += [f"    {key}: {value}" if key == "port" else f'    {key}: "{value}"' for key, value in modem.items()]
    return words
