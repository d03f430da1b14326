"""Find a message again by the mark that it carries: its post's id.

The mark is the first block's id. Metadata, which a workspace may refuse, carry it only where there are no blocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackIndeterminate, SlackPermanent, SlackTemporary
from clerkd.slack.ids import METADATA_EVENT, block_id, post_id_of
from clerkd.slack.limiter import Priority
from clerkd.slack.queue import Work
from clerkd.slack.refusals import ABSENT

SETTLE_S = 2.0  # after a lost answer: Slack may still be at it
LOOK_BACK_S = 120  # how far before our claim a post may stand, by Slack's clock
LOOK_PAGES = 25  # of 200: after a long outage many others may have written since

Mend = Callable[[str, str], Awaitable[bool]]  # of a channel and Slack's word: whether it can be looked into again
Lose = Callable[[str, str], Awaitable[bool]]  # the same: whether nobody can look there any more


def marked(work: Work) -> dict[str, object]:
    """Return the arguments of chat.postMessage but for the place, marked with the post's id."""
    payload = work.post.payload | {"unfurl_links": False, "unfurl_media": False, "mrkdwn": False}
    blocks = work.post.payload.get("blocks")
    if isinstance(blocks, list) and blocks:
        first = {**blocks[0], "block_id": block_id(work.post.id)}
        return payload | {"blocks": [first, *blocks[1:]]}
    return payload | {"metadata": {"event_type": METADATA_EVENT, "event_payload": {"id": work.post.id}}}


class Marks:
    """Look for a post whose fate is unknown."""

    def __init__(self, client: SlackClient, *, mend: Mend, lose: Lose, settle_s: float) -> None:
        self._client = client
        self._mend = mend
        self._lose = lose
        self._settle_s = settle_s

    async def find(self, work: Work) -> str | None:
        """Return the ts of the post if it is there; stay in doubt (`SlackIndeterminate`) if nobody can tell."""
        try:
            return await self._look(work)
        except SlackTemporary as error:
            raise SlackIndeterminate(error.method, error.slack_code) from error

    async def _look(self, work: Work) -> str | None:
        claimed_s = (work.post.claimed_at or 0) / 1000
        if 0 <= self._client.own_now() - claimed_s < self._settle_s:  # killed and restarted this very moment
            await asyncio.sleep(self._settle_s)
        oldest = f"{claimed_s + self._client.skew_ms / 1000 - LOOK_BACK_S:.6f}"
        method = "conversations.replies" if work.thread_ts else "conversations.history"
        where: dict[str, object] = {"ts": work.thread_ts} if work.thread_ts else {}
        if not work.post.payload.get("blocks"):
            where["include_all_metadata"] = True
        cursor: str | None = None
        for _ in range(LOOK_PAGES):
            try:
                answer = await self._client.call(
                    method, priority=Priority.MESSAGE, channel=work.channel, oldest=oldest, limit=200,
                    cursor=cursor, **where,
                )  # fmt: skip
            except SlackPermanent as error:
                if error.slack_code in ABSENT:
                    return None
                mended = await self._mend(work.channel, error.slack_code)
                if not mended and await self._lose(work.channel, error.slack_code):
                    return None  # nobody can look there any more: better twice than never
                raise SlackIndeterminate(method, error.slack_code) from error
            for message in answer.get("messages") or ():
                if isinstance(message, dict) and post_id_of(message) == work.post.id:
                    return str(message.get("ts"))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        return None
