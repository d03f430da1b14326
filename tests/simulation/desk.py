"""One seed's day at the desk: the real Slack side over a wire without sockets, in a workspace that fails as Slack does.

One modem, four phones, two people who answer in threads. The modem, the machine, the wire and Slack itself fail.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.cable import Bus
from simulation.carrier import SimulatedCarrier
from simulation.history import History
from simulation.loop import SimulatedClock, SimulatedLoop
from simulation.machine import LINES, Machine
from simulation.people import PEERS
from simulation.store import InlineStore
from simulation.week import START_MS, simulated, virtual_modem
from simulation.wire import Wire

from clerkd.app.build import Core
from clerkd.app.desk import add_desk
from clerkd.app.settings import Line, Modem, Secret, Settings, Slack
from clerkd.simulate.network import Network
from clerkd.simulate.slack import SlackStandIn

HOUR_S = 3600.0
CALM_S = 1.5 * HOUR_S  # after the last fault: longer than any retry of Slack's or of ours
LINE, NUMBER = "support", LINES["support"]
CHANNEL = "sms"
PHONES = PEERS[:4]
STAFF = ("ada", "ben")
SLACK_HOST = "192.0.2.10"
TOKENS = {"BOT": "xoxb-test", "APP": "xapp-test"}
TOLD = re.compile(r"in\d{4}(?![.\d])")  # a text's first word, by which it is known wherever it is shown


class DeskMachine(Machine):
    """A machine whose daemon talks to Slack."""

    def __init__(self, wire: Wire, slack: SlackStandIn, *parts: Any) -> None:
        super().__init__(*parts)
        self._wire = wire
        self._rng = random.Random(self.source.random())
        self._slack = Slack(Secret(env="BOT"), Secret(env="APP"), api_url=slack.api_url, channel=CHANNEL)
        self.settings = Settings(
            state_dir=str(self.directory),
            modems={LINE: Modem(port=f"/dev/{LINE}")},
            lines={LINE: Line(number=NUMBER, modem=LINE, countries=["US", "GB"])},
            slack=self._slack,
        )

    def add_sinks(self, core: Core, store: InlineStore) -> None:
        super().add_sinks(core, store)
        add_desk(core, self.settings, self._slack, TOKENS, self._rng)

    async def cut_power(self) -> None:
        self._wire.vanish()
        await super().cut_power()


class Day:
    """The world of one seed."""

    def __init__(self, seed: int, directory: Path, loop: SimulatedLoop, hours: float) -> None:
        self.history = History(seed)
        self.source = random.Random(seed)
        self.hours = hours
        self.wire = loop.wire = Wire(random.Random(seed + 4))
        self.clock = SimulatedClock(loop, START_MS)
        self.bus = Bus(random.Random(seed + 1))
        self.network = Network(self.clock)
        self.carrier = SimulatedCarrier(self.clock, random.Random(seed + 3), lambda _: None)
        self.slack = SlackStandIn(self.clock, seed=seed, host=SLACK_HOST, duplicate_share=0.1, reorder_s=2.0)
        self.modem = virtual_modem(0, LINE, NUMBER, self.network, self.bus, submit_delay_s=0.6)
        self.modem.faults.random.seed(seed)
        self._directory = directory
        self.machine: DeskMachine

    async def run(self) -> None:
        workspace = self.slack.workspace
        for name in STAFF:
            workspace.add_user(name)
        workspace.add_channel(CHANNEL, *STAFF)
        self.machine = DeskMachine(
            self.wire,
            self.slack,
            self._directory,
            self.bus,
            self.clock,
            random.Random(self.history.seed + 2),
            self.carrier,
        )
        await self.machine.start()
        self.network.phone(PHONES[0]).send(NUMBER, "in0000")
        await asyncio.sleep(300)


def live_day(seed: int, hours: float, check: Callable[[Day], list[str]]) -> tuple[History, list[str]]:
    """Live one seed's hours and return its history and what `check` finds wrong with it."""

    async def whole(loop: SimulatedLoop, directory: Path) -> tuple[History, list[str]]:
        day = Day(seed, directory, loop, hours)
        async with day.slack, day.modem:
            await day.run()
            found = check(day)
            await day.machine.cut_power()
        return day.history, found

    return simulated(seed, whole)
