"""A lane that has nowhere to go, on the real store: what is found while it looks must not be missed."""

import asyncio
import random
from types import SimpleNamespace

from fakes.desk import Office
from fakes.facts import fact

from clerkd.clock import SystemClock
from clerkd.ids import Ids
from clerkd.simulate.slack import SlackStandIn
from clerkd.slack.addressing import Addressing
from clerkd.slack.cards import Cards, StoredFacts
from clerkd.slack.client import SlackClient, open_session
from clerkd.slack.limiter import Limiter
from clerkd.slack.lines import DeskLine, DeskLines
from clerkd.slack.poster import Poster
from clerkd.slack.queue import Queue
from clerkd.slack.token import Token
from clerkd.store.ops.slack_posts import Action, NewPost, add_post

LANE = "line:support"


class ChannelFoundMeanwhile:
    """Rooms in which the store's thread finds no channel, while in the loop the channel is just being found."""

    def __init__(self, channel: str, loop: asyncio.AbstractEventLoop) -> None:
        self._channel = channel
        self._loop = loop
        self.looked = 0
        self.found = lambda: None

    def id_of(self, line: str) -> str | None:
        self.looked += 1
        if self.looked > 1:
            return self._channel
        asyncio.run_coroutine_threadsafe(self._find(), self._loop).result(10)
        return None

    async def _find(self) -> None:
        self.found()

    def usable(self, channel_id: str) -> bool:
        return True


async def test_a_channel_that_is_found_while_a_lane_looks_wakes_the_lane(tmp_path):
    clock = SystemClock()
    ids = Ids(clock)
    office = Office(tmp_path / "clerkd.db", clock=clock)
    await office.store.open()
    async with SlackStandIn(rate_limits=False) as slack, open_session() as session:
        channel = slack.workspace.add_channel("clerk-sms")
        rooms = ChannelFoundMeanwhile(channel.id, asyncio.get_running_loop())
        client = SlackClient(
            token=Token("bot_token", lambda: slack.bot_token),
            api_url=slack.api_url,
            session=session,
            limiter=Limiter(clock.monotonic),
            clock=clock,
        )
        lines = DeskLines([DeskLine("support", "+14155550100", "#clerk-sms")])
        cards = Cards(lines, StoredFacts(), frozenset(), ids.new)
        poster = Poster(
            client,
            office.store,
            Queue(cards, rooms, ids.new, clock.now_ms),
            channels=SimpleNamespace(mend=None),
            steps=None,
            addressing=Addressing(client, office.store),
            rng=random.Random(1),
            monotonic=clock.monotonic,
            settle_s=0.1,
        )
        rooms.found = poster.wake_blocked
        told = NewPost(lane=LANE, action=Action.POST, payload={"text": "The line is back"}, line="support")
        await office.store.write(add_post, ids.new(), told, now=clock.now_ms())
        running = asyncio.create_task(poster.run())

        await fact(lambda: [one["text"] for one in slack.workspace.messages("clerk-sms")] == ["The line is back"])

        assert rooms.looked == 2
        running.cancel()
        await asyncio.wait({running})
    await office.store.close()
