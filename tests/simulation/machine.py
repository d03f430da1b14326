"""The machine on which the daemon runs: it can lose its power, and what was committed is still there afterwards."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from simulation.cable import Bus, BusFinder
from simulation.loop import SimulatedClock
from simulation.store import InlineStore

from clerkd.app.build import DATABASE, Core, World, build_core
from clerkd.app.settings import Line, Modem, Settings
from clerkd.app.systemd import Notifier
from clerkd.errors import ClerkdError, StoreFull
from clerkd.model.message import Message, SendRequest
from clerkd.store.ops.notices import advance_sink, read_notices

SWEEP = timedelta(minutes=5)  # once a minute, as in the field, a week would be mostly looks at empty SIMs
SINK = "teller"
RESTART_S = 2.0  # the unit's RestartSec=


class Teller:
    """A sink that keeps what it was told, as Slack does: once told stays told, whatever happens to the daemon."""

    name = SINK

    def __init__(self, store: InlineStore, told: list[tuple[int, str, str]]) -> None:
        self._store = store
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
                await self._store.write(advance_sink, SINK, notices[-1].seq)
            await self._news.wait()


class Machine:
    """One daemon after the other on one disk."""

    def __init__(
        self, directory: Path, bus: Bus, clock: SimulatedClock, source: random.Random, numbers: dict[str, str]
    ) -> None:
        self.directory = directory
        self.bus = bus
        self.clock = clock
        self.source = source
        self.told: list[tuple[int, str, str]] = []
        self.full = False
        self.lives = 0
        self._core: Core | None = None
        self._store: InlineStore | None = None
        self._running: asyncio.Task[None] | None = None
        self._settings = Settings(
            state_dir=str(directory),
            modems={name: Modem(port=f"/dev/{name}") for name in numbers},
            lines={name: Line(number=number, modem=name, countries=["US", "GB"]) for name, number in numbers.items()},
        )

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
        )
        core = build_core(self._settings, {}, self.clock, Notifier({}), world)
        teller = Teller(store, self.told)
        core.publisher.add(teller)
        core.supervisor.add("teller", teller.run)
        try:
            await core.publisher.register(store)  # type: ignore[arg-type]
        except StoreFull:
            await store.close()
            return False
        self._store, self._core = store, core
        self._running = asyncio.create_task(core.supervisor.run(), name=f"daemon {self.lives}")
        self.lives += 1
        return True

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
