"""Hand a file to one person: uploaded to Slack, shown in their direct messages with the app."""

from __future__ import annotations

from typing import IO
from urllib.parse import urlsplit

import aiohttp
import structlog

from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackPermanent, SlackTemporary
from clerkd.slack.limiter import Priority

UPLOAD_TIMEOUT_S = 300.0

log = structlog.get_logger()


class Uploads:
    """Slack's three steps: a place for the octets, the octets, the message that shows them."""

    def __init__(self, client: SlackClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session

    async def hand_to(self, user: str, name: str, octets: IO[bytes], length: int, words: str) -> None:
        """Show a file to a user; raise `SlackPermanent`, `SlackTemporary`. Done twice it is there twice."""
        room = await self._client.call("conversations.open", priority=Priority.INTERACTIVE, users=user)
        place = await self._client.call(
            "files.getUploadURLExternal", priority=Priority.INTERACTIVE, filename=name, length=length
        )
        await self._upload(str(place.get("upload_url")), octets)
        await self._client.call(
            "files.completeUploadExternal",
            priority=Priority.INTERACTIVE,
            channel=None,
            channel_id=str((room.get("channel") or {}).get("id")),
            files=[{"id": str(place.get("file_id")), "title": name}],
            initial_comment=words,
        )

    async def _upload(self, url: str, octets: IO[bytes]) -> None:
        """Send the octets; the address is a secret of its own, and the token does not go along."""
        timeout = aiohttp.ClientTimeout(total=UPLOAD_TIMEOUT_S)
        try:
            async with self._session.post(url, data=octets, timeout=timeout, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackTemporary("files", "unreachable", reason=type(error).__name__) from None
        if status != 200:
            log.warning("slack.upload-refused", host=urlsplit(url).hostname, status=status)
            raise SlackPermanent("files", f"http_{status}")
