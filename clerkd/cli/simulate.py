"""`clerkd simulate`: the world outside, for rigs and other software."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from clerkd.cli.exits import fail
from clerkd.clock import SystemClock
from clerkd.model.number import is_e164
from clerkd.simulate.modem import Faults, Habits, UnknownFault, VirtualModem
from clerkd.simulate.modem.catalogue import load_model, model_names
from clerkd.simulate.modem.faults import describe
from clerkd.simulate.modem.remote import COMMANDS, Remote, UnknownCommand
from clerkd.simulate.network import AirLog, Network

_EXAMPLE = """\b
Example:
  clerkd simulate modem --link /tmp/modem --model quectel-ec25
  clerkd simulate modem --link /tmp/modem --submit-delay 3 --fault lost_result=0.05
  echo '{"deliver": {"from": "+447700900123", "text": "Hello"}}' | clerkd simulate modem --link /tmp/modem --json
"""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked for on the command line."""

    link: Path
    number: str
    submit_delay: float
    linked_delay: float | None
    pin: str
    puk: str
    imei: str | None
    iccid: str | None
    baud: int
    delivery_delay: float
    refill_delay: float
    air_log: Path | None
    habits: Habits
    faults: Faults
    as_json: bool
    until_eof: bool


@click.group()
def simulate() -> None:
    """Virtual hardware: what the daemon, or other software, cannot tell from the real thing."""


def _epilog() -> str:
    faults = "\n".join(f"  {name:<18}{says}" for name, says in describe())
    models = "\n".join(f"  {name}" for name in model_names())
    commands = "\n".join(f"  {name:<14}{says}" for name, says in COMMANDS.items())
    return (
        f"\b\nFault knobs. A chance is a probability (0.2) or the next occasions (next:1, next:1:4 after four):\n"
        f"{faults}\n\n\b\nModels:\n{models}\n\n"
        f"\b\nCommands on standard input, one JSON object a line:\n{commands}\n\n{_EXAMPLE}"
    )


@simulate.command(epilog=_epilog())
@click.option("--link", type=click.Path(path_type=Path), required=True, help="Where the modem's port is to appear.")
@click.option("--number", default="+14155550100", show_default=True, help="The modem's own number.")
@click.option("--model", default="generic", show_default=True, help="Behave as this one; see the list below.")
@click.option("--manufacturer", help="What +CGMI says.")
@click.option(
    "--habits", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A vendor's habits, as YAML."
)
@click.option("--submit-delay", type=click.FloatRange(0), default=0.0, help="Seconds from Ctrl-Z to +CMGS.")
@click.option("--linked-delay", type=click.FloatRange(0), help="The same while AT+CMMS keeps the link open.")
@click.option("--delivery-delay", type=click.FloatRange(0), default=0.0, help="Seconds from +CMGS to the phone.")
@click.option("--refill-delay", type=click.FloatRange(0), default=0.2, help="Seconds from a freed slot to the next.")
@click.option("--pin", default="", help="The SIM asks for this PIN.")
@click.option("--puk", default="12345678", show_default=True, help="And for this PUK after three wrong ones.")
@click.option("--imei", help="15 digits.")
@click.option("--iccid", help="18 to 20 digits.")
@click.option("--slots", type=click.IntRange(1, 255), help="Message slots on the SIM.  [default: 20]")
@click.option("--baud", type=click.IntRange(0), default=0, help="Pace as a serial line of that speed would.")
@click.option("--air-log", type=click.Path(dir_okay=False, path_type=Path), help="Append every accepted SUBMIT to it.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=VALUE", help="Turn a fault knob; may be repeated.")
@click.option("--seed", type=int, default=0, help="Of all randomness.")
@click.option("--json", "as_json", is_flag=True, help="Events as JSON lines.")
@click.option("--until-eof", is_flag=True, help="End when standard input does.")
def modem(**options: Any) -> None:
    """Be a GSM modem on a pseudo-terminal until SIGTERM or Ctrl-C.

    Texts to the modem's own number loop back; texts to any other number reach a virtual phone, which reports them if
    asked to. What happens is printed, one line an event; commands are read from standard input.
    """
    wish = _wish(options)
    try:
        asyncio.run(_run(wish))
    except OSError as error:
        fail(f"{wish.link}: {error.strerror}; choose a name that does not exist yet")


