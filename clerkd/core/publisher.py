"""Tell the sinks that there is something new. What it is they read themselves, by their own cursors."""

from __future__ import annotations

from collections.abc import Iterable

from clerkd.ports.sink import Sink
from clerkd.ports.store import Store
from clerkd.store.ops.notices import register_sink


class Publisher:
    """Wakes every sink; called after each commit that wrote a notice."""

    def __init__(self, sinks: Iterable[Sink] = ()) -> None:
        self._sinks = list(sinks)

    def add(self, sink: Sink) -> None:
        """Wake one more sink from now on, beginning at once."""
        self._sinks.append(sink)
        sink.wake()

    def wake(self) -> None:
        """Wake all of them."""
        for sink in self._sinks:
            sink.wake()

    async def register(self, store: Store) -> None:
        """Have all sinks told of what is committed from now on, though they may start to read much later."""
        for sink in self._sinks:
            await store.write(register_sink, sink.name)
