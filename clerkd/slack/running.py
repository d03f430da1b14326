"""The parts of the Slack side, put together and kept running for as long as one HTTP session."""

from __future__ import annotations

import asyncio

import aiohttp
import structlog

from clerkd.ids import Ids
from clerkd.ports.store import Tx
from clerkd.slack.access import Access
from clerkd.slack.acting import Acting
from clerkd.slack.addressing import Addressing
from clerkd.slack.cards import Cards, StoredFacts
from clerkd.slack.catch_up import CatchUp
from clerkd.slack.channels import Channels
from clerkd.slack.clicks import Clicks
from clerkd.slack.client import SlackClient
from clerkd.slack.direct import DirectChannels
from clerkd.slack.direct_steps import DirectSteps
from clerkd.slack.files import SlackFiles
from clerkd.slack.hearing import Hearing
from clerkd.slack.homes import Homes
from clerkd.slack.housekeeping import Housekeeping
from clerkd.slack.inbox import Inbox
from clerkd.slack.interactions import Desk, Interactions
from clerkd.slack.ledger import Entry, Ledger
from clerkd.slack.limiter import Limiter
from clerkd.slack.narrator import Narrator
from clerkd.slack.parse import (
    AccessLost,
    ChannelChanged,
    Clicked,
    Deleted,
    Edited,
    Happening,
    Overrun,
    OwnPostGone,
    Wrote,
)
from clerkd.slack.payload import Interaction
from clerkd.slack.people import People, Person, Standing
from clerkd.slack.permissions import ByRole
from clerkd.slack.poster import Poster
from clerkd.slack.queue import Queue
from clerkd.slack.responses import Responses
from clerkd.slack.settings import Settings
from clerkd.slack.sockets import Sockets
from clerkd.slack.token import Token
from clerkd.slack.uploads import Uploads
from clerkd.slack.views import Screens
from clerkd.store.ops.notifications_shown import forget_notification
from clerkd.store.ops.slack_inbox import Received
from clerkd.store.ops.slack_places import conversation_at, current_thread, unlink_thread

log = structlog.get_logger()