def _wish(options: dict[str, Any]) -> _Wish:
    if not is_e164(options["number"]):
        raise click.BadParameter("write it as +14155550100", param_hint="--number")
    habits: dict[str, Any] = {}
    if path := options.pop("habits"):
        habits = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    try:
        model = load_model(options.pop("model"))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--model") from error
    for name, habit in (("manufacturer", "manufacturer"), ("slots", "sim_slots")):
        if (value := options.pop(name)) is not None:
            habits[habit] = value
    faults = Faults()
    try:
        faults.apply("seed", options.pop("seed"))
        for setting in options.pop("faults"):
            name, _, value = setting.partition("=")
            faults.apply(name, value)
        return _Wish(**options, habits=Habits.of(habits, model), faults=faults)
    except UnknownFault as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--habits") from error


async def _run(wish: _Wish) -> None:
    def emit(event: dict[str, Any]) -> None:
        print(json.dumps(event) if wish.as_json else _for_people(event), flush=True)

    network = Network(
        SystemClock(),
        delivery_delay_s=wish.delivery_delay,
        refill_s=wish.refill_delay,
        air=AirLog(wish.air_log, keep=False),
    )
    identity = {name: value for name in ("imei", "iccid") if (value := getattr(wish, name)) is not None}
    remote: Remote | None = None
    modem = VirtualModem(
        wish.link,
        network,
        wish.number,
        habits=wish.habits,
        faults=wish.faults,
        pin=wish.pin,
        puk=wish.puk,
        submit_delay_s=wish.submit_delay,
        linked_delay_s=wish.linked_delay,
        baud=wish.baud,
        heard=lambda event, facts: remote.befell(event, facts) if remote else None,
        **identity,
    )
    remote = Remote(modem, network, emit)
    network.listen(remote.happened)
    async with AsyncExitStack() as stack:
        stack.callback(network.close)
        await stack.enter_async_context(modem)
        emit({"event": "ready", "link": str(wish.link), "number": wish.number, "model": wish.habits.model})
        await _until_told(remote, emit, until_eof=wish.until_eof)


async def _until_told(remote: Remote, emit: Callable[[dict[str, Any]], None], *, until_eof: bool) -> None:
    """Apply what standard input says until a signal comes, or the input ends and that counts."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)

    def command(line: bytes | None) -> None:
        if line is None:
            if until_eof:
                over.set()
            return
        try:
            remote.apply(json.loads(line))
        except (UnknownCommand, ValueError) as error:
            emit({"event": "refused", "command": line.decode(errors="replace").strip(), "reason": str(error)})

    def said(line: bytes | None) -> None:
        loop.call_soon_threadsafe(command, line)

    # A thread, because the event loop can watch neither files nor /dev/null.
    threading.Thread(target=_read, args=(said,), name="standard input", daemon=True).start()
    await over.wait()


def _read(said: Callable[[bytes | None], None]) -> None:
    """Tell every line of standard input, and None at its end."""
    rest = b""
    try:
        while octets := os.read(0, 65536):  # not sys.stdin, whose lock would be held when the interpreter ends
            *lines, rest = (rest + octets).split(b"\n")
            for line in filter(bytes.strip, lines):
                said(line)
        if rest.strip():
            said(rest)
        said(None)
    except RuntimeError:
        return  # the event loop has ended, and nobody wants commands any more


def _for_people(event: dict[str, Any]) -> str:
    facts = dict(event)
    name, moment = facts.pop("event"), str(facts.pop("at", ""))[11:19]
    facts.pop("tpdu", None)
    return " ".join([moment or "--:--:--", f"{name:<10}", *(f"{key}={value}" for key, value in facts.items())])
