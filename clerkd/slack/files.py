"""Fetch a file that somebody put into Slack: from Slack's own hosts alone, no larger than wanted, never a web page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from clerkd.errors import Refused
from clerkd.slack.client import SlackClient
from clerkd.slack.errors import SlackTemporary
from clerkd.slack.limiter import Priority

SLACKS_HOSTS = ("slack.com", "slack-gov.com", "slack-files.com")
TOTAL_TIMEOUT_S = 60.0
_PIECE = 64 * 1024

log = structlog.get_logger()


class FileRefused(Refused):
    """The file cannot be had; the text says why and what to do."""

    code = "slack.file"


class SlackFiles:
    """Files by their ids. Where a file is, Slack is asked: what a person's form says about it could be made up."""

    def __init__(self, client: SlackClient, session: aiohttp.ClientSession, *, api_url: str) -> None:
        self._client = client
        self._session = session
        self._api_url = api_url

    async def fetch(self, file_id: str, *, most: int) -> tuple[str, bytes]:
        """Return a file's name and its octets; raise `FileRefused`, `SlackTemporary`."""
        answer = await self._client.call("files.info", priority=Priority.INTERACTIVE, file=file_id)
        found = answer.get("file")
        record: dict[str, Any] = found if isinstance(found, dict) else {}
        name = str(record.get("name") or "file")
        url = record.get("url_private_download") or record.get("url_private")
        if not isinstance(url, str) or record.get("is_external") or record.get("mode") in {"tombstone", "external"}:
            raise FileRefused("Slack does not have the file itself. Upload it from your computer and try again.")
        if not self._is_slacks(url):
            log.warning("slack.file-elsewhere", host=urlsplit(url).hostname)
            raise FileRefused("The file is not kept by Slack. Upload it from your computer and try again.")
        if isinstance(size := record.get("size"), int) and size > most:
            raise FileRefused(f"The file is larger than {most >> 20} MB. Split it and try again.")
        return name, await self._download(url, most)

    async def _download(self, url: str, most: int) -> bytes:
        headers = {"Authorization": f"Bearer {self._client.token.text}"}
        octets = bytearray()
        try:
            async with self._session.get(
                url,
                headers=headers,
                allow_redirects=False,  # Slack leads to its sign-in page instead of refusing
                timeout=aiohttp.ClientTimeout(total=TOTAL_TIMEOUT_S),
            ) as response:
                if response.status != 200 or response.content_type == "text/html":
                    log.warning("slack.file-not-given", status=response.status, kind=response.content_type)
                    raise FileRefused(
                        "Slack did not hand the file over. The app needs the permission files:read: update its"
                        " manifest, install it again, and try again."
                    )
                async for piece in response.content.iter_chunked(_PIECE):
                    octets += piece
                    if len(octets) > most:
                        raise FileRefused(f"The file is larger than {most >> 20} MB. Split it and try again.")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackTemporary("files", "unreachable", reason=type(error).__name__) from None
        return bytes(octets)

    def _is_slacks(self, url: str) -> bool:
        """Tell whether the token may be sent there: over TLS to Slack, or to where the API itself is."""
        asked, api = urlsplit(url), urlsplit(self._api_url)
        if (asked.scheme, asked.netloc) == (api.scheme, api.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in SLACKS_HOSTS)
