"""Somebody before a modal of the stand-in's workspace, in end-to-end tests."""

import asyncio
from typing import Any

from fakes.slack_room import texts_of
from fakes.world import CHANNEL, World


class Person:
    """What one person does and sees in modals."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._workspace = world.slack.workspace
        self.name = name

    async def connected(self) -> None:
        """Wait until the app hears: what a person presses before that is lost, as in Slack."""
        async with asyncio.timeout(15):
            await self._world.slack.sockets.until_open(2)

    async def runs(self, words: str = "") -> None:
        """Run `/clerk …` in the line's channel."""
        await self.connected()
        await self._workspace.user_runs(self.name, "/clerk", words, channel=CHANNEL)

    async def sees(self, callback: str, *words: str) -> dict[str, Any]:
        """Wait for a modal that says all of `words`, and return it."""
        return await self._world.sees(lambda: self._top(callback, words))

    def _top(self, callback: str, words: tuple[str, ...]) -> dict[str, Any] | None:
        view = self._workspace.top_view(self.name)
        if view is None or view["callback_id"] != callback:
            return None
        return view if all(word in texts_of(view) for word in words) else None

    def reads(self) -> str:
        """Return all that the modal before them says."""
        return texts_of(self._workspace.top_view(self.name) or {})

    async def searches(self, action: str, query: str) -> list[dict[str, Any]]:
        """Type into a menu and return what it offers."""
        return await self._workspace.user_searches(self.name, action, query)

    async def enters(self, action: str, value: Any) -> None:
        """Choose, tick or pick."""
        await self._workspace.user_enters(self.name, action, value)

    async def types(self, action: str, text: str) -> None:
        """Type into a box, letter by letter if the app wants to know."""
        await self._workspace.user_enters(self.name, action, text)

    async def presses(self, label: str, number: int = 0) -> None:
        """Press the button of this label in the modal before them."""
        view = self._workspace.top_view(self.name) or {}
        found = [
            (one["action_id"], block["block_id"])
            for block in view["blocks"]
            if block["type"] == "actions"
            for one in block["elements"]
            if one.get("text", {}).get("text") == label
        ]
        action, block_id = found[number]
        await self._workspace.user_clicks_in_view(self.name, action, block_id=block_id)

    async def submits(self, view_id: str | None = None) -> dict[str, Any]:
        """Press Submit and return the app's answer."""
        outcome = await self._workspace.user_submits_view(self.name, view_id)
        assert outcome is not None, "a required field is empty"
        return outcome.payload or {}


def links_in(message: dict[str, Any]) -> list[str]:
    """Return the addresses that a message links to."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "link":
                found.append(node["url"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(message.get("blocks"))
    return found
