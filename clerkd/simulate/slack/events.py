"""The Events API: who hears of what, and how often Slack tries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clerkd.simulate.slack.records import Channel, Json
from clerkd.simulate.slack.sockets import Envelope, Fate, SocketHub
from clerkd.simulate.slack.state import State
from clerkd.simulate.slack.timetable import Timetable

RETRY_DELAYS_S = (0.0, 60.0, 300.0)  # after the first try: at once, a minute later, five minutes later
SAME_ENVELOPE_SHARE = 0.25  # a retry sometimes comes under the envelope id of the first try
SETTLE_S = 0.5

SUBSCRIPTIONS = frozenset(
    {
        "app_home_opened", "app_mention", "app_uninstalled", "tokens_revoked", "message.channels", "message.groups",
        "message.im", "reaction_added", "reaction_removed", "channel_archive", "channel_unarchive", "channel_deleted",
        "channel_rename", "channel_id_changed", "channel_shared", "channel_unshared", "channel_left", "group_archive",
        "group_unarchive", "group_deleted", "group_rename", "group_left", "member_joined_channel",
    }
)  # fmt: skip
_MESSAGE_SUBSCRIPTION = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


@dataclass(frozen=True, slots=True)
class LostEvent:
    """An event that was given up after the last retry."""

    event_id: str
    type: str


class EventFeed:
    """Wrap events, deliver each until it is acknowledged or the retries are used up."""

    def __init__(
        self,
        state: State,
        sockets: SocketHub,
        timetable: Timetable,
        *,
        subscriptions: Iterable[str] = SUBSCRIPTIONS,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        duplicate_share: float = 0.0,
        reorder_s: float = 0.0,
    ) -> None:
        self.lost: list[LostEvent] = []
        self.acknowledged = 0
        self.retries = 0
        self.resting = 0  # events that wait for the time of their next retry
        self.subscriptions = frozenset(subscriptions)
        self._state = state
        self._sockets = sockets
        self._timetable = timetable
        self._retry_delays_s = tuple(retry_delays_s)
        self._duplicate_share = duplicate_share
        self._reorder_s = reorder_s
        self._tasks: asyncio.TaskGroup | None = None
        self._withheld: list[Json] = []
        self._first_tries = 0
        self._unacknowledged = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Deliver from now on, in tasks of this group."""
        self._tasks = tasks

    def stop(self) -> None:
        """Give up what is still being tried."""
        self._tasks = None
        for task in tuple(self._under_way):
            task.cancel()

    def publish(self, event: Json, channel: Channel | None = None, *, own: bool = False) -> None:
        """Tell the app of an event, if it subscribed to it and its bot is there.

        Its own doings (`own`) come before or after the answer of the call that did them, as the seed wants it.
        """
        if not self._is_wanted(event, channel):
            return
        wrapped = self._wrap(event, channel)
        copies = 2 if self._state.rng.random() < self._duplicate_share else 1
        if own and self._state.rng.random() < 0.5:
            self._withheld += [wrapped] * copies
        else:
            for _ in range(copies):
                self._start(wrapped)

    def repeat(self, event: Json, channel: Channel | None = None) -> str:
        """Deliver an event twice under one event_id, as Slack does when it missed an acknowledgement; return the id."""
        wrapped = self._wrap(event, channel)
        self._start(wrapped)
        self._start(wrapped)
        return str(wrapped["event_id"])

    def release(self) -> None:
        """Let go of the events that had to wait for an answer to be sent first."""
        withheld, self._withheld = self._withheld, []
        for wrapped in withheld:
            self._start(wrapped)

    async def settle(self) -> None:
        """Return when every event was tried once, or after half a second."""
        await self._wait_for(lambda: self._first_tries == 0, SETTLE_S)

    async def quiet(self, timeout_s: float = 5.0) -> bool:
        """Return True when no event is under way any more, False when that took too long (in real seconds)."""
        return await self._wait_for(lambda: not (self._unacknowledged or self._withheld), timeout_s)

    # Delivery ------------------------------------------------------------------------------------------

    def _start(self, wrapped: Json) -> None:
        if self._tasks is None:
            return  # stopped, or not started: nobody is there to hear
        self._first_tries += 1
        self._unacknowledged += 1
        task = self._tasks.create_task(self._deliver(wrapped), name=f"event {wrapped['event_id']}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, wrapped: Json) -> None:
        first_id = self._state.new_uuid()
        retry: Json = {"retry_attempt": 0, "retry_reason": ""}
        envelope = Envelope(first_id, "events_api", wrapped, retry=retry)
        if self._reorder_s:
            await self._timetable.sleep(self._state.rng.uniform(0, self._reorder_s))
        outcome = await self._sockets.deliver(envelope, tried=self._note_first_try)
        for attempt, delay_s in enumerate(self._retry_delays_s, start=1):
            if outcome.fate is Fate.ACKNOWLEDGED:
                break
            if delay_s:
                self.resting += 1
                await self._timetable.sleep(delay_s)
                self.resting -= 1
            self.retries += 1
            reason = "timeout" if outcome.fate is Fate.TIMED_OUT else "connection_failed"
            same = self._state.rng.random() < SAME_ENVELOPE_SHARE
            envelope_id = first_id if same else self._state.new_uuid()
            retry = {"retry_attempt": attempt, "retry_reason": reason}
            outcome = await self._sockets.deliver(Envelope(envelope_id, "events_api", wrapped, retry=retry))
        if outcome.fate is Fate.ACKNOWLEDGED:
            self.acknowledged += 1
        else:
            self.lost.append(LostEvent(wrapped["event_id"], wrapped["event"]["type"]))
        self._unacknowledged -= 1
        self._moved.set()

    def _note_first_try(self) -> None:
        self._first_tries -= 1
        self._moved.set()

    async def _wait_for(self, fact: Callable[[], bool], timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                while not fact():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    # Content -------------------------------------------------------------------------------------------

    def _is_wanted(self, event: Json, channel: Channel | None) -> bool:
        subscription = event["type"]
        if subscription == "message":
            subscription = _MESSAGE_SUBSCRIPTION[event["channel_type"]]
        if subscription not in self.subscriptions:
            return False
        # Leaving, or being removed, is told to the one who left.
        leaves = event["type"] in ("channel_left", "group_left")
        return channel is None or leaves or self._state.bot.id in channel.members

    def _wrap(self, event: Json, channel: Channel | None) -> Json:
        team = self._state.team.id
        return {
            "token": "verification-test",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": self._state.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": self._state.new_id("Ev"),
            "event_time": self._state.clock.now_ms() // 1000,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": self._state.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
            "event_context": self._state.new_id("4-"),
        }
