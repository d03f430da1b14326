"""One Socket Mode connection, as Slack's end sees it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from clerkd.simulate.slack.faults import Faults, SocketFault
from clerkd.simulate.slack.records import Json

GARBAGE = ("", "not json", "[]", '{"type":"hello"', '{"type":"unheard_of","envelope_id":null}')
CLOSE_HANDSHAKE_S = 1.0


class Connection:
    """One open socket: sends frames, hands received texts on, answers pings, and fails when told to."""

    def __init__(self, number: int, request: web.Request, faults: Faults) -> None:
        self.number = number
        self.acknowledged = 0
        self.silent = False  # half-open: nothing comes or goes any more
        self.greeted = False
        self._request = request
        self._faults = faults
        self._socket = web.WebSocketResponse(autoping=False, timeout=CLOSE_HANDSHAKE_S)
        self._awaits_pong = False
        self._mute_pongs = faults.take_socket(SocketFault.NO_PONG)

    @property
    def is_open(self) -> bool:
        """Whether Slack believes that it can send here."""
        return self.greeted and not self._socket.closed

    async def open(self) -> web.WebSocketResponse:
        """Answer the upgrade; the returned response ends the HTTP request once the socket is closed."""
        await self._socket.prepare(self._request)
        return self._socket

    async def greet(self, app_id: str, open_sockets: int) -> None:
        """Say hello, unless the fault of a missing hello is due."""
        self.greeted = True
        if self._faults.take_socket(SocketFault.HALF_OPEN):
            self.silent = True
        if self._faults.take_socket(SocketFault.NO_HELLO):
            return
        host = f"applink-{self.number}"
        await self._write(
            {
                "type": "hello",
                "num_connections": open_sockets,
                "debug_info": {"host": host, "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": app_id},
            }
        )

    async def send(self, frame: Json) -> bool:
        """Send an envelope; return False when the connection broke over it."""
        if self.silent:
            return True
        if self._faults.take_socket(SocketFault.GARBAGE):
            for text in GARBAGE:
                await self._socket.send_str(text)
        if self._faults.take_socket(SocketFault.CLOSE_MID_FRAME):
            self._break_inside(json.dumps(frame).encode())
            return False
        return await self._write(frame)

    async def receive(self, take_text: Callable[[Connection, str], None]) -> None:
        """Hand every text frame on until the socket is closed."""
        async for message in self._socket:
            if not self.silent:
                await self._receive_one(message, take_text)

    async def ping(self) -> None:
        """Ping as Slack does; a client that has not answered the one before is cut off."""
        if self.silent or not self.is_open:
            return
        if self._awaits_pong:
            await self.close()
            return
        self._awaits_pong = True
        try:
            await self._socket.ping(f"Ping from applink-{self.number}".encode())
        except ConnectionError:
            await self.close()

    async def say_goodbye(self, reason: str) -> None:
        """Send a `disconnect` frame; closing is the caller's next step."""
        host = f"applink-{self.number}"
        await self._write({"type": "disconnect", "reason": reason, "debug_info": {"host": host}})

    async def close(self) -> None:
        """Close with the WebSocket handshake, or without the other side after a second."""
        self.silent = False
        await self._socket.close(code=WSCloseCode.OK)

    def abort(self) -> None:
        """Cut the TCP connection."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def _receive_one(self, message: WSMessage, take_text: Callable[[Connection, str], None]) -> None:
        if message.type is WSMsgType.TEXT:
            take_text(self, message.data)
        elif message.type is WSMsgType.PING and not self._mute_pongs:
            await self._socket.pong(message.data)
        elif message.type is WSMsgType.PONG:
            self._awaits_pong = False

    async def _write(self, frame: Json) -> bool:
        if self.silent:
            return True
        try:
            await self._socket.send_str(json.dumps(frame))
        except ConnectionError:
            return False
        return True

    def _break_inside(self, payload: bytes) -> None:
        transport = self._request.transport
        if transport is not None:
            # FIN + text, a 16-bit length (RFC 6455 §5.2), and less than that length promises
            transport.write(struct.pack("!BBH", 0x81, 126, max(126, len(payload))) + payload[: len(payload) // 2])
            transport.abort()
