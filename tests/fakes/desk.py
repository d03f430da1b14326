"""Everything between a request and a line, put together as the daemon does it, on a store of its own."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

from fakes.radio import ManualClock, Radio

from clerkd.core.desk.answers import AnswerTexts
from clerkd.core.desk.optouts import OptOuts
from clerkd.core.desk.quota import Quotas
from clerkd.core.outbound.breaker import Told
from clerkd.core.outbound.dispatcher import Dispatcher
from clerkd.core.outbound.outbox import Outbox
from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.recurring import Recurring
from clerkd.core.outbound.router import Router
from clerkd.core.outbound.schedule import Schedule
from clerkd.core.publisher import Publisher
from clerkd.ids import Ids
from clerkd.model.message import Message, SendRequest
from clerkd.model.notice import Notice, Topic
from clerkd.model.pacing import Pacing
from clerkd.model.quota import Quota
from clerkd.model.rules import LineRules
from clerkd.store.ops.messages import get_message, message_history
from clerkd.store.ops.notices import advance_sink, read_notices
from clerkd.store.sqlite import SqliteStore

PEER = "+14155550123"
OTHER = "+14155550145"


class Room:
    """`clerkd.core.outbound.outbox.Space` with room, or none."""

    error: Exception | None = None

    def require(self) -> None:
        if self.error is not None:
            raise self.error


class Reader:
    """A sink that can be waited for."""

    def __init__(self, store: SqliteStore, name: str = "reader") -> None:
        self.name = name
        self._store = store
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def take(self) -> list[Notice]:
        """Return the notices not taken before."""
        notices = await self._store.read(read_notices, self.name, 1000)
        if notices:
            await self._store.write(advance_sink, self.name, notices[-1].seq)
        return notices

    async def wait_for(self, wanted) -> list[Notice]:
        """Take notices until one is `wanted`; return all taken."""
        taken: list[Notice] = []
        async with asyncio.timeout(10):
            while not any(wanted(notice) for notice in taken):
                self._woken.clear()
                new = await self.take()
                taken += new
                if not new:
                    await self._woken.wait()
        return taken


class Office:
    """The outbound half of the core around one `Radio`."""

    def __init__(
        self,
        path: Path,
        *,
        radio: Radio | None = None,
        clock: ManualClock | None = None,
        wrap=None,
        quota: Quota | None = None,
        pacing: Pacing | None = None,
        told: Told | None = None,
        renew_s: float = 10.0,
        **rules,
    ) -> None:
        self.clock = clock or ManualClock()
        self.radio = radio or Radio()
        store = SqliteStore(path)
        self.store = store if wrap is None else wrap(store)
        self.ids = Ids(self.clock)
        self.room = Room()
        self.reader = Reader(self.store)
        self.publisher = Publisher([self.reader])
        store.listen(self.publisher.committed)
        lines = {self.radio.name: LineRules(self.radio.name, "US", **{"countries": frozenset({"US", "GB"}), **rules})}
        self.dispatcher = Dispatcher(
            self.radio,
            self.store,
            self.clock,
            rules=lines[self.radio.name],
            quota=quota,
            pacing=pacing,
            told=told,
            renew_s=renew_s,
        )
        self.publisher.follow(self.dispatcher, {Topic.QUEUE_GREW})
        dispatchers = {self.radio.name: self.dispatcher}
        limits = {self.radio.name: quota} if quota else {}
        self.quotas = Quotas(self.store, self.clock, dispatchers, limits)
        self.schedule = Schedule(self.store, self.clock, dispatchers)
        self.outbox = Outbox(
            store=self.store,
            clock=self.clock,
            ids=self.ids,
            policy=Policy(lines),
            router=Router({self.radio.name: self.radio}),
            space=self.room,
            dispatchers=dispatchers,
            schedule=self.schedule,
        )
        self.optouts = OptOuts(self.store, self.clock, self.outbox, AnswerTexts("Acme", "help@example.com"))
        self.publisher.follow(self.optouts, {Topic.ANSWER_OWED})
        self.recurring = Recurring(self.store, self.clock, self.outbox)
        self.schedule.follow(self.recurring)

    async def send(self, text: str, to: str = PEER, **wish) -> Message:
        return (await self.outbox.accept(SendRequest(to=to, text=text, **wish))).message

    async def message(self, message_id: str) -> Message:
        return await self.store.read(get_message, message_id)

    async def wait_state(self, message_id: str, state: str) -> Message:
        """Return the message once a notice says that it is in `state`."""
        async with asyncio.timeout(10):
            while (message := await self.message(message_id)).state.value != state:
                await self.reader.wait_for(lambda notice: notice.message_id == message_id)
        return message

    async def wait_history(self, message_id: str, events: list[str]) -> None:
        """Return once this, and no more, has happened to a message."""
        async with asyncio.timeout(10):
            while [entry.event for entry in await self.store.read(message_history, message_id)] != events:
                await asyncio.sleep(0.002)

    async def elapse(self, seconds: float) -> None:
        """Let time pass for everyone."""
        self.clock.advance(seconds)
        self.schedule.wake()
        self.quotas.wake()
        self.dispatcher.wake()


@asynccontextmanager
async def open_office(path: Path, *, running: bool = True, **options):
    """An office with its store open and, unless told otherwise, its tasks running."""
    office = Office(path, **options)
    await office.store.open()
    try:
        if running:
            async with asyncio.TaskGroup() as tasks:
                dispatching = tasks.create_task(office.dispatcher.run())
                scheduling = tasks.create_task(office.schedule.run())
                recurring = tasks.create_task(office.recurring.run())
                quotas = tasks.create_task(office.quotas.run())
                optouts = tasks.create_task(office.optouts.run())
                yield office
                office.dispatcher.stop()
                office.radio.let_go()
                await asyncio.wait({dispatching}, timeout=10)
                scheduling.cancel()
                recurring.cancel()
                quotas.cancel()
                optouts.cancel()
        else:
            yield office
    finally:
        await office.store.close()
