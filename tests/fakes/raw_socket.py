"""One Socket Mode connection under a test's full control."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

import aiohttp

from clerkd.simulate.slack import SlackStandIn


class RawSocket:
    """Opens a connection by hand; nothing is acknowledged, answered or ponged unless the test says so."""

    def __init__(self, stand_in: SlackStandIn, url: str | None = None, *, ponging: bool = True) -> None:
        self._stand_in = stand_in
        self._url = url
        self._ponging = ponging
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        if self._url is None:
            self._url = await self.new_url()
        try:
            self.socket = await self._session.ws_connect(
                self._url, autoping=self._ponging, timeout=aiohttp.ClientWSTimeout(ws_close=0.1)
            )
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()
        await self._session.close()

    async def new_url(self) -> str:
        """Ask for a URL, as `apps.connections.open` gives it."""
        headers = {"Authorization": f"Bearer {self._stand_in.app_token}"}
        async with self._session.post(f"{self._stand_in.api_url}apps.connections.open", headers=headers) as answer:
            return str((await answer.json())["url"])

    async def frame(self, within_s: float = 3.0) -> dict[str, Any]:
        """Return the next frame; raise `TimeoutError` when none comes, `ConnectionError` when the socket ended."""
        async with asyncio.timeout(within_s):
            message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(str(message.type))
        return dict(json.loads(message.data))

    async def acknowledge(self, envelope_id: str, **payload: Any) -> None:
        """Acknowledge an envelope, with a payload if there are words for it."""
        answer = {"envelope_id": envelope_id} | ({"payload": payload} if payload else {})
        await self.socket.send_json(answer)
