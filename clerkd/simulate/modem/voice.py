"""How the modem says things: V.250's formats (ATV, ATQ, ATE) and the noise that faults add."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.simulate.modem.faults import Faults
from clerkd.simulate.modem.habits import Habits
from clerkd.simulate.modem.results import NUMERIC
from clerkd.simulate.modem.settings import Settings

GARBAGE = b"\xff\x00\xfe\x80\r\n"


class Voice:
    """The modem's half of the wire."""

    def __init__(self, settings: Settings, habits: Habits, faults: Faults, write: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._habits = habits
        self._answers = 0
        self._faults = faults
        self._write = write

    def echo(self, octets: bytes) -> None:
        """Return what was typed, with ATE1."""
        if self._settings.echo or self._faults.echo:
            self._write(octets)

    def prompt(self) -> None:
        """Ask for text, 27.005 §3.5.1: CR, LF, greater-than, space."""
        self._write(b"\r\n> ")

    def noise(self) -> None:
        """Say something that nobody asked for."""
        self._write(self._noise())

    def answer(self, lines: list[str], result: str | None) -> None:
        """Say information text and the final result; no result at all when it is lost."""
        out = bytearray()
        if self._faults.strikes("garbage"):
            out += GARBAGE
        if self._faults.strikes("noise"):
            out += self._noise()
        out += b"\r\n" * self._habits.blank_lines
        if lines:
            out += self._framed(tuple(lines))
        out += self._habitual_noise()
        if self._faults.strikes("noise_inside"):
            out += self._noise()
        if result is not None and not self._settings.quiet:
            out += self._result(result)
        if out:
            self._write(bytes(out))

    def unsolicited(self, lines: tuple[str, ...]) -> None:
        """Say lines that belong together."""
        out = b""
        if not self._settings.verbose and lines[0] in NUMERIC:
            out, lines = b"" if self._settings.quiet else self._result(lines[0]), lines[1:]
        self._write(out + (self._framed(lines, self._habits.line_end) if lines else b""))

    def _habitual_noise(self) -> bytes:
        """Return the model's own noise where it is due; which line it is follows from the count of answers."""
        self._answers += 1
        every, lines = self._habits.noise_every, self._habits.noise_lines
        if not every or self._settings.hushed or self._answers % every:
            return b""
        return self._framed((lines[self._answers // every % len(lines)],), self._habits.line_end)

    def _noise(self) -> bytes:
        return self._framed((self._faults.noise_line(self._habits.noise_lines),), self._habits.line_end)

    def _framed(self, lines: tuple[str, ...], end: str = "\r\n") -> bytes:
        """Return information text, V.250 §5.7.1: CR LF before it with ATV1, and behind it always."""
        head = "\r\n" if self._settings.verbose else ""
        return (head + end.join(lines) + end).encode("latin-1", "replace")

    def _result(self, result: str) -> bytes:
        """Return a result code: words between CR LF, or a number and CR."""
        if self._settings.verbose:
            return f"\r\n{result}\r\n".encode("latin-1")
        return f"{NUMERIC.get(result, result)}\r".encode("latin-1")
