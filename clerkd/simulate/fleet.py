"""The demo's modems: several models, each with a line, what can be done to them, and what the daemon does then."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from clerkd.clock import Clock
from clerkd.model.number import national, region_of
from clerkd.simulate.fleet_words import ACTS, Told, in_words
from clerkd.simulate.modem import VirtualModem
from clerkd.simulate.modem.catalogue import load_model
from clerkd.simulate.network import Network
from clerkd.simulate.page.cable import Cable
from clerkd.simulate.page.mirror import Mirror
from clerkd.simulate.page.server import Command, CommandRefused

MOST = 8
SUBMIT_S = 0.9  # what a modem on LTE needs for a segment, so that one can watch it
UNPLUGGED_S = 8.0
DEAF_S = 5.0
TOLD_KEPT = 12  # of what the daemon did about one modem
_REGISTERED, _SEARCHING = 1, 2  # <stat> of +CREG
_REMARKS = {
    "opened": "the daemon opened the port",
    "closed": "the daemon closed the port",
    "gone": "the modem was unplugged",
    "back": "the modem is plugged in again",
    "hung": "the modem is deaf",
    "woke": "the modem hears again",
    "restarted": "the modem starts anew",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the demo, and the model of its modem."""

    line: str
    label: str
    model: str


PLACES = (
    Place("front-desk", "Front desk", "generic"),
    Place("workshop", "Workshop", "simcom-sim7600"),
    Place("warehouse", "Warehouse", "huawei-e3531"),
    Place("night-shift", "Night shift", "telit-le910"),
    Place("deliveries", "Deliveries", "quectel-ec25"),
    Place("reminders", "Reminders", "ublox-sara"),
    Place("alarms", "Alarms", "sierra-mc7455"),
    Place("spare", "Spare", "zte-mf190"),
)

Send = Callable[[str], Awaitable[None]]  # a text out through a line, and one in to a number


@dataclass(slots=True)
class Member:
    """One modem, as the page shows it."""

    index: int
    place: Place
    number: str
    imei: str
    modem: VirtualModem
    cable: Cable
    status: dict[str, Any] = field(default_factory=dict)
    told: deque[Told] = field(default_factory=lambda: deque(maxlen=TOLD_KEPT))
    unplugged: bool = False


