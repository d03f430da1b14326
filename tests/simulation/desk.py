"""One seed's day at the desk: the real Slack side over a wire without sockets, in a workspace that fails as Slack does.

One modem, four phones, two people who answer in threads. The modem, the machine, the wire and Slack itself fail.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.cable import Bus
from simulation.carrier import SimulatedCarrier
from simulation.history import History
from simulation.loop import SimulatedClock, SimulatedLoop
from simulation.luck import BadLuck, Kind
from simulation.machine import LINES, Machine
from simulation.people import LONG, PEERS
from simulation.store import InlineStore
from simulation.week import START_MS, simulated, virtual_modem
from simulation.wire import Wire

from clerkd.app.build import Core
from clerkd.app.desk import add_desk
from clerkd.app.settings import Line, Modem, Secret, Settings, Slack
from clerkd.simulate.network import Network, Phone
from clerkd.simulate.network.phone import Text
from clerkd.simulate.slack import ErrorAnswer, Lost, RateLimitStorm, RawAnswer, SlackStandIn, Slow, SocketFault
from clerkd.simulate.slack.faults import CallFault

HOUR_S = 3600.0
CALM_S = 2 * HOUR_S  # after the last fault: longer than any retry of Slack's or of ours
LINE, NUMBER = "support", LINES["support"]
CHANNEL = "sms"
PHONES = PEERS[:4]
STAFF = ("ada", "ben")
MANY = 60  # texts at once: what waits is then told in joined messages
FORGOTTEN_S = 35.0  # after a start: longer than any Retry-After of this world
TOO_EARLY = "was called again before its Retry-After had passed"
SLACK_HOST = "192.0.2.10"
TOKENS = {"BOT": "xoxb-test", "APP": "xapp-test"}


class DeskHistory(History):
    """What was done to a daemon with a desk."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.said: dict[str, Said] = {}  # by text


@dataclass(frozen=True, slots=True)
class Said:
    """A reply that a person wrote in a thread, and Slack took."""

    peer: str
    ts: str


class DeskMachine(Machine):
    """A machine whose daemon talks to Slack."""

    def __init__(self, wire: Wire, slack: SlackStandIn, *parts: Any) -> None:
        super().__init__(*parts)
        self._wire = wire
        self._rng = random.Random(self.source.random())
        self._violations = slack.violations
        self._blamed = 0  # how many of them were there before the newest start
        self._forgiving: asyncio.TimerHandle | None = None
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
        if self._forgiving is None:
            self._blamed = len(self._violations)
        else:
            self._forgiving.cancel()
        self._forgiving = asyncio.get_running_loop().call_later(FORGOTTEN_S, self._forgive)

    def _forgive(self) -> None:
        """Blame no daemon for what Slack asked of the one before it: a limit is not kept over a restart."""
        self._forgiving = None
        since = self._violations[self._blamed :]
        self._violations[self._blamed :] = [what for what in since if not what.endswith(TOO_EARLY)]

    async def cut_power(self) -> None:
        self._wire.vanish()
        await super().cut_power()


class Day:
    """The world of one seed."""

    def __init__(self, seed: int, directory: Path, loop: SimulatedLoop, hours: float) -> None:
        self.history = DeskHistory(seed)
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
        self.modems = {LINE: self.modem}
        self._directory = directory
        self.machine: DeskMachine

    async def run(self) -> None:
        """Let the hours pass, then let everything come to its end."""
        workspace = self.slack.workspace
        for name in STAFF:
            workspace.add_user(name)
        workspace.add_channel(CHANNEL, *STAFF)
        self.network.listen(self._heard)
        parts = (self._directory, self.bus, self.clock, random.Random(self.history.seed + 2), self.carrier)
        self.machine = DeskMachine(self.wire, self.slack, *parts)
        await self.machine.start()
        luck = DeskLuck(self)
        doing = [asyncio.create_task(part()) for part in (self.text_in, self.answer)]
        await luck.strike()
        for part in doing:
            part.cancel()
        await asyncio.gather(*doing, return_exceptions=True)
        await luck.start()
        await asyncio.sleep(CALM_S)
        self.history.lives = self.machine.lives

    async def text_in(self) -> None:
        """Phones text, now and then one of them very much."""
        while True:
            await asyncio.sleep(self.source.expovariate(40 / HOUR_S))
            peer = self.source.choice(PHONES)
            for _ in range(MANY if self.source.random() < 0.03 else 1):
                self.text(peer)

    def text(self, peer: str) -> None:
        """Let a phone text."""
        text = self._words("in", len(self.history.sent_in))
        self.history.sent_in[text] = (peer, LINE)
        self.network.phone(peer).send(NUMBER, text)
        self._note(f"{peer} texts {text[:6]}")

    async def answer(self) -> None:
        """Somebody answers in a thread, whatever is broken; often it is the newest one."""
        while True:
            await asyncio.sleep(self.source.expovariate(30 / HOUR_S))
            if cards := list(self.cards()):
                peer, ts = self.source.choice(cards)
                await self.say(peer, ts)

    async def say(self, peer: str, ts: str) -> None:
        """Let a person answer a phone in a thread."""
        text = self._words("out", len(self.history.said))
        said_ts = await self.slack.workspace.user_says(self.source.choice(STAFF), CHANNEL, text, ts)
        self.history.said[text] = Said(peer, said_ts)
        self._note(f"answered {peer}: {text[:7]}")

    def cards(self) -> Iterator[tuple[str, str]]:
        """Return whose thread is where, as people see it."""
        for one in self.slack.workspace.messages(CHANNEL):
            number = one["text"].partition(" · ")[0].replace(" ", "")
            if one.get("bot_id") and number in PHONES:
                yield number, one["ts"]

    def _words(self, way: str, number: int) -> str:
        text = f"{way}{number:04}"
        words = LONG if self.source.random() < 0.1 else 1
        return " ".join([text, *(f"{text}.{word:02}" for word in range(1, words))])

    def _heard(self, event: object) -> None:
        match event:
            case (Phone() as phone, Text() as text):
                self.history.read.append((phone.number, text))
                self._note(f"{phone.number} reads {text.text[:7]}")

    def _note(self, what: str) -> None:
        self.history.note(asyncio.get_running_loop().time(), what)


