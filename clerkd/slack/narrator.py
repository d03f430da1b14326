"""From the core's notices to what is said in Slack.

One transaction reads the next notices, queues what they mean and advances the cursor: whatever is committed is told
once, and what is not committed is told later. `Telling` and `Notifying` run in that transaction, in the store's
thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from clerkd.errors import ClerkdError
from clerkd.ids import Ids
from clerkd.model.notice import Notice
from clerkd.ports.store import Store, Tx
from clerkd.slack.cards import Cards
from clerkd.slack.direct_steps import DirectSteps
from clerkd.slack.lines import DeskLines
from clerkd.slack.narration import Narration
from clerkd.slack.notifying import Notifying
from clerkd.slack.telling import Telling
from clerkd.store.ops.notices import advance_sink, read_notices, register_sink

BATCH = 100
LOOK_AGAIN_S = 60.0  # `wake` is a hint; should one ever be missed, nothing waits longer
PAUSE_AFTER_FAILURE_S = 2.0

log = structlog.get_logger()


class Narrator:
    """Translate notices for one sink. `ids` is used in the store's thread, so it must be the narrator's own."""

    def __init__(
        self,
        store: Store,
        *,
        sink: str,
        ids: Ids,
        now_ms: Callable[[], int],
        lines: DeskLines,
        names: Mapping[str, str],
        wake_lane: Callable[[str], None],
        cards: Cards,
        steps: DirectSteps,
        answered_ms: int,
    ) -> None:
        self._store = store
        self._sink = sink
        self._ids = ids
        self._now_ms = now_ms
        self._lines = lines
        self._names = names
        self._wake_lane = wake_lane
        self._cards = cards
        self._steps = steps
        self._answered_ms = answered_ms
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Hear that there are notices."""
        self._woken.set()

    async def run(self) -> None:
        """Translate until cancelled."""
        await self._store.write(register_sink, self._sink)
        while True:
            self._woken.clear()
            try:
                while await self._translate():
                    pass
            except Exception as error:  # noqa: BLE001 - the store is full or closing: the notices stay and wait
                log.warning("slack.notices-not-translated", error=repr(error))
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
                continue
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _translate(self) -> bool:
        lanes, more = await self._store.write(self._tell_next)
        for lane in lanes:
            self._wake_lane(lane)
        return more

    def _tell_next(self, tx: Tx) -> tuple[set[str], bool]:
        notices = read_notices(tx, self._sink, BATCH)
        batch = Narration(tx, self._ids.new, self._now_ms(), self._lines, self._names)
        telling = Telling(batch, cards=self._cards, steps=self._steps)
        notifying = Notifying(batch, answered_ms=self._answered_ms)
        for notice in notices:
            self._tell(telling, notice)
            self._tell(notifying, notice)
        if notices:
            advance_sink(tx, self._sink, notices[-1].seq)
        return batch.lanes, len(notices) == BATCH

    def _tell(self, telling: Telling | Notifying, notice: Notice) -> None:
        try:
            telling.tell(notice)
        except (ClerkdError, LookupError, TypeError, ValueError) as error:
            # One notice that makes no sense must not silence all later ones. What the database says goes up:
            # then nothing of this batch is committed and all of it is told later.
            log.exception("slack.notice-not-told", kind=notice.kind.value, seq=notice.seq, error=repr(error))
