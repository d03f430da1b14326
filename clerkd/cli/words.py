"""Facts as people read them: tables, moments, signal strength, states."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_GAP = "  "

# What a state means for the person who sent the message.
STATES = {
    "accepted": "waits for its turn",
    "scheduled": "waits for its time",
    "held": "waits for a person",
    "submitting": "is being sent",
    "submitted": "taken by the network",
    "delivered": "on the phone",
    "failed": "failed",
    "expired": "not delivered in time",
    "unknown": "unknown: it may have gone out",
    "cancelled": "cancelled",
    "received": "received",
}


def count(number: int, word: str) -> str:
    """Return `1 line`, `2 lines`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def ago(iso: str | None, now: datetime | None = None) -> str:
    """Return how long ago a moment of the API was: `now`, `5 min ago`, `3 h ago`, `2 days ago`, then the date."""
    if iso is None:
        return "never"
    moment = datetime.fromisoformat(iso)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < -_MINUTE:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M")
    if seconds < 10:
        return "now"
    if seconds < 30 * _DAY:
        return f"{span(seconds)} ago"
    return moment.astimezone().strftime("%Y-%m-%d")


def span(seconds: float) -> str:
    """Return a length of time in its largest unit."""
    if seconds < _MINUTE:
        return f"{int(seconds)} s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    return f"{int(seconds // _HOUR)} h" if seconds < _DAY else count(int(seconds // _DAY), "day")


def signal(dbm: int | None) -> str:
    """Return a signal strength with its meaning; thresholds are those of the bars that phones show."""
    if dbm is None:
        return "not known"
    word = "good" if dbm >= -75 else "fair" if dbm >= -90 else "weak" if dbm >= -105 else "very weak"
    return f"{dbm} dBm ({word})"


def one_line(text: str) -> str:
    """Return a text on one line, with what would move the cursor or reorder the line made visible."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\n":
        return "⏎"
    # Cc and Cf hold escape sequences and direction marks: a text message must not be able to paint the terminal.
    return "·" if unicodedata.category(character) in {"Cc", "Cf"} and character != "\u200d" else character


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, width: int | None = None) -> str:
    """Return aligned columns; on a terminal the last one is cut at the edge."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(_cells(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(_cut(_line(line, widths), _width() if width is None else width) for line in lines)


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - _cells(cell)) for cell, width in zip(line, widths, strict=True)]
    return _GAP.join(cells).rstrip()


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _cut(line: str, width: int) -> str:
    if not width or _cells(line) <= width:
        return line
    taken = 0
    for index, character in enumerate(line):
        taken += _cell(character)
        if taken > width - 1:
            return line[:index] + "…"
    return line


def _width() -> int:
    """Return the terminal's width; 0, which is no limit, when the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
