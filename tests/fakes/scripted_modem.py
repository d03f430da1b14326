"""A modem that says what a test tells it to: for what no standard and no simulator would say.

It answers command lines from a table (`OK` for what is not in it), over a pseudo-terminal or a TCP socket.
"""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

Answer = str | list[str] | Callable[[str], "str | None"]

# What every modem can say; a test changes what it is about.
USUAL: dict[str, Answer] = {
    "AT+CMGF?": "+CMGF: 0\r\n\r\nOK",
    "AT+CGMI": "clerkd\r\n\r\nOK",
    "AT+CGMM": "Scripted\r\n\r\nOK",
    "AT+CGSN": "490154203237518\r\n\r\nOK",
    "AT+CCID": "+CCID: 8944500000000000008\r\n\r\nOK",
    "AT+CPIN?": "+CPIN: READY\r\n\r\nOK",
    "AT+CFUN?": "+CFUN: 1\r\n\r\nOK",
    "AT+CSCA?": '+CSCA: "+447700900000",145\r\n\r\nOK',
    "AT+CPMS=?": '+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")\r\n\r\nOK',
    'AT+CPMS="ME","ME","ME"': "+CPMS: 0,20,0,20,0,20\r\n\r\nOK",
    "AT+CNMI=?": "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\n\r\nOK",
    "AT+CNMI?": "+CNMI: 2,1,0,1,0\r\n\r\nOK",
    "AT+CSQ;+CREG?;+CEREG?;+CGREG?": "+CSQ: 20,99\r\n+CREG: 1,1\r\n+CEREG: 1,1\r\n+CGREG: 1,0\r\n\r\nOK",
    "AT+COPS?": '+COPS: 0,0,"Clerk Mobile",7\r\n\r\nOK',
}


class ScriptedModem:
    """A table of answers and what was asked. A list gives its items one after the other; None says nothing."""

    def __init__(self, answers: dict[str, Answer] | None = None, *, otherwise: str = "OK") -> None:
        self.answers: dict[str, Answer] = {**USUAL, **(answers or {})}
        self.asked: list[str] = []
        self._otherwise = otherwise
        self._write: Callable[[bytes], None] = lambda _octets: None
        self._tail = b""
        self._in_text = False

    def say(self, *lines: str) -> None:
        """Say something unasked."""
        for line in lines:
            self._write(f"\r\n{line}\r\n".encode("latin-1"))

    def feed(self, octets: bytes) -> None:
        """Hear what is typed."""
        self._tail += octets
        while True:
            if self._tail.startswith(b"\x1b"):
                self._tail, self._in_text = self._tail[1:], False
                continue
            end = self._tail.find(b"\x1a" if self._in_text else b"\r")
            if end < 0:
                return
            text, self._tail = self._tail[:end].decode("latin-1"), self._tail[end + 1 :]
            self._in_text = False
            self._answer(text)

    def _answer(self, text: str) -> None:
        self.asked.append(text)
        answer = self.answers.get(text, self._otherwise)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        said = answer(text) if callable(answer) else answer
        if said == "> ":
            self._in_text = True
            self._write(b"\r\n> ")
        elif said:
            self.say(said)

    def asks(self, text: str) -> int:
        """How often a command line was sent."""
        return self.asked.count(text)


class OnPty:
    """A scripted modem on a pseudo-terminal whose link is `path`. An asynchronous context manager."""

    def __init__(self, modem: ScriptedModem, path: Path) -> None:
        self.path = path
        self._modem = modem

    async def __aenter__(self) -> Self:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave  # held open, so that the master does not hang up between two clients
        asyncio.get_running_loop().add_reader(self._master, self._readable)
        self._modem._write = lambda octets: void(os.write(self._master, octets))
        return self

    def _readable(self) -> None:
        with suppress(OSError):
            self._modem.feed(os.read(self._master, 4096))

    async def __aexit__(self, *_error: object) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        self._modem._write = lambda _octets: None
        self.path.unlink()
        os.close(self._slave)
        os.close(self._master)


def void(_result: object) -> None:
    """Take a result that nobody wants."""


class OnTcp:
    """A scripted modem behind `tcp://127.0.0.1:port`. An asynchronous context manager."""

    def __init__(self, modem: ScriptedModem) -> None:
        self._modem = modem
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.number: int = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.number}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._modem._write = writer.write
        with suppress(ConnectionError):
            while octets := await reader.read(4096):
                self._modem.feed(octets)
        writer.close()

    def hang_up(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()
