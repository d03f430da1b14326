"""A conversation as work, as people meet it in a world: its card, its form, its notifications, its rows."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from typing import Any

from fakes.slack_room import texts_of
from fakes.world import CHANNEL, LINE_NUMBER, World

from clerkd.slack.ids import CardAction
from clerkd.slack.screens.skeleton import PASSING

ANN = "+447700900123"
QUICK = {"tickets": {"notify_after_s": 1, "answered_card_s": 1}}

TIMES = ("waiting_since", "remind_from", "activity_at", "told_at", "notify_at", "remind_at", "close_at",
         "snooze_until", "refresh_at", "due_at")  # fmt: skip


class Desk:
    """What Dana and Sam see and do."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people = world.slack.workspace

    # Looking -----------------------------------------------------------------------------------------------

    def roots(self) -> list[dict[str, Any]]:
        """Return the conversations' cards."""
        return [one for one in self.world.cards() if texts_of(one).startswith("📱")]

    def notifications(self, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """Return the notifications that are shown in a channel."""
        return [one for one in self.world.cards(channel) if texts_of(one).startswith("📳")]

    def user(self, name: str) -> str:
        return self.world.slack.state.user(name).id

    def inbox_of(self, name: str) -> str:
        """Return the channel in which clerkd writes to a person."""
        return self.world.slack.state.im_with(self.user(name)).id

    async def root(self, *words: str) -> dict[str, Any]:
        """Wait for the only card, and until it shows these words."""
        found = await self.world.sees(
            lambda: [one for one in self.roots() if all(word in texts_of(one) for word in words)]
        )
        assert len(found) == 1, found
        return found[0]

    async def notified(self, *words: str, channel: str = CHANNEL) -> dict[str, Any]:
        """Wait for the only notification that shows these words."""
        found = await self.world.sees(
            lambda: [one for one in self.notifications(channel) if all(word in texts_of(one) for word in words)]
        )
        assert len(found) == 1, found
        return found[0]

    def row(self) -> dict[str, Any]:
        """Return the only ticket as it is kept."""
        with closing(sqlite3.connect(self.world.daemon.state_dir / "clerkd.db")) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("SELECT * FROM tickets").fetchall()
        return dict(found[0]) if found else {}

    async def kept(self, **facts: Any) -> dict[str, Any]:
        """Wait until the only ticket is so."""
        return await self.world.sees(lambda: (row := self.row()) and facts.items() <= row.items() and row)

    # Doing -------------------------------------------------------------------------------------------------

    async def texts(self, *texts: str, number: str = ANN) -> None:
        """Have texts come, one after the other."""
        for text in texts:
            before = len(await self.world.daemon.all_messages())
            self.world.phone(number).send(LINE_NUMBER, text)
            await self.world.sees_messages(before + 1)

    async def press(self, user: str, ts: str, action: str, channel: str = CHANNEL) -> None:
        await self.people.user_clicks(user, channel, ts, action)

    async def choose(self, user: str, ts: str, action: CardAction) -> None:
        """Choose an entry of a card's menu, or of what is behind its **More…**."""
        if not await self._in_menu(user, ts, action):
            assert await self._in_menu(user, ts, CardAction.MORE), f"the card does not offer {action}"
            await self.world.sees(lambda: f'"{action.value}"' in json.dumps(self.people.top_view(user)))
            await self.people.user_clicks_in_view(user, action.value)
            await self.world.sees(lambda: (self.people.top_view(user) or {}).get("callback_id") != PASSING)

    async def _in_menu(self, user: str, ts: str, action: CardAction) -> bool:
        card = next(one for one in self.roots() if one["ts"] == ts)
        for block in card["blocks"]:
            for element in block.get("elements", ()) if block["type"] == "actions" else ():
                for option in element.get("options", ()):
                    if f'"do":"{action.value}"' in option["value"]:
                        chosen = option["value"]
                        await self.people.user_clicks(user, CHANNEL, ts, element["action_id"], choice=chosen)
                        return True
        return False

    async def form(self, user: str, ts: str, **entries: Any) -> None:
        """Open the form of a conversation, fill it in and save it."""
        await self.press(user, ts, CardAction.ASSIGN.value)
        await self.fill(user, **entries)
        await self.people.user_submits_view(user)
        await self.world.sees(lambda: self.people.top_view(user) is None)

    async def fill(self, user: str, **entries: Any) -> None:
        """Fill in the modal that a person has before them, by block_id."""
        view = await self.world.sees(lambda: (top := self.people.top_view(user)) and top.get("submit") and top)
        elements = {one["block_id"]: one["element"] for one in view["blocks"] if one["type"] == "input"}
        for block, value in entries.items():
            await self.people.user_enters(user, elements[block]["action_id"], value, block_id=block)

    async def sleep_for(self, hours: float) -> None:
        """Have the daemon be away for so long: all that is kept of tickets is that much older when it is back."""
        await self.world.daemon.stop()
        with closing(sqlite3.connect(self.world.daemon.state_dir / "clerkd.db")) as database:
            for column in TIMES:
                database.execute(f"UPDATE tickets SET {column} = {column} - ?", (round(hours * 3_600_000),))
            database.commit()
        await self._start()

    async def restart(self) -> None:
        """End the daemon and start it again."""
        await self.world.daemon.stop()
        await self._start()

    async def _start(self) -> None:
        await self.world.daemon.start()
        await self.world.daemon.ready()
        async with asyncio.timeout(10):
            await self.world.slack.sockets.until_open(2)
