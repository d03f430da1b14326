"""One bound connection: requests with their answers, and what the carrier delivers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clerkd.carriers.errors import AccountRefused, NoAnswer, Unreachable
from clerkd.carriers.smpp import pdu
from clerkd.carriers.smpp.pdu import Pdu

CONNECT_S = 10.0
ANSWER_S = 20.0
ENQUIRE_S = 30.0

_BIND_REFUSALS = {0x05: "already bound", 0x0D: "bind failed", 0x0E: "wrong password", 0x0F: "unknown system_id"}

# Return whether it was kept, and so may be forgotten by the carrier.
Deliver = Callable[[Pdu], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Account:
    """Where to bind, and as whom."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str


class Session:
    """Bind with `opened`, then let `run` read until the connection ends."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deliver: Deliver) -> None:
        self._reader = reader
        self._writer = writer
        self._deliver = deliver
        self._sequence = 0
        self._answers: dict[int, asyncio.Future[Pdu]] = {}
        self.ended = False

    @classmethod
    async def connect(cls, account: Account, deliver: Deliver) -> Session:
        """Connect; raise `Unreachable`."""
        context = ssl.create_default_context() if account.tls else None
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(account.host, account.port, ssl=context)
        except (OSError, TimeoutError) as reason:
            why = str(reason) or "no answer"
            raise Unreachable(f"{account.host}:{account.port} cannot be reached: {why}") from reason
        return cls(reader, writer, deliver)

    async def bind(self, account: Account) -> None:
        """Bind as transceiver while `run` reads; raise `AccountRefused` or `Unreachable`."""
        try:
            answer = await self.request(pdu.BIND_TRANSCEIVER, pdu.bind(account.system_id, account.password))
        except NoAnswer as reason:
            raise Unreachable(f"the carrier does not answer a bind: {reason.message}") from reason
        if answer.status in _BIND_REFUSALS:
            raise AccountRefused(f"the carrier refuses the bind: {_BIND_REFUSALS[answer.status]}")
        if answer.status != pdu.ESME_ROK:
            raise Unreachable(f"the carrier refuses the bind (status {answer.status:#x})")

    async def request(self, command: int, body: bytes = b"") -> Pdu:
        """Write a request and return its answer; raise `Unreachable` if nothing was written, `NoAnswer` after that."""
        if self.ended:
            raise Unreachable("the connection to the carrier has ended")
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        sequence = self._sequence
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._answers[sequence] = answer
        try:
            self._writer.write(Pdu(command, 0, sequence, body).encode())
            async with asyncio.timeout(ANSWER_S):
                await self._writer.drain()
                return await answer
        except (TimeoutError, OSError) as reason:
            raise NoAnswer("the carrier did not answer in time, or the connection ended") from reason
        finally:
            self._answers.pop(sequence, None)

    async def run(self) -> None:
        """Read until the connection ends. Whoever waits for an answer then hears `NoAnswer`."""
        try:
            while True:
                head = await self._reader.readexactly(4)
                rest = await self._reader.readexactly(pdu.read_length(head) - 4)
                await self._take(pdu.decode(head + rest))
        except (asyncio.IncompleteReadError, OSError, pdu.MalformedPdu):
            return
        finally:
            self.close()

    async def keep_alive(self) -> None:
        """Ask now and then whether the other side is there; return when it is not."""
        while True:
            await asyncio.sleep(ENQUIRE_S)
            try:
                await self.request(pdu.ENQUIRE_LINK)
            except (NoAnswer, Unreachable):
                return self.close()

    def close(self) -> None:
        """End the connection."""
        self.ended = True
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(NoAnswer("the connection ended before the answer"))
        self._writer.close()

    async def _take(self, got: Pdu) -> None:
        if got.command & pdu.RESPONSE:
            answer = self._answers.get(got.sequence)
            if answer is not None and not answer.done():
                answer.set_result(got)
        elif got.command == pdu.DELIVER_SM:
            kept = await self._deliver(got)
            self._answer(got, pdu.ESME_ROK if kept else pdu.ESME_RX_T_APPN, b"\0")
        elif got.command in {pdu.ENQUIRE_LINK, pdu.UNBIND}:
            self._answer(got, pdu.ESME_ROK)
            if got.command == pdu.UNBIND:
                self.close()
        else:
            self._writer.write(Pdu(pdu.GENERIC_NACK, pdu.ESME_RINVCMDID, got.sequence).encode())

    def _answer(self, request: Pdu, status: int, body: bytes = b"") -> None:
        self._writer.write(Pdu(request.command | pdu.RESPONSE, status, request.sequence, body).encode())
