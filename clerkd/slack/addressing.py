"""The last thing before a post is made: people's ids become the channels of direct messages, links become addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from clerkd.ports.store import Store, Tx
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent
from clerkd.slack.ids import NotificationAction
from clerkd.slack.limiter import Priority
from clerkd.slack.queue import Work
from clerkd.slack.whereabouts import answered_at
from clerkd.store.ops.slack_direct import open_direct
from clerkd.store.ops.slack_posts import get_post

LINK = "link"  # the key of a payload under which a post says where its button **Reply** leads
REMEMBERED = 1000  # permalinks

log = structlog.get_logger()


class Addressing:
    """Ask Slack for what a post needs and the queue cannot know. Asking again changes nothing."""

    def __init__(self, client: SlackClient, store: Store) -> None:
        self._client = client
        self._store = store
        self._rooms: dict[str, str] = {}
        self._permalinks: dict[tuple[str, str], str] = {}

    async def complete(self, work: Work) -> Work:
        """Return the work with its channel and content complete; raise what Slack answered for a person."""
        if is_person(work.channel):
            work = replace(work, channel=await self._room_with(work.channel))
        link = work.post.payload.get(LINK)
        if not isinstance(link, dict):
            return work
        payload = _linked(work.post.payload, await self._permalink(link))
        return replace(work, post=replace(work.post, payload=payload))

    async def _room_with(self, user: str) -> str:
        room = self._rooms.get(user)
        if room is None:
            answer = await self._client.call("conversations.open", priority=Priority.STATUS, users=user)
            room = self._rooms[user] = str((answer.get("channel") or {}).get("id"))
        return room

    async def _permalink(self, link: Mapping[str, Any]) -> str | None:
        """Return the address of a message that can be seen, None if there is none."""
        places = await self._store.read(_places, str(link.get("post", "")), str(link.get("conversation", "")))
        for place in places:
            known = self._permalinks.get(place)
            if known is not None:
                return known
            try:
                answer = await self._client.call(
                    "chat.getPermalink", priority=Priority.STATUS, channel=place[0], message_ts=place[1]
                )
            except SlackPermanent as error:  # deleted, or too old for the workspace's plan
                log.info("slack.no-permalink", error=error.slack_code)
                continue
            if len(self._permalinks) >= REMEMBERED:
                self._permalinks.clear()
            self._permalinks[place] = str(answer.get("permalink"))
            return self._permalinks[place]
        return None


def is_person(channel: str) -> bool:
    """Tell whether a place is a user's id."""
    return channel.startswith(("U", "W"))


def _places(tx: Tx, post_id: str, conversation_id: str) -> list[tuple[str, str]]:
    """Return where the message is, and where its conversation is in case it is gone, or the conversation has moved."""
    post, answered = get_post(tx, post_id), answered_at(tx, conversation_id)
    found = [(post.channel, post.ts)] if post is not None and post.channel is not None and post.ts is not None else []
    direct = open_direct(tx, conversation_id)
    if direct is not None:
        found = [place for place in found if place[0] == direct.channel]
    return [*found, *([answered] if answered is not None else [])]


def _linked(payload: Mapping[str, Any], url: str | None) -> dict[str, Any]:
    """Return a payload whose button leads somewhere, or without the button."""
    blocks: list[dict[str, Any]] = []
    for block in payload.get("blocks") or ():
        elements = block.get("elements")
        if block.get("type") != "actions" or not isinstance(elements, list):
            blocks.append(block)
            continue
        kept = [one for one in elements if url or not _leads(one)]
        blocks.append(block | {"elements": [one | {"url": url} if _leads(one) else one for one in kept]})
    return {key: value for key, value in payload.items() if key != LINK} | ({"blocks": blocks} if blocks else {})


def _leads(element: Mapping[str, Any]) -> bool:
    return element.get("action_id") == NotificationAction.REPLY.value
