"""The machine on which the daemon runs: it can lose its power, and what was committed is still there afterwards."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from msgspec import structs
from simulation.cable import Bus, BusFinder
from simulation.carrier import SimulatedCarrier
from simulation.loop import SimulatedClock
from simulation.store import InlineStore

from clerkd.app import settings
from clerkd.app.build import DATABASE, Core, World, build_core
from clerkd.app.settings import Line, Modem, Settings
from clerkd.app.systemd import Notifier
from clerkd.errors import ClerkdError, StoreFull
from clerkd.model.message import Message, SendRequest
from clerkd.store.ops.notices import advance_sink, read_notices

SWEEP = timedelta(minutes=5)  # once a minute, as in the field, a week would be mostly looks at empty SIMs
SINK = "teller"
LINES = {"support": "+14155550100", "sales": "+14155550101"}  # over modems
CARRIER_LINE, CARRIER_NUMBER = "backup", "+14155550109"
LIMIT = 60  # segments of sales in a month, in a world with a quota
POLL_S = 300  # of the carrier, as seldom for the same reason
RESTART_S = 2.0  # the unit's RestartSec=


class Teller:
    """A sink that keeps what it was told, as Slack does: once told stays told, whatever happens to the daemon."""

    name = SINK

    def __init__(self, store: InlineStore, told: list[tuple[int, str, str]], heard_at: dict[str, float]) -> None:
        self._store = store
        self._heard_at = heard_at
        self._told = told
        self._news = asyncio.Event()

    def wake(self) -> None:
        self._news.set()

    async def run(self) -> None:
        """Tell what is new; the sequence number makes what is told twice one thing."""
        while True:
            self._news.clear()
            while notices := await self._store.read(read_notices, SINK, 50):
                for notice in notices:
                    self._told.append((notice.seq, notice.kind.value, notice.message_id or ""))
                    self._heard_at.setdefault(notice.message_id or "", asyncio.get_running_loop().time())
                await self._store.write(advance_sink, SINK, notices[-1].seq)
            await self._news.wait()


class Machine:
    """One daemon after the other on one disk."""

    def __init__(
        self, directory: Path, bus: Bus, clock: SimulatedClock, source: random.Random, carrier: SimulatedCarrier
    ) -> None:
        self.directory = directory
        self.bus = bus
        self.clock = clock
        self.source = source
        self.carrier = carrier
        self.told: list[tuple[int, str, str]] = []
        self.heard_at: dict[str, float] = {}  # message: when the sink first heard of it
        self.full = False
        self.lives = 0
        self._core: Core | None = None
        self._store: InlineStore | None = None
        self._running: asyncio.Task[None] | None = None
        self.settings = _settings(directory, source)

    @property
    def on(self) -> bool:
        return self._core is not None

    async def start(self) -> None:
        """Start a daemon, again and again as systemd does if it cannot."""
        while not await self._started():
            await asyncio.sleep(RESTART_S)

    async def _started(self) -> bool:
        store = InlineStore(self.directory / DATABASE, self.source)
        store.full = self.full
        await store.open()
        world = World(
            store=store,  # type: ignore[arg-type]
            opener=self.bus.open,
            finders=lambda modems, _environ, _supervisor: {
                name: BusFinder(modem.port, self.bus) for name, modem in modems.items()
            },
            sweep=SWEEP,
            random=self.source.randbytes,
            carriers=lambda _section, _environ: self.carrier,
        )
        core = build_core(self.settings, {}, self.clock, Notifier({}), world)
        self.add_sinks(core, store)
        try:
            await core.publisher.register(store)  # type: ignore[arg-type]
        except StoreFull:
            await store.close()
            return False
        self._store, self._core = store, core
        self._running = asyncio.create_task(core.supervisor.run(), name=f"daemon {self.lives}")
        self.lives += 1
        return True

    def add_sinks(self, core: Core, store: InlineStore) -> None:
        """Let somebody hear what the core tells."""
        teller = Teller(store, self.told, self.heard_at)
        core.publisher.add(teller)
        core.supervisor.add("teller", teller.run)

    async def cut_power(self) -> None:
        """End the daemon between two instructions: nothing more is committed, written or said."""
        if self._store is None or self._running is None:
            return
        self._store.dead = True
        self.bus.cut()
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running
        await self._store.close()
        self._core = self._store = self._running = None

    async def stop(self) -> None:
        """End it as SIGTERM does: what is on the air is waited for."""
        assert self._core is not None
        await self._core.supervisor.finish()
        await self.cut_power()

    def fill_disk(self, *, full: bool) -> None:
        """Let the disk take no more, or take again."""
        self.full = full
        if self._store is not None:
            self._store.full = full

    def read(self, sql: str) -> list[sqlite3.Row]:
        """Look at what the disk holds."""
        connection = sqlite3.connect(self.directory / DATABASE)
        connection.row_factory = sqlite3.Row
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    async def accept(self, request: SendRequest) -> Message | None:
        """Ask the daemon to send; None if it could not say that it will."""
        if self._core is None:
            return None
        try:
            return (await self._core.outbox.accept(request)).message
        except ClerkdError:
            return None


def _settings(directory: Path, source: random.Random) -> Settings:
    """Return one of many configurations: with and without a fallback, pacing and a quota."""
    fallback = settings.Fallback(CARRIER_LINE, 300, source.choice((None, 1800)), other_number=True)
    lines = {
        "support": Line(number=LINES["support"], modem="support", fallback=source.choice((None, fallback))),
        "sales": Line(
            number=LINES["sales"],
            modem="sales",
            pacing=source.choice((None, settings.Pacing(per_minute=6, jitter_s=2.0))),
            quota=source.choice((None, settings.Quota(segments=LIMIT))),
        ),
        CARRIER_LINE: Line(number=CARRIER_NUMBER, carrier="carrier"),
    }
    return Settings(
        state_dir=str(directory),
        modems={name: Modem(port=f"/dev/{name}") for name in LINES},
        lines={name: structs.replace(line, countries=["US", "GB"]) for name, line in lines.items()},
        carriers={"carrier": settings.Carrier(kind="telnyx", number=CARRIER_NUMBER, poll_s=POLL_S)},
        routes=[settings.Route(["sales", "support"], prefix="+4477009001")],
    )
