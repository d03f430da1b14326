"""`clerkd modem scan`: what is plugged in, which of it is a modem, and what to write into the configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clerkd.cli.client import Daemon, NotRunning, state_dir_from
from clerkd.cli.options import config_option, json_option, print_json, state_dir_option

if TYPE_CHECKING:
    from clerkd.modem.discovery import Found
    from clerkd.modem.sysfs import Roots

_GAP = 11


@click.command(epilog="Example:  clerkd modem scan")
@config_option
@state_dir_option
@json_option
@click.option("--device-root", metavar="DIR", envvar="CLERKD_DEVICE_ROOT", hidden=True)
def scan(config_path: str | None, state_dir: str | None, device_root: str | None, *, as_json: bool) -> None:
    """Ask every USB modem who it is, say what is wrong, and propose the configuration.

    A modem in the daemon's service is not disturbed: the daemon is asked instead. Nothing is written to a port that
    another program has open.
    """
    from clerkd.modem.discovery import scan as search
    from clerkd.modem.sysfs import Roots

    roots = Roots.under(device_root)
    serving = _serving(config_path, state_dir)
    found = asyncio.run(search(roots, avoid=[Path(line["port"]) for line in serving]))
    devices = [_facts(one, roots, serving) for one in found]
    proposal = _proposal([one for one in devices if one["line"] is None and one["imei"] is not None])
    if as_json:
        print_json({"devices": devices, "configuration": proposal})
    elif not devices:
        click.echo("No USB modem is plugged in: nothing on the bus has a serial port (lsusb shows what is there).")
    else:
        for one in devices:
            click.echo("\n".join(_words(one)) + "\n")
        click.echo("\n".join(_proposal_words(proposal)))


def _serving(config_path: str | None, state_dir: str | None) -> list[dict[str, Any]]:
    """Return the lines of the running daemon that have a port open; none if no daemon runs."""
    try:
        lines = Daemon(state_dir_from(config_path, state_dir)).get("/v1/status")["lines"]
    except NotRunning:
        return []
    return [line for line in lines if line["port"] is not None and line["port"].startswith("/")]


def _facts(found: Found, roots: Roots, serving: list[dict[str, Any]]) -> dict[str, Any]:
    """Return everything about a device, as JSON has it."""
    from clerkd.modem.sysfs import by_id

    device, answers = found.device, found.answers
    line = next((one for one in serving if _has(found, Path(one["port"]))), None)
    port = found.port
    if line is not None:
        port = next(tty for tty in device.ttys if tty.path.resolve() == Path(line["port"]).resolve())
    name = by_id(port.path, roots) if port is not None else None
    told = line or {}
    return {
        "place": device.place,
        "usb": f"{device.vendor_id}:{device.product_id}",
        "device": device.words,
        "serial": device.serial,
        "ports": [
            {"path": str(tty.path), "interface": f"{tty.interface:02x}", "driver": tty.driver} for tty in device.ttys
        ],
        "at_port": str(port.path) if port is not None else None,
        "by_id": str(name) if name is not None else None,
        "manufacturer": answers.manufacturer if answers else None,
        "model": answers.model if answers else told.get("model"),
        "firmware": answers.firmware if answers else None,
        "imei": answers.imei if answers else told.get("imei"),
        "iccid": answers.iccid if answers else told.get("sim"),
        "sim": answers.sim if answers else None,
        "line": told.get("name"),
        "state": told.get("state"),
        "holder": {"program": found.holder.program, "pid": found.holder.pid} if found.holder else None,
        "problems": [*found.problems, *([told["reason"]] if told.get("reason") else [])],
    }


def _has(found: Found, port: Path) -> bool:
    return any(tty.path.resolve() == port.resolve() for tty in found.device.ttys)


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
    rows += [f"  {label:<{_GAP}}{value}" for label, value in facts.items() if value is not None]
    return rows + [f"  {'problem':<{_GAP}}{problem}" for problem in one["problems"]]


def _proposal(devices: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return what to write under `modems`, by names that are to be changed."""
    modems: dict[str, dict[str, str]] = {}
    for number, one in enumerate(devices, 1):
        # Without a serial number two of a kind share one name, and whoever comes last has it.
        port = one["by_id"] if one["serial"] else None
        modem = {"port": port or "auto", "imei": one["imei"], "iccid": one["iccid"]}
        modems[f"modem-{number}"] = {key: value for key, value in modem.items() if value is not None}
    return modems


def _proposal_words(proposal: dict[str, dict[str, str]]) -> list[str]:
    if not proposal:
        return ["There is nothing to add to the configuration."]
    words = ["For the configuration; with iccid a line follows its SIM, without it the modem:", "", "modems:"]
    for name, modem in proposal.items():
        words.append(f"  {name}:")
        words += [f"    {key}: {value if key == 'port' else chr(34) + value + chr(34)}" for key, value in modem.items()]
    return words