class Fleet:
    """The modems on their cables. An asynchronous context manager.

    `text_out` sends a text through a line, `text_in` has somebody text a number.
    """

    def __init__(
        self,
        count: int,
        directory: Path,
        network: Network,
        mirror: Mirror,
        clock: Clock,
        *,
        text_out: Send,
        text_in: Send,
    ) -> None:
        self._network = network
        self._mirror = mirror
        self._clock = clock
        self._text_out = text_out
        self._text_in = text_in
        self._running = contextlib.AsyncExitStack()
        self.members = [self._member(index, directory, clock) for index in range(count)]
        self._by_line = {member.place.line: member for member in self.members}

    def _member(self, index: int, directory: Path, clock: Clock) -> Member:
        place, number = PLACES[index], f"+1415555010{index}"
        imei = _checked(f"49015420323{750 + index:03}")
        cable = Cable(clock, lambda line: self._mirror.trace({"modem": place.line, **line}))
        modem = VirtualModem(
            directory / ("modem" if index == 0 else f"modem-{index + 1}"),
            self._network,
            number,
            habits=load_model(place.model),
            imei=imei,
            iccid=_checked(f"8900101000000000{index + 1:02}"),
            imsi=f"00101000000{index + 1:04}",
            submit_delay_s=SUBMIT_S,
            heard=lambda event, _facts: self._befell(index, event),
            tapped=cable.tapped,
        )
        return Member(index, place, number, imei, modem, cable)

    async def __aenter__(self) -> Self:
        await self._running.__aenter__()
        for member in self.members:
            await self._running.enter_async_context(member.modem)
            self._show(member)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._running.aclose()

    def commands(self) -> dict[str, Command]:
        """Return what the page may ask for."""
        return {"modem.do": self._do, "break.modem": self._unplug_for_a_while}

    # What the daemon says --------------------------------------------------------------------------------------

    def states(self, lines: Iterable[dict[str, Any]]) -> None:
        """Take the lines of the daemon's status; none while it does not answer."""
        known = {line["name"]: line for line in lines}
        for member in self.members:
            member.status = known.get(member.place.line, {})
            self._show(member)

    def logged(self, event: dict[str, Any]) -> None:
        """Hear a line of the daemon's log: some are about a modem and of interest."""
        told = in_words(event)
        member = self._by_line.get(str(event.get("line")))
        if told is not None and member is not None:
            member.told.append(told)
            self._show(member)

    # What can be done to a modem -------------------------------------------------------------------------------

    async def _do(self, request: dict[str, Any]) -> None:
        member = self._by_line.get(str(request["line"]))
        acts: dict[str, Callable[[Member], Awaitable[None]]] = {
            "unplug": self._unplug,
            "deaf": self._deafen_for_a_while,
            "deaf-until-reopened": self._deafen,
            "no-network": self._lose_network,
            "sim-full": self._fill,
            "lost-result": self._lose_result,
            "restart": self._restart,
            "text-out": lambda one: self._text_out(one.place.line),
            "text-in": lambda one: self._text_in(one.number),
        }
        act = acts.get(str(request["act"]))
        if member is None or act is None:
            raise CommandRefused("there is no such modem, or that cannot be done to it")
        before = self._switched(member).get(str(request["act"]), False)
        await act(member)
        words = ACTS.get((str(request["act"]), before))
        if words is not None:
            member.told.append(Told(self._clock.now_ms(), words, "act"))
        self._show(member)

    async def _unplug(self, member: Member) -> None:
        member.modem.gone(0.0 if member.unplugged else None)

    async def _unplug_for_a_while(self, _: dict[str, Any]) -> None:
        if self.members[0].unplugged:
            raise CommandRefused("the modem is unplugged already")
        self.members[0].modem.gone(UNPLUGGED_S)

    async def _deafen_for_a_while(self, member: Member) -> None:
        _require_plugged(member)
        member.modem.hang(DEAF_S)
        await self._text_out(member.place.line)

    async def _deafen(self, member: Member) -> None:
        _require_plugged(member)
        member.modem.hang(None)
        await self._text_out(member.place.line)

    async def _lose_network(self, member: Member) -> None:
        radio = member.modem.firmware.radio
        radio.stat = _REGISTERED if radio.stat == _SEARCHING else _SEARCHING

    async def _fill(self, member: Member) -> None:
        full = not member.modem.faults.storage_full
        member.modem.faults.apply("storage_full", full)
        if full:
            await self._text_in(member.number)
        else:
            self._network.arrived(member.number)

    async def _lose_result(self, member: Member) -> None:
        member.modem.faults.apply("lost_result", "next:1")
        await self._text_out(member.place.line)

    async def _restart(self, member: Member) -> None:
        _require_plugged(member)
        member.modem.restart()

    def _befell(self, index: int, event: str) -> None:
        member = self.members[index]
        if event in {"gone", "back"}:
            member.unplugged = event == "gone"
        if event in _REMARKS:
            member.cable.note(_REMARKS[event])
        self._show(member)

    def _show(self, member: Member) -> None:
        status = member.status
        self._mirror.put(
            f"modem/{member.index}",
            {
                "line": member.place.line,
                "label": member.place.label,
                "number": member.number,
                "shown": national(member.number, region_of(member.number)),
                "model": status.get("model") or member.place.model,
                "state": status.get("state", "…"),
                "reason": status.get("reason"),
                "signal": status.get("signal"),
                "operator": status.get("operator"),
                "queued": status.get("queued", 0),
                "told": [{"at": told.at, "text": told.text, "mood": told.mood} for told in member.told],
                "on": self._switched(member),
            },
        )

    def _switched(self, member: Member) -> dict[str, bool]:
        """Return which switches of a modem are on."""
        return {
            "unplug": member.unplugged,
            "no-network": member.modem.firmware.radio.stat == _SEARCHING,
            "sim-full": member.modem.faults.storage_full,
        }


def modems_of(fleet: Fleet) -> dict[str, Any]:
    """Return the configuration's `modems`."""
    return {f"modem-{one.index + 1}": {"port": os.fspath(one.modem.link)} for one in fleet.members}


def _require_plugged(member: Member) -> None:
    if member.unplugged:
        raise CommandRefused(f"the modem of {member.place.label} is unplugged: plug it in first")


def _checked(digits: str) -> str:
    """Return digits with Luhn's check digit behind them, as IMEIs (23.003 §6.2.1) and ICCIDs (E.118) have it."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)
