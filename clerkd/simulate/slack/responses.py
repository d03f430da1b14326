"""response_urls: five answers within half an hour, without a token."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from clerkd.simulate.slack.blocks.surfaces import message_problems
from clerkd.simulate.slack.desk import Desk
from clerkd.simulate.slack.forms import fill_ids
from clerkd.simulate.slack.records import Channel, Json, User

USES = 5
LIFE_S = 30 * 60
_KNOWN = {
    "text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts", "attachments",
    "unfurl_links", "unfurl_media", "metadata",
}  # fmt: skip


@dataclass(slots=True)
class _Link:
    channel: Channel
    user: User
    expires: float
    message_ts: str | None
    uses: int = 0


class ResponseLinks:
    """The response_urls that were handed out."""

    def __init__(self, desk: Desk) -> None:
        self.base_url = ""
        self._desk = desk
        self._links: dict[str, _Link] = {}

    def issue(self, channel: Channel, user: User, message_ts: str | None = None) -> str:
        """Return a URL to answer an interaction at; `message_ts` is the message that it came from."""
        ticket = f"{self._desk.state.rng.getrandbits(96):024x}"
        expires = self._desk.state.clock.monotonic() + LIFE_S
        self._links[ticket] = _Link(channel, user, expires, message_ts)
        return f"{self.base_url}/commands/{ticket}"

    def take(self, ticket: str, body: dict[str, Any]) -> tuple[int, str]:
        """Do what was posted to a response_url; return the HTTP status and text of the answer."""
        link = self._links.get(ticket)
        if link is None:
            return 404, "no_service"
        if self._desk.state.clock.monotonic() > link.expires:
            return 404, "expired_url"
        if link.uses >= USES:
            return 404, "used_url"
        unknown = sorted(set(body) - _KNOWN)
        if unknown:
            self._desk.violations.append(f"response_url: unknown argument {', '.join(unknown)}")
            return 400, "invalid_payload"
        if message_problems(body.get("blocks") or []):
            return 400, "invalid_blocks"
        link.uses += 1
        self._desk.violations += [f"response_url: {hit}" for hit in self._desk.tripwire.find(body)]
        self.show(link.channel, link.user, body, link.message_ts)
        return 200, "ok"

    def show(self, channel: Channel, user: User, body: Json, original_ts: str | None = None) -> None:
        """Show an answer: to the one person, to the channel, or in place of the original message."""
        state, posting = self._desk.state, self._desk.posting
        text = body.get("text") or ""
        blocks = fill_ids(copy.deepcopy(body.get("blocks") or []), state.rng)
        original = channel.messages.get(original_ts or "")
        if body.get("delete_original") or body.get("replace_original"):
            self._forget_ephemeral(original_ts)
        if body.get("delete_original"):
            if original is not None:
                posting.delete(channel, original, own=True)
        elif body.get("replace_original") and original is not None:
            posting.edit(channel, original, own=True, text=text, blocks=blocks)
        elif body.get("response_type") == "in_channel":
            by = {"bot_id": state.bot.bot_id, "app_id": state.app_id, "thread_ts": body.get("thread_ts")}
            posting.post(channel, state.bot, text, own=True, blocks=blocks, **by)
        elif text or blocks:
            posting.whisper(channel, user, text, blocks, body.get("thread_ts"))

    def _forget_ephemeral(self, ts: str | None) -> None:
        state = self._desk.state
        for ephemeral in [one for one in state.ephemerals if one.ts == ts]:
            state.ephemerals.remove(ephemeral)
            state.changed("ephemeral", channel=ephemeral.channel, user=ephemeral.user)
