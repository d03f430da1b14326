"""Execute the post queue: in order within a lane, nothing twice, nothing lost.

Slack has no idempotency key. So every message carries its post's id, in the first block's `block_id` or, without
blocks, in its metadata, and a post whose fate is unknown is looked for in the thread before it is made again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import structlog

from clerkd.ports.store import Store, Tx
from clerkd.slack.addressing import Addressing
from clerkd.slack.backoff import Backoff
from clerkd.slack.channels import Channels
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackIndeterminate, SlackPermanent, SlackTemporary
from clerkd.slack.lanes import Lanes
from clerkd.slack.limiter import Priority
from clerkd.slack.marks import Marks, marked
from clerkd.slack.queue import Blocked, Idle, Queue, Step, Work
from clerkd.slack.refusals import BAD_CONTENT, CHANNEL_TROUBLE, PERSON_GONE, ROOT_GONE
from clerkd.slack.render import plain
from clerkd.store.ops.slack_places import unlink_thread
from clerkd.store.ops.slack_posts import Action, release_post, rewrite_post, waiting_lanes

SET_ASIDE_MS = 600_000  # a post that nobody understands lets the others pass and is tried again
ATTEMPTS_BEFORE_SET_ASIDE = 16  # what passes it leaves its thread's order, so a storm must not look like its fault
BLOCKED_LOOK_S = 60.0

_PRIORITY = {
    "line": Priority.MESSAGE, "notify": Priority.STATUS, "touch": Priority.STATUS, "hint": Priority.INTERACTIVE,
}  # fmt: skip

log = structlog.get_logger()


class Steps(Protocol):
    """What is done to channels (`clerkd.slack.direct.DirectChannels`)."""

    def execute(self, work: Work) -> Awaitable[Callable[[Tx], Iterable[str]]]:
        """Do one step and return what is to be written with the note that it is done."""
        ...

    def lost(self, tx: Tx, channel: str, problem: str) -> Iterable[str] | None:
        """Hold the conversation of a direct channel elsewhere; None if it is none. Returns lanes to wake."""
        ...


class Poster:
    """Work through every lane of the queue.

    `monotonic` is the clock of `SlackClient.answered_at`, `settle_s` how long is waited after a lost answer.
    """

    def __init__(
        self,
        client: SlackClient,
        store: Store,
        queue: Queue,
        channels: Channels,
        *,
        steps: Steps,
        addressing: Addressing,
        rng: random.Random,
        monotonic: Callable[[], float],
        settle_s: float,
    ) -> None:
        self._client = client
        self._store = store
        self._queue = queue
        self._channels = channels
        self._steps = steps
        self._addressing = addressing
        self._rng = rng
        self._monotonic = monotonic
        self._settle_s = settle_s
        self._marks = Marks(client, mend=channels.mend, lose=self._lost_direct, settle_s=settle_s)
        self._lanes = Lanes("slack-post", self._work, rng=rng, most_at_once=1000)
        self._blocked: set[str] = set()
        self._usable = asyncio.Event()  # set once, then another one takes its place
        self._began = monotonic()

    def wake(self, lane: str) -> None:
        """Hear that something was queued in a lane."""
        self._lanes.wake(lane)

    def wake_blocked(self) -> None:
        """Hear that a channel, or Slack, may be usable again."""
        self._usable.set()
        self._usable = asyncio.Event()
        for lane in tuple(self._blocked):
            self._lanes.wake(lane)

    async def run(self) -> None:
        """Execute until cancelled."""
        for lane in await self._store.read(waiting_lanes):
            self._lanes.wake(lane)
        await self._lanes.run()

    async def _work(self, lane: str) -> None:
        backoff = Backoff(self._rng)
        await self._client.token.until_accepted()
        self._blocked.add(lane)  # before looking: a channel that is found meanwhile must wake the lane
        step = await self._store.write(self._queue.take, lane)
        while isinstance(step, Work):
            step = await self._attempt(step, backoff)
        self._pause(lane, step)

    async def _attempt(self, work: Work, backoff: Backoff) -> Step:
        try:
            step = await self._execute(work)
        except SlackTemporary as error:
            await self._set_back(work, error)
            if self._client.token.refused is None:
                await self._rest(backoff.next_s(error.retry_after_s))
            await self._client.token.until_accepted()
        except SlackIndeterminate as error:
            log.warning("slack.post-in-doubt", post=work.post.id, error=error.slack_code)
            await asyncio.sleep(max(self._settle_s, backoff.next_s()))
        else:
            backoff.reset()
            return step
        return await self._store.write(self._queue.take, work.post.lane)

    async def _rest(self, seconds: float) -> None:
        """Wait so long, or until something may be usable again."""
        try:
            async with asyncio.timeout(seconds):
                await self._usable.wait()
        except TimeoutError:
            return

    def _pause(self, lane: str, step: Blocked | Idle) -> None:
        if isinstance(step, Blocked):
            self._lanes.wake_in(lane, BLOCKED_LOOK_S)
            return
        self._blocked.discard(lane)
        if step.due_at is not None:
            self._lanes.wake_in(lane, max(0.05, step.due_at / 1000 - self._client.own_now()))

    async def _set_back(self, work: Work, error: SlackTemporary) -> None:
        """Let a post wait for another try; one that alone fails while others pass is set aside for a while."""
        due_at = 0
        answered_at = self._client.answered_at
        others_pass = answered_at is not None and answered_at > self._monotonic() - 60
        counts = others_pass and error.slack_code != "ratelimited"  # else it says nothing of this post
        if counts and work.post.attempts >= ATTEMPTS_BEFORE_SET_ASIDE:
            due_at = round(self._client.own_now() * 1000) + SET_ASIDE_MS
            log.warning("slack.post-set-aside", post=work.post.id, error=error.slack_code)
        await self._store.write(release_post, work.post.id, due_at=due_at, error=error.slack_code, counts=counts)

    async def _execute(self, work: Work) -> Step:
        try:
            work = await self._addressing.complete(work)
            match work.post.action:
                case Action.POST:
                    return await self._post(work)
                case Action.UPDATE:
                    await self._call(work, "chat.update", ts=work.post.target_ts, **work.post.payload)
                case Action.DELETE:
                    await self._call(work, "chat.delete", ts=work.post.target_ts)
                case Action.REACT:
                    name = work.post.payload.get("name")
                    await self._call(work, "reactions.add", timestamp=work.post.target_ts, name=name)
                case Action.WHISPER:
                    return await self._whisper(work)
                case Action.PIN:
                    await self._call(work, "pins.add", timestamp=work.post.target_ts)
                case Action.CHANNEL:
                    return await self._settle(work, await self._steps.execute(work))
        except SlackPermanent as error:
            return await self._refused(work, error)
        return await self._finish(work, None)

    async def _finish(self, work: Work, ts: str | None) -> Step:
        return self._wake_freed(await self._store.write(self._queue.finish, work, ts))

    async def _settle(self, work: Work, follow: Callable[[Tx], Iterable[str]]) -> Step:
        return self._wake_freed(await self._store.write(self._queue.settle, work, follow))

    def _wake_freed(self, done: tuple[Step, list[str]]) -> Step:
        step, freed = done
        for lane in freed:
            self._lanes.wake(lane)
        return step

    async def _call(self, work: Work, method: str, **args: object) -> dict[str, object]:
        priority = _PRIORITY.get(work.post.lane.partition(":")[0], Priority.MESSAGE)
        return await self._client.call(method, priority=priority, channel=work.channel, **args)

    # Posting -----------------------------------------------------------------------------------------------

    async def _post(self, work: Work) -> Step:
        ts = await self._marks.find(work) if work.in_doubt else None
        if ts is not None:
            log.info("slack.post-found", post=work.post.id)
        else:
            answer = await self._call(work, "chat.postMessage", thread_ts=work.thread_ts, **marked(work))
            ts = str(answer.get("ts"))
        return await self._finish(work, ts)

    async def _whisper(self, work: Work) -> Step:
        """Show a hint. It cannot be read back, so a second time is worse than none."""
        if work.in_doubt:
            return await self._store.write(self._queue.drop, work, "in doubt")
        try:
            await self._call(work, "chat.postEphemeral", thread_ts=work.thread_ts, **work.post.payload)
        except SlackIndeterminate as error:
            return await self._store.write(self._queue.drop, work, error.slack_code)
        return await self._finish(work, None)

    # Refusals ----------------------------------------------------------------------------------------------

    async def _refused(self, work: Work, error: SlackPermanent) -> Step:
        code, post = error.slack_code, work.post
        if post.action in {Action.REACT, Action.WHISPER, Action.PIN, Action.CHANNEL, Action.DELETE}:
            return await self._store.write(self._queue.drop, work, code)
        if code in PERSON_GONE:
            log.warning("slack.person-not-reached", post=post.id, error=code)
            return self._wake_freed(await self._store.write(self._queue.leave_out, work, code))
        if code in BAD_CONTENT and "blocks" in post.payload:
            log.error("slack.blocks-refused", post=post.id, error=code, detail=error.detail)
            return await self._again(work, code, plain(post.payload))
        if post.action is Action.UPDATE and code in CHANNEL_TROUBLE:
            return await self._again(work, code, post.payload, pause_ms=SET_ASIDE_MS)
        if post.action is Action.UPDATE:
            log.warning("slack.update-refused", post=post.id, error=code)
            return await self._store.write(self._queue.drop, work, code)
        if code in ROOT_GONE and work.conversation_id is not None:
            log.info("slack.thread-gone", conversation=work.conversation_id, error=code)
            return await self._new_root(work, code)
        if code in ROOT_GONE:
            return await self._store.write(self._queue.drop, work, code)
        if code in CHANNEL_TROUBLE:
            return await self._channel_trouble(work, code)
        log.error("slack.post-refused", post=post.id, error=code, detail=error.detail)
        return await self._again(work, code, post.payload, pause_ms=SET_ASIDE_MS)

    async def _channel_trouble(self, work: Work, code: str) -> Step:
        """Mend the channel; if it cannot be, the queue knows what to do with what goes there."""
        mended = await self._channels.mend(work.channel, code)
        log.info("slack.channel-trouble", channel=work.channel, error=code, mended=mended)
        if not mended:
            await self._lost_direct(work.channel, code)
        return await self._again(work, code, work.post.payload)

    async def _lost_direct(self, channel: str, code: str) -> bool:
        """Move the conversation of a direct channel that cannot be used to its thread; False if it is none."""
        lanes = await self._store.write(self._steps.lost, channel, code)
        for lane in lanes or ():
            self._lanes.wake(lane)
        return lanes is not None

    async def _new_root(self, work: Work, code: str) -> Step:
        conversation_id = work.conversation_id
        assert conversation_id is not None  # noqa: S101 - asked before
        await self._store.write(unlink_thread, conversation_id)
        return await self._again(work, code, work.post.payload)

    async def _again(self, work: Work, code: str, payload: dict[str, object], *, pause_ms: int = 0) -> Step:
        due_at = round(self._client.own_now() * 1000) + pause_ms if pause_ms else 0
        await self._store.write(rewrite_post, work.post.id, payload, error=code)
        await self._store.write(release_post, work.post.id, due_at=due_at, error=code)
        return await self._store.write(self._queue.take, work.post.lane)
