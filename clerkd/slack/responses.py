"""Answers at a response_url: where the bot is no member, and for those who alone shall see them.

A response_url is good for five answers within half an hour and is a secret: whoever has it may write there.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp
import structlog

from clerkd.slack.payload import Json
from clerkd.slack.render import Screen

TIMEOUT_S = 5.0

log = structlog.get_logger()


class Responses:
    """Answer interactions at their response_urls."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_host = urlsplit(api_url).hostname

    async def whisper(self, url: str, screen: Screen) -> bool:
        """Show a screen to the one person; tell whether Slack took it."""
        return await self._answer(url, {"response_type": "ephemeral", "replace_original": False, **screen.payload})

    async def replace(self, url: str, screen: Screen) -> bool:
        """Show a screen in place of the ephemeral message that the click came from."""
        return await self._answer(url, {"replace_original": True, **screen.payload})

    async def _answer(self, url: str, body: Json) -> bool:
        if not self._is_slacks(url):
            log.error("slack.response-url-refused", host=urlsplit(url).hostname)
            return False
        try:
            async with asyncio.timeout(TIMEOUT_S), self._session.post(url, json=body, allow_redirects=False) as answer:
                ok = answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.info("slack.response-failed", error=type(error).__name__)
            return False
        if not ok:
            log.info("slack.response-refused", status=answer.status)
        return ok

    def _is_slacks(self, url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        own = host == self._api_host
        return own or (parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com")))
