"""What a USB device is: which of its ports takes AT commands, who answers there, or why nobody does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from clerkd.errors import Held
from clerkd.modem.holders import Holder, holder_of, in_use, suspect
from clerkd.modem.link import PortAbsent
from clerkd.modem.open import open_link
from clerkd.modem.probe import TRIES, Answers, Opener, ask_port
from clerkd.modem.profile import UsbPort, load_profile, profile_names
from clerkd.modem.session import PortLost
from clerkd.modem.sysfs import Roots, UsbDevice, UsbTty, usb_devices


@dataclass(frozen=True, slots=True)
class Found:
    """A device, and what came of asking it. `port` is the one that takes AT commands, None if none does."""

    device: UsbDevice
    port: UsbTty | None = None
    answers: Answers | None = None
    problems: tuple[str, ...] = ()  # what is wrong and what to do, a sentence each
    holder: Holder | None = None
    silent: bool = False  # a port was open and nobody answered: it may still be starting


def known_ports() -> list[UsbPort]:
    """Return which interfaces talk AT, as far as the profiles know."""
    return [port for name in profile_names() for port in load_profile(name).at_ports]


def in_order(device: UsbDevice, ports: Sequence[UsbPort]) -> list[UsbTty]:
    """Return the device's ports, the most promising first: by product or kind, by the maker's habit, by number."""

    def rank(tty: UsbTty) -> int:
        fitting = [port for port in ports if port.vendor_id == device.vendor_id and _fits(port, device, tty)]
        exact = any(port.product_id is not None or port.kind is not None for port in fitting)
        return 0 if exact else 1 if fitting else 2

    return sorted(device.ttys, key=lambda tty: (rank(tty), tty.interface, tty.path.name))


def _fits(port: UsbPort, device: UsbDevice, tty: UsbTty) -> bool:
    if port.kind is not None:
        return port.kind == tty.kind
    return port.interface == tty.interface and port.product_id in {None, device.product_id}


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came of asking one port; without an answer and a problem it was silent."""

    answers: Answers | None = None
    problem: str | None = None
    holder: Holder | None = None


async def examine(
    device: UsbDevice,
    roots: Roots,
    *,
    opener: Opener = open_link,
    ports: Sequence[UsbPort] | None = None,
    tries: int = TRIES,
) -> Found:
    """Ask a device's ports one after the other until one says who it is. One that somebody holds is left alone."""
    if not device.ttys:
        return Found(device, problems=(device.why_no_port,))
    replies: dict[UsbTty, _Reply] = {}
    for tty in in_order(device, known_ports() if ports is None else ports):
        replies[tty] = reply = await _ask(tty.path, roots, opener, tries)
        if reply.answers is not None and reply.answers.imei is not None:
            break
    answered = [(tty, reply.answers) for tty, reply in replies.items() if reply.answers is not None]
    if answered:
        port, answers = max(answered, key=lambda one: one[1].imei is not None)
        return Found(device, port, answers, _sim_problems(answers))
    problems = [reply.problem for reply in replies.values() if reply.problem is not None]
    silent = [tty for tty, reply in replies.items() if reply.problem is None]
    holder = next((reply.holder for reply in replies.values() if reply.holder is not None), None)
    return Found(
        device, problems=(*problems, *([_silence(silent)] if silent else [])), holder=holder, silent=bool(silent)
    )


async def _ask(port: Path, roots: Roots, opener: Opener, tries: int) -> _Reply:
    holder = await asyncio.to_thread(holder_of, port, roots.proc)
    if holder is not None:
        return _Reply(problem=in_use(port, holder), holder=holder)
    if not os.access(port, os.R_OK | os.W_OK):
        return _Reply(problem=f"{port} may not be opened: add the user to the group {_group(port)} and log in again")
    try:
        return _Reply(await ask_port(str(port), opener, tries=tries))
    except Held as taken:
        return _Reply(problem=taken.message, holder=await asyncio.to_thread(suspect, roots.proc))
    except (PortAbsent, PortLost) as lost:
        return _Reply(problem=lost.message)


async def scan(roots: Roots, *, opener: Opener = open_link, avoid: Collection[Path] = ()) -> list[Found]:
    """Ask every device, all at the same time; those with a port in `avoid` are only named."""
    devices = await asyncio.to_thread(usb_devices, roots)
    ports, spared = known_ports(), {path.resolve() for path in avoid}

    async def look(device: UsbDevice) -> Found:
        if any(tty.path.resolve() in spared for tty in device.ttys):
            return Found(device)
        return await examine(device, roots, opener=opener, ports=ports)

    async with asyncio.TaskGroup() as tasks:
        looks = [tasks.create_task(look(device), name=f"scan {device.place}") for device in devices]
    return [task.result() for task in looks]


def _silence(silent: list[UsbTty]) -> str:
    names = ", ".join(str(tty.path) for tty in silent)
    return f"nobody answers AT at {names}: it may still be starting (wait a minute), or hang (plug it in again)"


def _sim_problems(answers: Answers) -> tuple[str, ...]:
    if answers.sim is None:
        return ("there is no SIM, or it cannot be read: push it in until it clicks, and plug the modem in again",)
    if answers.sim == "SIM PIN":
        return ("the SIM waits for its PIN: give it as pin in the configuration",)
    if answers.sim != "READY":
        return (f"the SIM waits for {answers.sim}: enter it by hand, in a phone",)
    return ()


def _group(path: Path) -> str:
    """Return the group that may open the port; its number if it has no name."""
    try:
        return path.group()
    except (KeyError, OSError):
        return "dialout"
