"""What `clerkd modem scan` tells: every device with what the daemon knows of it, and the configuration to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clerkd.app.finding import AUTO
from clerkd.modem.discovery import Found, scan
from clerkd.modem.sysfs import Roots, by_id

Facts = dict[str, Any]


async def scan_devices(device_root: str | None, serving: Sequence[Facts]) -> list[Facts]:
    """Ask every USB device, but for those that a line of `serving` (as `GET /v1/status` tells lines) has open."""
    roots = Roots.under(device_root)
    found = await scan(roots, avoid=[Path(line["port"]) for line in serving])
    return [_facts(one, roots, serving) for one in found]


def proposal(devices: Sequence[Facts]) -> dict[str, dict[str, str]]:
    """Return what to write under `modems` for those that no line uses, by names that are to be changed."""
    modems: dict[str, dict[str, str]] = {}
    for one in devices:
        if one["line"] is None and one["imei"] is not None:
            # Without a serial number two of a kind share one name, and whoever comes last has it.
            port = one["by_id"] if one["serial"] else None
            modem = {"port": port or AUTO, "imei": one["imei"], "iccid": one["iccid"]}
            modems[f"modem-{len(modems) + 1}"] = {key: value for key, value in modem.items() if value is not None}
    return modems


def _facts(found: Found, roots: Roots, serving: Sequence[Facts]) -> Facts:
    """Return everything about a device, as JSON has it."""
    device, answers, port = found.device, found.answers, found.port
    told: Facts = {}
    for line in serving:
        for tty in device.ttys:
            if tty.path.resolve() == Path(line["port"]).resolve():
                told, port = line, tty
    name = by_id(port.path, roots) if port is not None else None
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