class Running:
    """One run of the Slack side."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, acts: Interactions) -> None:
        self._settings = settings
        limiter = Limiter(settings.clock.monotonic, pace=settings.pace)

        def client(token: Token) -> SlackClient:
            return SlackClient(
                token=token, api_url=settings.api_url, session=session, limiter=limiter, clock=settings.clock
            )

        self._bot = client(settings.bot_token)
        app = client(settings.app_token)
        self.access = Access(
            self._bot,
            app,
            rng=settings.rng,
            app_id=lambda: self._sockets.app_id,
            on_return=self._usable_again,
        )
        self._people = People(self._bot, self.access.identity, settings.clock.monotonic, settings.roles)
        self._housekeeping = Housekeeping(settings.store, settings.clock, self._people)
        self._channels = Channels(self._bot, settings.store, settings.lines, on_change=self._usable_again)
        self._screens = Screens(self._bot)
        self._uploads = Uploads(self._bot, session)
        self._build_outgoing(acts)
        responses = Responses(session, settings.api_url)
        self._build_acting(acts, responses, session)
        self._build_incoming(responses)
        self._sockets = Sockets(app, session, self._inbox.keep, rng=settings.rng)
        self._catch_up = CatchUp(
            self._bot,
            settings.store,
            gaps=self._sockets,
            channels=lambda: self._channels.listened_to() | self._direct.channels,
            keep_event=self._inbox.keep_event,
            team=lambda: self.access.identity().team,
        )

    def _build_outgoing(self, acts: Interactions) -> None:
        """From notices to posts."""
        store, clock, lines = self._settings.store, self._settings.clock, self._settings.lines
        own_ids = Ids(clock)  # for the steps that run in the store's thread
        tickets = self._settings.tickets
        cards = Cards(lines, StoredFacts(), frozenset(acts.actions), own_ids.new)
        steps = self._steps = DirectSteps(lines, cards, own_ids.new, clock.now_ms)
        self._direct = DirectChannels(
            self._bot,
            store,
            steps=steps,
            known=self._channels,
            own_id=lambda: self.access.identity().user,
            names=self._people.names,
            wake_lane=self._wake,
        )
        self._poster = Poster(
            self._bot,
            store,
            Queue(cards, self._channels, own_ids.new, clock.now_ms),
            self._channels,
            steps=self._direct,
            addressing=Addressing(self._bot, store),
            rng=self._settings.rng,
            monotonic=clock.monotonic,
            settle_s=self._settings.settle_s,
        )
        self.narrator = Narrator(
            store,
            sink=self._settings.sink,
            ids=own_ids,
            now_ms=clock.now_ms,
            lines=lines,
            names=self._people.names,
            wake_lane=self._poster.wake,
            cards=cards,
            steps=steps,
            answered_ms=tickets.rules.answered_ms if tickets is not None else 0,
        )

    def _build_acting(self, acts: Interactions, responses: Responses, session: aiohttp.ClientSession) -> None:
        """From buttons, modals and commands to acts."""
        settings, store, clock = self._settings, self._settings.store, self._settings.clock
        self._book = Ledger(store, ids=settings.ids, now_ms=clock.now_ms, wake_lane=self._poster.wake)
        self._duties = acts.duties
        self.homes = Homes(acts, lambda: self._desk)
        self._desk = Desk(
            store=store,
            outbox=settings.outbox,
            clock=clock,
            ids=settings.ids,
            lines=settings.lines,
            channels=self._channels,
            people=self._people,
            screens=self._screens,
            statuses=settings.statuses,
            team_url=lambda: self.access.team_url,
            direct=self._steps,
            uploads=self._uploads,
            wake=self._wake,
            slack=lambda: self.health()[2],
            changed=self.homes.wake,
            files=SlackFiles(self._bot, session, api_url=settings.api_url),
            person=Person("", "", Standing.STRANGER),
        )
        self._acting = Acting(
            acts, lambda: self._desk, roles=ByRole(), book=self._book, responses=responses, homes=self.homes
        )

    def _build_incoming(self, responses: Responses) -> None:
        """From envelopes to the core."""
        settings, store, clock = self._settings, self._settings.store, self._settings.clock
        self._inbox = Inbox(
            store,
            ids=settings.ids,
            now_ms=clock.now_ms,
            identity=self.access.identity,
            act=self._act,
            give_up=self._give_up,
            answer=self._acting.answer,
            wants=self._acting.wants,
            rng=settings.rng,
        )
        self._hearing = Hearing(
            store,
            settings.outbox,
            lines=settings.lines,
            channels=self._channels,
            people=self._people,
            book=self._book,
            slack_now=self._bot.slack_now,
            own_now=self._bot.own_now,
            undo_s=settings.undo_s,
        )
        self._clicks = Clicks(
            store,
            settings.outbox,
            lines=settings.lines,
            people=self._people,
            book=self._book,
            hearing=self._hearing,
            read=self._inbox.read,
            responses=responses,
        )

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._channels.load()
        await self._direct.load()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.narrator.run(), name="slack-narrator")
            group.create_task(self._poster.run(), name="slack-poster")
            group.create_task(self._housekeeping.run(), name="slack-tidy")
            group.create_task(self._acting.run(), name="slack-acting")
            group.create_task(self.homes.run(), name="slack-homes")
            await self.access.sign_in()
            group.create_task(self._channels.run(), name="slack-channels")
            await self._channels.resolved.wait()  # an event of a channel not known yet would be taken for nothing
            group.create_task(self._inbox.run(), name="slack-inbox")
            group.create_task(self._sockets.run(), name="slack-sockets")
            group.create_task(self._catch_up.run(), name="slack-catch-up")
            group.create_task(self.access.run(), name="slack-access")
            group.create_task(self._housekeeping.learn_names(), name="slack-names")
            for name, duty in self._duties.items():
                group.create_task(duty(self._desk), name=f"slack-{name}")

    def health(self) -> tuple[bool, str, str]:
        """Return whether all is well, a stable code, and what is wrong in words."""
        trouble = self.access.trouble()
        if trouble is not None:
            return False, *trouble
        if self._sockets.trouble is not None:
            code = self._sockets.trouble.replace(" ", "-")
            return False, f"slack.{code}", f"no connection to Slack: {self._sockets.trouble}"
        advice = self._channels.advice()
        if advice is not None:
            return False, f"slack.{advice[0]}", advice[1]
        return True, "ok", "connected"

    # What came in --------------------------------------------------------------------------------------------

    async def _act(self, received: Received, happening: Happening) -> None:
        match happening:
            case Wrote():
                await self._hearing.wrote(received, happening)
            case Edited():
                await self._hearing.edited(received, happening)
            case Deleted():
                await self._hearing.deleted(received, happening)
            case Clicked():
                await self._clicks.clicked(received, happening)
            case _ if isinstance(happening, Interaction):
                await self._acting.act(received, happening)
            case _:
                await self._take_note(happening)
                await self._book.write(received, Entry())

    async def _take_note(self, happening: Happening) -> None:
        match happening:
            case OwnPostGone(place=place):
                await self._settings.store.write(_root_gone, place.channel, place.ts)
            case ChannelChanged():
                await self._channels.hear(happening)
                await self._direct.hear(happening)
            case AccessLost(what=what):
                self.access.lost(what)
            case Overrun():
                log.warning("slack.events-left-out")
                self._catch_up.missed_something()
            case _:
                log.error("slack.nobody-acts", happening=type(happening).__name__)

    async def _give_up(self, received: Received, happening: Happening) -> None:
        match happening:
            case Wrote(place=place, sender=sender) | Edited(place=place, sender=sender):
                await self._hearing.give_up(received, place, sender.user)
            case Clicked(place=place, sender=sender):
                await self._hearing.give_up(received, place, sender.user)
            case _:
                await self._book.write(received, Entry(failed=True))

    # What wakes what -------------------------------------------------------------------------------------------

    def _wake(self, lane: str) -> None:
        self._poster.wake(lane)

    def _usable_again(self) -> None:
        self._poster.wake_blocked()


def _root_gone(tx: Tx, channel: str, ts: str) -> None:
    """Have the next message of a conversation make a new card, if this was its card; or tell of it anew."""
    forget_notification(tx, channel, ts)
    conversation_id = conversation_at(tx, channel, ts)
    if conversation_id is None:
        return
    thread = current_thread(tx, conversation_id)
    if thread is not None and (thread.channel, thread.root_ts) == (channel, ts):
        unlink_thread(tx, conversation_id)
