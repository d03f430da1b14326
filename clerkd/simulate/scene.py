"""How the demo begins: two people write to the shop, the shop answers one of them. Everything takes the real way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from clerkd.simulate.slack import SlackStandIn

CHANNEL = "clerk-sms"
PEOPLE = ("Dana", "Sam")
CUSTOMER = "+14155550142"
CUSTOMER_NAME = "Ann Lee"
COURIER = "+14155550177"

_DEADLINE_S = 15.0
_PAUSE_S = 0.6  # between what people do, as if they read first

T = TypeVar("T")


class Writers(Protocol):
    """The phones."""

    def write(self, number: str, text: str) -> None:
        """Have a phone's owner text the line."""
        ...


async def play(phones: Writers, slack: SlackStandIn) -> None:
    """Play the scene; give up quietly where the daemon does not follow, the page shows what there is."""
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await _play(phones, slack)
    except TimeoutError:
        return


async def _play(phones: Writers, slack: SlackStandIn) -> None:
    workspace = slack.workspace
    dana, sam = (name.lower() for name in PEOPLE)
    phones.write(CUSTOMER, "Hi, is the workshop open on Saturday?")
    thread = await _until(slack, lambda: _root(slack, 0))
    await _until(slack, lambda: workspace.messages(CHANNEL, thread))
    await asyncio.sleep(_PAUSE_S)
    await workspace.user_reacts(dana, CHANNEL, thread, "eyes")
    answer = await workspace.user_says(dana, CHANNEL, "Yes, from 9 to 1. Shall I keep a slot for you?", thread)
    await _until(slack, lambda: _has_reaction(slack, thread, answer, "vibration_mode"))
    await asyncio.sleep(_PAUSE_S)
    phones.write(
        CUSTOMER, "10 would be great 🙏 It is the blue van again, the brakes still make that noise when it rains."
    )
    await _until(slack, lambda: len(workspace.messages(CHANNEL, thread)) > 2)
    await asyncio.sleep(_PAUSE_S)
    await workspace.user_says(sam, CHANNEL, "// same van as in March, I will look at the front pads", thread)
    await asyncio.sleep(_PAUSE_S)
    phones.write(COURIER, "I am at the gate with two parcels and nobody answers")
    await _until(slack, lambda: _root(slack, 1))


def _root(slack: SlackStandIn, index: int) -> str | None:
    cards = [one["ts"] for one in slack.workspace.messages(CHANNEL) if one.get("user") == slack.state.bot.id]
    return cards[index] if len(cards) > index else None


def _has_reaction(slack: SlackStandIn, thread: str, ts: str, name: str) -> bool:
    replies = slack.workspace.messages(CHANNEL, thread)
    return any(one["ts"] == ts and name in {r["name"] for r in one.get("reactions", ())} for one in replies)


async def _until(slack: SlackStandIn, check: Callable[[], T | None]) -> T:
    """Return what `check` returns as soon as that is something; look again at every change of the workspace."""
    changed = asyncio.Event()
    unlisten = slack.workspace.listen(lambda _change: changed.set())
    try:
        while not (found := check()):
            await changed.wait()
            changed.clear()
        return found
    finally:
        unlisten()
