"""A desk at work: the real core on a real store, one small real line, and the stand-in for Slack."""

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.contact_book import contacts_of, imports_of
from fakes.desk import PEER, Office
from fakes.facts import fact

from clerkd.clock import SystemClock
from clerkd.core.desk.notifications import TOPICS, Notifications
from clerkd.core.desk.reminders import Reminders
from clerkd.core.desk.tickets import Tickets
from clerkd.core.inbound.inbox import Inbox
from clerkd.model.inbound import Inbound, InboundSegment
from clerkd.model.message import Encoding
from clerkd.model.ticket import TicketRules
from clerkd.simulate.slack import SlackStandIn
from clerkd.slack.desk import SlackDesk
from clerkd.slack.lines import DeskLine

CHANNEL = "clerk-sms"


class Kept:
    """An envelope whose acknowledgement can be seen."""

    def __init__(self, payload: Inbound) -> None:
        self.payload = payload
        self.acknowledged = False

    async def acknowledge(self) -> None:
        self.acknowledged = True


class Room:
    """The office with its Slack desk; what people see is read from the stand-in."""

    def __init__(
        self, office: Office, slack: SlackStandIn, *, rules: TicketRules | None = None, **options: Any
    ) -> None:
        self.office = office
        self.slack = slack
        self.workspace = slack.workspace
        self._options = options
        self._texts = 0
        self.inbox = Inbox(store=office.store, clock=office.clock, ids=office.ids, space=office.room)
        self.rules = rules or TicketRules()
        self.reminders = Reminders(office.store, office.clock, self.rules)
        self.notifications = Notifications(office.store, self.reminders, self.rules)
        office.publisher.add(self.notifications, TOPICS)
        self.tickets = Tickets(office.store, office.clock, self.reminders, self.rules)
        self.contacts, self.imports = contacts_of(office), imports_of(office)
        self._running: asyncio.Task[None] | None = None
        self.desk = self._new_desk()

    def _new_desk(self) -> SlackDesk:
        desk = SlackDesk(
            **{
                "store": self.office.store,
                "outbox": self.office.outbox,
                "clock": self.office.clock,
                "ids": self.office.ids,
                "bot_token": lambda: self.slack.bot_token,
                "app_token": lambda: self.slack.app_token,
                "api_url": self.slack.api_url,
                "lines": [DeskLine("support", "+14155550100", f"#{CHANNEL}")],
                "pace": 1000.0,
                "settle_s": 0.1,  # the stand-in is never still at it when an answer was lost
                "tickets": self.tickets,
                "contacts": self.contacts,
                "imports": self.imports,
            }
            | self._options
        )
        self.office.publisher.add(desk)
        return desk

    async def start(self) -> None:
        """Run the desk and wait until it hears."""
        self._running = asyncio.get_running_loop().create_task(self.desk.run(), name="desk under test")
        async with asyncio.timeout(10):
            await self.slack.sockets.until_open(2)

    async def crash(self) -> None:
        """End the desk as a power cut would, as far as it can be felt: no farewell, nothing finished."""
        assert self._running is not None
        self._running.cancel()
        await asyncio.wait({self._running})
        assert self._running.cancelled(), self._running.exception()
        self.desk = self._new_desk()

    def reconfigure(self, **options: Any) -> None:
        """Give the desk that is started next other options."""
        self._options |= options
        self.desk = self._new_desk()

    async def stop(self) -> None:
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.wait({self._running})
        if self._running is not None and not self._running.cancelled():
            raise AssertionError("the desk ended by itself") from self._running.exception()

    # Texts ----------------------------------------------------------------------------------------------

    async def text(self, text: str, sender: str = PEER, *, line: str = "support", **facts: Any) -> None:
        """Have a text arrive on a line; `facts` are fields of `InboundSegment`."""
        self._texts += 1
        segment = InboundSegment(
            line=line,
            sim="8944500000000000001",
            pdu=f"{self._texts} {text}".encode("utf-8", "surrogatepass"),
            received_at=self.office.clock.now_ms(),
            sender=sender,
            sent_at=None,
            encoding=Encoding.UCS2,
            text=text,
            **facts,
        )
        await self.arrives(segment)

    async def arrives(self, payload: Inbound) -> None:
        """Have anything arrive on the line."""
        envelope = Kept(payload)
        await self.inbox.receive(envelope)
        assert envelope.acknowledged

    # What people see ------------------------------------------------------------------------------------

    @property
    def bot(self) -> str:
        return self.slack.state.bot.id

    def cards(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Return the bot's top-level messages."""
        return [one for one in self.workspace.messages(channel) if one.get("user") == self.bot]

    def replies(self, root: str, channel: str = CHANNEL) -> list[dict[str, Any]]:
        return self.workspace.messages(channel, root)

    def reactions(self, ts: str, root: str | None = None, channel: str = CHANNEL) -> set[str]:
        for one in self.workspace.messages(channel, root):
            if one["ts"] == ts:
                return {reaction["name"] for reaction in one.get("reactions", [])}
        return set()

    async def card(self, number: int = 1) -> str:
        """Wait for the contact cards and return the newest one's ts."""
        cards = await self.sees(lambda: len(self.cards()) >= number and self.cards())
        assert len(cards) == number, cards
        return str(cards[-1]["ts"])

    async def thread(self, root: str, count: int) -> list[dict[str, Any]]:
        """Wait until a thread has so many replies and return them."""
        replies = await self.sees(lambda: len(self.replies(root)) >= count and self.replies(root))
        assert len(replies) == count, [one["text"] for one in replies]
        return replies

    async def reacted(self, ts: str, name: str, root: str | None = None) -> set[str]:
        """Wait for a reaction and return all there are."""
        await self.sees(lambda: name in self.reactions(ts, root))
        return self.reactions(ts, root)

    async def whispered(self, user: str, number: int = 1) -> str:
        """Wait for something that only `user` sees and return its text."""
        shown = await self.sees(
            lambda: len(self.workspace.ephemerals(user)) >= number and self.workspace.ephemerals(user)
        )
        assert len(shown) == number, shown
        return str(shown[-1]["text"])

    async def sees(self, check: Callable[[], Any], within_s: float = 10.0) -> Any:
        return await fact(check, within_s)

    async def quiet(self) -> None:
        """Wait until Slack has delivered everything and the desk has acted on and said everything."""
        assert await self.slack.feed.quiet()
        async with asyncio.timeout(10):
            while await self.office.store.read(_open_work):
                await asyncio.sleep(0.005)


def _open_work(tx: Any) -> int:
    row = tx.one(
        "SELECT (SELECT count(*) FROM slack_posts WHERE state IN ('waiting', 'sending') AND due_at = 0)"
        " + (SELECT count(*) FROM slack_inbox WHERE state = 'waiting')"
        " + (SELECT count(*) FROM notices WHERE seq > coalesce((SELECT seq FROM sinks WHERE name = 'slack'), 0)) AS n"
    )
    return int(row["n"])


def texts_of(message: dict[str, Any]) -> str:
    """Return the words of a message's rich_text, as a reader sees them."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") in {"text", "plain_text"} and isinstance(node.get("text"), str):
                found.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(message.get("blocks"))
    return "".join(found)


def links_of(shown: dict[str, Any]) -> list[str]:
    """Return where the rows of a view or a message lead, in their order."""
    sections = [part for block in shown["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    return [one["url"] for part in sections for one in part["elements"] if one["type"] == "link"]


def buttons_of(message: dict[str, Any]) -> dict[str, str]:
    """Return the buttons of a message: label to action_id."""
    return {
        element["text"]["text"]: element["action_id"]
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    }


def pretty(value: Any) -> str:
    """Return JSON as the snapshots hold it."""
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@asynccontextmanager
async def open_room(path: Path, *, start: bool = True, stand_in: dict[str, Any] | None = None, **options: Any):
    """A room with Dana and Sam in `#clerk-sms`. A wrong call to Slack, or a post made twice, fails the test."""
    office = Office(path / "clerkd.db", clock=SystemClock())
    await office.store.open()
    # An event that found no socket is tried again soon, not after a minute as by Slack: rooms are restarted often.
    shape = {"rate_limits": False, "retry_delays_s": (0, 1, 2), **(stand_in or {})}
    async with SlackStandIn(**shape) as slack:
        for name in ("dana", "sam"):
            slack.workspace.add_user(name)
        slack.workspace.add_channel(CHANNEL, "dana", "sam")
        room = Room(office, slack, **options)
        core = asyncio.get_running_loop().create_task(_core(room))
        try:
            if start:
                await room.start()
            yield room
            await room.stop()
            assert slack.violations == []
            assert slack.duplicates() == {}
        finally:
            await room.stop()
            core.cancel()
            await asyncio.wait({core})
    await office.store.close()


async def _core(room: Room) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(room.office.dispatcher.run())
        tasks.create_task(room.office.schedule.run())
        tasks.create_task(room.office.recurring.run())
        tasks.create_task(room.notifications.run())
        tasks.create_task(room.reminders.run())
        tasks.create_task(room.inbox.run())
        tasks.create_task(room.imports.run())
