"""Wake whoever waits for what was committed. What it is they read themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from clerkd.core.outbound.bell import Wakeable
from clerkd.model.notice import NoticeKind
from clerkd.ports.sink import Sink
from clerkd.ports.store import Store
from clerkd.store.ops.notices import register_sink

NOTICES = frozenset(NoticeKind)


class Publisher:
    """Told by the store what each commit announced; wakes the sinks and tasks that follow that, and nobody else."""

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self._sinks = list(sinks)
        self._followers: list[tuple[frozenset[str], Wakeable]] = [(NOTICES, sink) for sink in self._sinks]

    def add(self, sink: Sink, topics: Collection[str] = NOTICES) -> None:
        """Wake one more sink from now on, beginning at once: for every notice, or for some topics."""
        self._sinks.append(sink)
        self.follow(sink, topics)
        sink.wake()

    def follow(self, follower: Wakeable, topics: Collection[str]) -> None:
        """Wake a task whenever one of these topics is announced."""
        self._followers.append((frozenset(topics), follower))

    def committed(self, topics: frozenset[str]) -> None:
        """Hear what a commit announced (`SqliteStore.listen`)."""
        for wanted, follower in self._followers:
            if not wanted.isdisjoint(topics):
                follower.wake()

    def wake(self) -> None:
        """Wake all sinks, whatever was committed."""
        for sink in self._sinks:
            sink.wake()

    async def register(self, store: Store) -> None:
        """Have all sinks told of what is committed from now on, though they may start to read much later."""
        for sink in self._sinks:
            await store.write(register_sink, sink.name)
