r"""Transcripts: a dialogue with a modem as a text that people can read, keep and replay.

    # what it shows
    > AT+CMGS=23\r
    < \r\n>\x20
    > 0011000B914151550521F30000A705E8329BFD06\x1a
    @0.61 < \r\n+CMTI: "SM",3\r\n
    ! deadline

`>` is what the modem was sent, `<` what it said, `!` the moment at which the deadline of the command in flight
passed; `@` and seconds since the beginning may stand before each. Octets are printable ASCII or escaped: `\r`,
`\n`, `\\`, `\xNN`, with `\x20` for a space at the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from clerkd.at.commands import END_OF_PDU, ESCAPE, Command, Deadline, asks_for_text, typed
from clerkd.at.events import Event
from clerkd.at.exchange import Exchange, State
from clerkd.at.outcome import Answer, Drained, Output, Stale, Trailing, Write


class Direction(Enum):
    """Who speaks, or that time passes."""

    SENT = ">"
    RECEIVED = "<"
    DEADLINE = "!"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript."""

    direction: Direction
    octets: bytes = b""
    at: float | None = None  # seconds since the beginning


class TranscriptError(ValueError):
    """A line that is none, or a replay that does not follow the transcript."""


_ENTRY = re.compile(r"(?:@(\d+(?:\.\d+)?) )?([<>!])(?: (.*))?")
_ESCAPED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([rn\\]))")
_PLAIN = {"r": "\r", "n": "\n", "\\": "\\"}


def unescape(text: str) -> bytes:
    """Return the octets that an entry's text stands for; raise `TranscriptError`."""
    if "\\" in _ESCAPED.sub("", text) or not text.isascii():
        raise TranscriptError(f"not an escaped text: {text!r}")
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else _PLAIN[match[2]], text)
    return plain.encode("latin-1")


def escape(octets: bytes) -> str:
    """Return the text of an entry; `unescape` undoes it."""
    text = octets.decode("latin-1").replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
    text = re.sub(r"[^\x20-\x7e]", lambda match: f"\\x{ord(match[0]):02x}", text)
    return text[:-1] + "\\x20" if text.endswith(" ") else text


def parse(text: str) -> tuple[Entry, ...]:
    """Read a transcript; raise `TranscriptError` with the number of the line that is none."""
    entries = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _ENTRY.fullmatch(line)
        if match is None or (match[2] == "!") is not (match[3] == "deadline"):
            raise TranscriptError(f"line {number}: {line!r}")
        direction = Direction(match[2])
        octets = b"" if direction is Direction.DEADLINE else unescape(match[3] or "")
        entries.append(Entry(direction, octets, float(match[1]) if match[1] else None))
    return tuple(entries)


def render(entries: Iterable[Entry]) -> str:
    """Return the text of a transcript; `parse` undoes it."""
    return "".join(map(_line, entries))


def _line(entry: Entry) -> str:
    time = "" if entry.at is None else f"@{entry.at:.3f} "
    what = "deadline" if entry.direction is Direction.DEADLINE else escape(entry.octets)
    return f"{time}{entry.direction.value} {what}\n"


class Recording:
    """A transcript that is being made."""

    def __init__(self, began_at: float) -> None:
        self._began_at = began_at
        self.entries: list[Entry] = []

    def sent(self, octets: bytes, at: float) -> None:
        """Note what the modem was sent, at a moment of the same clock as the beginning."""
        self.entries.append(Entry(Direction.SENT, octets, at - self._began_at))

    def received(self, octets: bytes, at: float) -> None:
        """Note what it said."""
        self.entries.append(Entry(Direction.RECEIVED, octets, at - self._began_at))

    def deadline(self, at: float) -> None:
        """Note that the command in flight was given up."""
        self.entries.append(Entry(Direction.DEADLINE, at=at - self._began_at))


@dataclass(slots=True)
class Replayed:
    """What an exchange made of a transcript."""

    answers: list[Answer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    state: State = State.IDLE


Cut = Callable[[bytes], Iterable[bytes]]


def whole(octets: bytes) -> Iterable[bytes]:
    """Leave octets as they came."""
    yield octets


def replay(entries: Sequence[Entry], exchange: Exchange, cut: Cut = whole) -> Replayed:
    """Play the modem's part to an exchange, which must write what the transcript says.

    `cut` may change how the octets of each entry arrive. Raise `TranscriptError` where the exchange departs.
    """
    replayed = Replayed()
    written: list[bytes] = []
    for position, entry in enumerate(entries):
        if entry.direction is Direction.SENT:
            octets = written.pop(0) if written else _begin(exchange, entries[position:])
            if octets != entry.octets:
                raise TranscriptError(f"entry {position + 1}: {escape(octets)} instead of {escape(entry.octets)}")
        elif entry.direction is Direction.DEADLINE:
            _sort(exchange.give_up(), replayed, written)
        else:
            for octets in cut(entry.octets):
                _sort(exchange.receive(octets), replayed, written)
    if written:
        raise TranscriptError(f"at the end: {escape(written[0])} was not in the transcript")
    replayed.state = exchange.state
    return replayed


def _sort(outputs: Iterable[Output], replayed: Replayed, written: list[bytes]) -> None:
    for output in outputs:
        match output:
            case Write(octets):
                written.append(octets)
            case Answer():
                replayed.answers.append(output)
            case Trailing() | Drained() | Stale():
                pass
            case event:
                replayed.events.append(event)


def _begin(exchange: Exchange, entries: Sequence[Entry]) -> bytes:
    """Begin the command, or ask the mark, that the first entry sends."""
    octets = entries[0].octets
    text = octets.removeprefix(ESCAPE).removesuffix(b"\r").decode("latin-1")
    if exchange.state is State.DRAINING:
        return exchange.mark(typed(text), escape=octets.startswith(ESCAPE))
    return exchange.begin(_command(text, entries[1:]))


def _command(text: str, later: Sequence[Entry]) -> Command:
    command = typed(text)
    if asks_for_text(text):
        pdu = next(
            (
                entry.octets.decode("latin-1").removesuffix(END_OF_PDU)
                for entry in later
                if entry.direction is Direction.SENT and entry.octets.endswith(END_OF_PDU.encode())
            ),
            "",
        )
        return replace(command, pdu=pdu, deadline=Deadline.SUBMIT, free=False)
    identification = not set("?=") & set(text)
    return replace(command, free=identification, numeric=text == "ATQ0V1E0")
