"""A raw AT terminal on a tty: no driver's leniency between a test and what the modem says."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

FINAL = re.compile(
    rb"\r\n(OK|ERROR|NO CARRIER|BUSY|NO ANSWER|NO DIALTONE|CONNECT|COMMAND NOT SUPPORT|\+CM[ES] ERROR: [^\r]*)\r\n"
)
DEADLINE_S = 10.0


class Terminal:
    """What a test types, and everything that comes back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard = bytearray()
        self._fd = -1
        self._more = asyncio.Event()

    def open(self) -> Terminal:
        """Open the port."""
        self._fd = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        asyncio.get_running_loop().add_reader(self._fd, self._readable)
        return self

    def close(self) -> None:
        """Close it; harmless when it is closed."""
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if not octets:
            self.close()
        self.heard += octets
        self._more.set()

    @property
    def hung_up(self) -> bool:
        """Whether the other end is gone."""
        return self._fd < 0

    def type(self, octets: bytes) -> None:
        """Write octets."""
        os.write(self._fd, octets)

    async def until(self, pattern: bytes | re.Pattern[bytes], deadline_s: float = DEADLINE_S) -> bytes:
        """Return and forget what was heard up to the end of the first match; raise `TimeoutError`."""
        wanted = re.compile(re.escape(pattern)) if isinstance(pattern, bytes) else pattern
        try:
            async with asyncio.timeout(deadline_s):
                while (match := wanted.search(self.heard)) is None:
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise TimeoutError(f"{wanted.pattern!r} did not come, but {bytes(self.heard)!r}") from None
        taken = bytes(self.heard[: match.end()])
        del self.heard[: match.end()]
        return taken

    async def ask(self, command: str, deadline_s: float = DEADLINE_S) -> list[str]:
        """Type a command line and return the lines of its answer, the final result last."""
        self.type(command.encode("latin-1") + b"\r")
        answer = await self.until(FINAL, deadline_s)
        return [line for line in answer.decode("latin-1").split("\r\n") if line.strip()]

    async def send(self, command: str, text: str, deadline_s: float = DEADLINE_S) -> list[str]:
        """Type a command that prompts, then its text and Ctrl-Z; return the answer's lines."""
        self.type(command.encode("latin-1") + b"\r")
        await self.until(b"> ", deadline_s)
        self.type(text.encode("latin-1") + b"\x1a")
        answer = await self.until(FINAL, deadline_s)
        return [line for line in answer.decode("latin-1").split("\r\n") if line.strip()]
