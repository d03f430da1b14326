"""One Socket Mode session over one WebSocket. `clerkd.slack.sockets` keeps several of them alive.

The reader never waits for work: each envelope gets a task that keeps it and then acknowledges it on this same
socket. When too many are in flight the reader stops, which Slack notices as missing acknowledgements and answers
by sending again later; that is all the back-pressure there is and all that is needed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import structlog

from clerkd.slack.frames import Disconnect, Envelope, Hello, Noise, read_frame

HELLO_TIMEOUT_S = 10.0
UPGRADE_TIMEOUT_S = 10.0
PING_EVERY_S = 10.0
DEAD_AFTER_S = 20.0  # of silence: longer than any healthy gap between our pings' answers
LINGER_S = 30.0  # how long a socket that Slack wants to close is still read
CLOSE_TIMEOUT_S = 1.0  # Slack does not always finish the closing handshake
ACK_TIMEOUT_S = 2.5  # Slack gives 3
MOST_OCTETS = 4 << 20  # of one frame

log = structlog.get_logger()

Keep = Callable[[Envelope], Awaitable[dict[str, Any] | None]]  # what the acknowledgement carries


class SocketLost(Exception):
    """The session never began or ended at once; the text says why."""


class SocketSession:
    """From the upgrade to the end: `await open()`, then `serve()` in a task; `leaving` tells when to replace it."""

    def __init__(
        self, session: aiohttp.ClientSession, keep: Keep, *, in_flight: asyncio.Semaphore,
        on_hello: Callable[[Hello], None],
    ) -> None:  # fmt: skip
        self._session = session
        self._keep = keep
        self._in_flight = in_flight
        self._on_hello = on_hello
        self._heard_at = 0.0
        self.leaving: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self, url: str) -> None:
        """Upgrade and wait for the hello; raise `SocketLost`."""
        # With autoping aiohttp answers and swallows PONGs, and our clock of the other side's life would stand.
        try:
            async with asyncio.timeout(UPGRADE_TIMEOUT_S):
                self._ws = await self._session.ws_connect(
                    url,
                    autoping=False,
                    max_msg_size=MOST_OCTETS,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT_S),
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise SocketLost(f"upgrade failed ({type(error).__name__})") from None
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                await self._wait_hello()
        except (TimeoutError, SocketLost) as error:
            await self._abort()
            raise error if isinstance(error, SocketLost) else SocketLost("no hello") from None

    async def _wait_hello(self) -> None:
        while True:
            message = await self._ws.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                frame = read_frame(message.data)
                if isinstance(frame, Hello):
                    self._on_hello(frame)
                    return
                if isinstance(frame, Disconnect):
                    raise SocketLost(frame.reason)
            elif message.type is aiohttp.WSMsgType.PING:
                await self._ws.pong(message.data)
            elif message.type not in {aiohttp.WSMsgType.PONG, aiohttp.WSMsgType.BINARY}:
                raise SocketLost("closed before hello")

    async def serve(self) -> None:
        """Read until the socket is closed, dead, or lingered long enough; never raises but when cancelled."""
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        try:
            async with asyncio.TaskGroup() as group:
                pinger = group.create_task(self._ping(), name="slack-ping")
                reason = await self._read(group)
                self._leave(reason)
                pinger.cancel()
        finally:
            self._leave("stopped")
            await self._abort()

    async def _read(self, group: asyncio.TaskGroup) -> str:
        while True:
            message = await self._ws.receive()
            self._heard_at = asyncio.get_running_loop().time()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    await self._hear(message.data, group)
                case aiohttp.WSMsgType.PING:
                    await self._quietly(self._ws.pong(message.data))
                case aiohttp.WSMsgType.PONG | aiohttp.WSMsgType.BINARY:
                    continue
                case _:
                    return f"closed ({self._ws.close_code})"

    async def _hear(self, text: str, group: asyncio.TaskGroup) -> None:
        frame = read_frame(text)
        if isinstance(frame, Envelope):
            await self._in_flight.acquire()
            group.create_task(self._keep_and_acknowledge(frame), name="slack-envelope")
        elif isinstance(frame, Disconnect):
            self._leave(frame.reason)
        elif isinstance(frame, Noise):
            log.info("slack.frame-ignored", reason=frame.reason)

    async def _keep_and_acknowledge(self, envelope: Envelope) -> None:
        try:
            async with asyncio.timeout(ACK_TIMEOUT_S):
                answer = await self._keep(envelope)
                carried = {} if answer is None else {"payload": answer}
                await self._ws.send_str(json.dumps({"envelope_id": envelope.id, **carried}))
        except Exception as error:  # noqa: BLE001 - whatever it was, the answer is to not acknowledge: Slack sends it again
            log.warning("slack.envelope-not-acknowledged", kind=envelope.kind, error=repr(error))
        finally:
            self._in_flight.release()

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        leaving_at: float | None = None
        while True:
            await asyncio.sleep(PING_EVERY_S)
            if self.leaving.done():
                leaving_at = leaving_at or loop.time()
            silent = loop.time() - self._heard_at > DEAD_AFTER_S
            if silent or (leaving_at is not None and loop.time() - leaving_at > LINGER_S - PING_EVERY_S):
                self._leave("no answer to pings")
                await self._abort()
                return
            await self._quietly(self._ws.ping())

    async def _quietly(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except (aiohttp.ClientError, ConnectionError, RuntimeError) as error:
            log.debug("slack.socket-send-failed", error=type(error).__name__)  # the reader sees the same end

    def _leave(self, reason: str) -> None:
        if not self.leaving.done():
            self.leaving.set_result(reason)

    async def _abort(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._ws.close()
        except TimeoutError:
            log.debug("slack.socket-close-unanswered")
