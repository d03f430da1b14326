"""The parts of the Slack side, put together and kept running for as long as one HTTP session."""

from __future__ import annotations

import asyncio

import aiohttp
import structlog

from clerkd.ids import Ids
from clerkd.ports.store import Tx
from clerkd.slack.acting import Acting
from clerkd.slack.addressing import Addressing
from clerkd.slack.backoff import Backoff
from clerkd.slack.cards import Cards, StoredFacts
from clerkd.slack.catch_up import CatchUp
from clerkd.slack.channels import Channels
from clerkd.slack.clicks import Clicks
from clerkd.slack.client import SlackClient
from clerkd.slack.direct import DirectChannels
from clerkd.slack.direct_steps import DirectSteps
from clerkd.slack.errors import SlackError, SlackPermanent, SlackTemporary, SlackUnauthorized
from clerkd.slack.files import SlackFiles
from clerkd.slack.hearing import Hearing
from clerkd.slack.homes import Homes
from clerkd.slack.inbox import Inbox
from clerkd.slack.interactions import Desk, Interactions
from clerkd.slack.ledger import Entry, Ledger
from clerkd.slack.limiter import Limiter, Priority
from clerkd.slack.narrator import Narrator
from clerkd.slack.parse import (
    AccessLost,
    ChannelChanged,
    Clicked,
    Deleted,
    Edited,
    Happening,
    Identity,
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
from clerkd.slack.uploads import Uploads
from clerkd.slack.views import Screens
from clerkd.store.ops.notifications_shown import forget_notification
from clerkd.store.ops.slack_inbox import Received, purge_received
from clerkd.store.ops.slack_places import conversation_at, current_thread, unlink_thread
from clerkd.store.ops.slack_posts import purge_posts
from clerkd.store.ops.slack_views import purge_views
from clerkd.store.ops.tickets import waited_for

DAY_MS = 86_400_000
KEEP_SEEN_MS = 30 * DAY_MS  # longer than the catch-up looks back
KEEP_DONE_MS = 7 * DAY_MS
KEEP_POSTS_MS = 90 * DAY_MS
TIDY_EVERY_S = 3600.0
PROBE_EVERY_S = 60.0

log = structlog.get_logger()


class Running:
    """One run of the Slack side."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, acts: Interactions) -> None:
        self._settings = settings
        self._me: Identity | None = None
        self._access_lost: str | None = None
        self._team_url = ""
        limiter = Limiter(settings.clock.monotonic, pace=settings.pace)

        def client(token: str) -> SlackClient:
            return SlackClient(
                token=token, api_url=settings.api_url, session=session, limiter=limiter, clock=settings.clock
            )

        self._bot = client(settings.bot_token)
        self._people = People(self._bot, self._identity, settings.clock.monotonic, settings.roles)
        self._channels = Channels(self._bot, settings.store, settings.lines, on_change=self._channels_changed)
        self._screens = Screens(self._bot)
        self._uploads = Uploads(self._bot, session)
        self._build_outgoing(acts)
        responses = Responses(session, settings.api_url)
        self._build_acting(acts, responses, session)
        self._build_incoming(responses)
        self._sockets = Sockets(client(settings.app_token), session, self._inbox.keep, rng=settings.rng)
        self._catch_up = CatchUp(
            self._bot,
            settings.store,
            gaps=self._sockets,
            channels=lambda: self._channels.listened_to() | self._direct.channels,
            keep_event=self._inbox.keep_event,
            team=lambda: self._identity().team,
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
            own_id=lambda: self._identity().user,
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
            team_url=lambda: self._team_url,
            direct=self._steps,
            uploads=self._uploads,
            wake=self._wake,
            changed=self.homes.wake,
            files=SlackFiles(self._bot, session, token=settings.bot_token, api_url=settings.api_url),
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
            identity=self._identity,
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
            group.create_task(self._tidy(), name="slack-tidy")
            group.create_task(self._acting.run(), name="slack-acting")
            group.create_task(self.homes.run(), name="slack-homes")
            await self._find_out_who_we_are()
            group.create_task(self._channels.run(), name="slack-channels")
            await self._channels.resolved.wait()  # an event of a channel not known yet would be taken for nothing
            group.create_task(self._inbox.run(), name="slack-inbox")
            group.create_task(self._sockets.run(), name="slack-sockets")
            group.create_task(self._catch_up.run(), name="slack-catch-up")
            group.create_task(self._probe(), name="slack-probe")
            group.create_task(self._learn_names(), name="slack-names")
            for name, duty in self._duties.items():
                group.create_task(duty(self._desk), name=f"slack-{name}")

    def health(self) -> tuple[bool, str, str]:
        """Return whether all is well, a stable code, and what is wrong in words."""
        error = self._bot.last_error
        if isinstance(error, SlackUnauthorized) or self._access_lost is not None:
            code = error.slack_code if error is not None else self._access_lost
            return False, f"slack.{code}", f"Slack refuses the bot token ({code}): install the app again"
        if self._me is None:
            return False, "slack.connecting", f"Slack has not answered yet{_because(error)}"
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
                log.error("slack.access-lost", reason=what)
                self._access_lost = what
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

    # Who and where we are ------------------------------------------------------------------------------------

    def _identity(self) -> Identity:
        me = self._me
        if me is None:
            msg = "nothing can come in before Slack has said who we are"
            raise RuntimeError(msg)
        return Identity(me.team, me.user, me.bot, self._sockets.app_id)

    async def _find_out_who_we_are(self) -> None:
        backoff = Backoff(self._settings.rng, most_s=60.0)
        while self._me is None:
            try:
                answer = await self._bot.call("auth.test", priority=Priority.INTERACTIVE)
            except (SlackTemporary, SlackPermanent) as error:
                log.warning("slack.not-reachable", error=error.slack_code)
                await asyncio.sleep(backoff.next_s(error.retry_after_s if isinstance(error, SlackTemporary) else None))
                continue
            self._team_url = str(answer.get("url") or "")
            self._me = Identity(str(answer.get("team_id")), str(answer.get("user_id")), answer.get("bot_id"))
            log.info("slack.signed-in", team=self._me.team, user=self._me.user)

    async def _probe(self) -> None:
        """Notice when a token that was refused works again."""
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            if self._access_lost is None and not isinstance(self._bot.last_error, SlackUnauthorized):
                continue
            try:
                await self._bot.call("auth.test")
            except (SlackTemporary, SlackPermanent) as error:
                log.info("slack.still-refused", error=error.slack_code)
            else:
                self._access_lost = None
                self._poster.wake_blocked()

    def _wake(self, lane: str) -> None:
        self._poster.wake(lane)

    def _channels_changed(self) -> None:
        self._poster.wake_blocked()

    async def _learn_names(self) -> None:
        """Look up whom notifications will name; who cannot be asked for now is named when they act."""
        for user in await self._settings.store.read(waited_for):
            try:
                await self._people.find(user)
            except SlackTemporary as error:
                log.info("slack.names-not-learnt", error=error.slack_code)
                return

    async def _tidy(self) -> None:
        store, clock = self._settings.store, self._settings.clock
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            self._people.forget()
            now = clock.now_ms()
            await store.write(purge_received, acted_before=now - KEEP_DONE_MS, seen_before=now - KEEP_SEEN_MS)
            await store.write(purge_views, before=now - DAY_MS)
            await store.write(purge_posts, before=now - KEEP_POSTS_MS)


def _because(error: SlackError | None) -> str:
    return f": {error.message}" if error is not None else ""


def _root_gone(tx: Tx, channel: str, ts: str) -> None:
    """Have the next message of a conversation make a new card, if this was its card; or tell of it anew."""
    forget_notification(tx, channel, ts)
    conversation_id = conversation_at(tx, channel, ts)
    if conversation_id is None:
        return
    thread = current_thread(tx, conversation_id)
    if thread is not None and (thread.channel, thread.root_ts) == (channel, ts):
        unlink_thread(tx, conversation_id)
