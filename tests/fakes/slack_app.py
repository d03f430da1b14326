"""A small app on the stock Socket Mode client."""

import asyncio
from typing import Self

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from clerkd.simulate.slack import SlackStandIn


def web_client_of(stand_in: SlackStandIn) -> AsyncWebClient:
    """The stock client, set up as an app should: nothing is sent again behind its back."""
    return AsyncWebClient(token=stand_in.bot_token, base_url=stand_in.api_url, retry_handlers=[])


class Listener:
    """An app on the stock client: acknowledges everything (with the payload `answers` gives) and keeps what came."""

    def __init__(self, stand_in: SlackStandIn) -> None:
        self.client = SocketModeClient(stand_in.app_token, web_client=web_client_of(stand_in), ping_interval=1)
        self.client.socket_mode_request_listeners.append(self._take)
        self.heard: asyncio.Queue[SocketModeRequest] = asyncio.Queue()
        self.answers: dict[str, dict] = {}
        self.acknowledges = True

    async def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.heard.put_nowait(request)
        if self.acknowledges:
            answer = self.answers.get(request.payload.get("type", ""))
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    async def next(self) -> SocketModeRequest:
        async with asyncio.timeout(5):
            return await self.heard.get()

    def everything(self) -> list[SocketModeRequest]:
        """Return what was heard so far, and forget it."""
        return [self.heard.get_nowait() for _ in range(self.heard.qsize())]

    async def __aenter__(self) -> Self:
        await self.client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