class DeskLuck(BadLuck):
    """What goes wrong at a desk: the modem and the machine as ever, the wire, and Slack."""

    a_day = 10 * 24

    def __init__(self, day: Day) -> None:
        super().__init__(
            day.history,
            day.source,
            days=day.hours / 24,
            clock=day.clock,
            bus=day.bus,
            network=day.network,
            machine=day.machine,
            modems=day.modems,
            carrier=day.carrier,
        )
        self._wire = day.wire
        self._slack = day.slack

    def kinds(self) -> list[Kind]:
        return [
            self.power_cut, self.power_cut, self.orderly_restart, self.modem_unplugged, self.modem_deaf,
            self.modem_restarts, self.refusals, self.results_lost, self.results_late, self.notifications_lost,
            self.phone_off, self.slack_limits, self.slack_fails, self.slack_loses, self.post_lost, self.post_lost,
            self.slack_away, self.connections_cut, self.connections_cut, self.sockets_misbehave, self.sockets_closed,
        ]  # fmt: skip

    async def slack_limits(self) -> None:
        await self._by_chance(RateLimitStorm(1), RateLimitStorm(30))

    async def slack_fails(self) -> None:
        await self._by_chance(RawAnswer(500), RawAnswer(503), ErrorAnswer("fatal_error"), ErrorAnswer("internal_error"))

    async def slack_loses(self) -> None:
        await self._by_chance(Lost(committed=True), Lost(committed=False), Lost(committed=True, hang_s=40.0), Slow(8.0))

    async def _by_chance(self, *faults: CallFault) -> None:
        self._slack.faults.by_chance(self.source.choice((0.2, 0.8)), faults)
        await asyncio.sleep(self.source.choice((60, 600)))
        self._slack.faults.by_chance(0.0, ())

    async def post_lost(self) -> None:
        committed = self.source.random() < 0.7
        lost = Lost(committed=committed, hang_s=self.source.choice((0.0, 2.0)))
        self._slack.faults.next_call(lost, method="chat.postMessage", times=self.source.choice((1, 3)))

    async def slack_away(self) -> None:
        self._wire.up = False
        self._wire.reset()
        await asyncio.sleep(self.source.choice((30, 1200)))
        self._wire.up = True

    async def connections_cut(self) -> None:
        self._wire.reset(self.source.choice((0.5, 1.0)))

    async def sockets_misbehave(self) -> None:
        self._slack.faults.next_socket(self.source.choice(list(SocketFault)))
        await self._slack.workspace.disconnect("warning", sockets=1, grace_s=10.0)

    async def sockets_closed(self) -> None:
        await self._slack.workspace.disconnect("refresh_requested")


def live_day(seed: int, hours: float, check: Callable[[Day], list[str]]) -> tuple[DeskHistory, list[str]]:
    """Live one seed's hours and return its history and what `check` finds wrong with it."""

    async def whole(loop: SimulatedLoop, directory: Path) -> tuple[DeskHistory, list[str]]:
        day = Day(seed, directory, loop, hours)
        async with day.slack, day.modem:
            await day.run()
            found = check(day)
            await day.machine.cut_power()
        return day.history, found

    return simulated(seed, whole)
