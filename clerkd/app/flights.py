"""The last steps of each line's recoveries, one bounded file a line in the state directory, readable by anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog

from clerkd.modem.flight import Flight

DIRECTORY = "flights"
KEPT = 20  # steps of a line; with 40 lines of dialogue each that is some 60 kB

log = structlog.get_logger()


class FlightFiles:
    """A `clerkd.modem.flight.FlightLog`: JSON lines, the oldest first."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir

    async def keep(self, line: str, flight: Flight) -> None:
        """Add a flight; one that cannot be written is lost, and said to be."""
        try:
            await asyncio.to_thread(_add, _file(self._state_dir, line), flight)
        except OSError as reason:
            log.warning("modem.flight-not-kept", line=line, error=str(reason))

    async def keep_resets(self, line: str, at_ms: Sequence[int]) -> None:
        """Remember resets; a daemon that starts again and again must not reset a modem each time."""
        try:
            await asyncio.to_thread(_put, _resets_file(self._state_dir, line), json.dumps(list(at_ms)))
        except OSError as reason:
            log.warning("modem.resets-not-kept", line=line, error=str(reason))

    async def resets(self, line: str) -> Sequence[int]:
        """Return them."""
        try:
            text = await asyncio.to_thread(_resets_file(self._state_dir, line).read_text, encoding="utf-8")
            return [int(at) for at in json.loads(text)]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError) as reason:
            log.warning("modem.resets-unreadable", line=line, error=str(reason))
            return ()


def flights(state_dir: Path, line: str) -> list[dict[str, Any]]:
    """Return a line's flights, the oldest first: `at` (ISO 8601), `step`, `reason`, `said`."""
    try:
        text = _file(state_dir, line).read_text(encoding="utf-8")
    except OSError:
        return []
    return [json.loads(row) for row in text.splitlines()]


def _file(state_dir: Path, line: str) -> Path:
    return state_dir / DIRECTORY / f"{quote(line, safe='')}.jsonl"


def _resets_file(state_dir: Path, line: str) -> Path:
    return state_dir / DIRECTORY / f"{quote(line, safe='')}.resets.json"


def _put(file: Path, text: str) -> None:
    """Replace a file: a half-written one is never seen, and one lost in a power cut is no loss."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(file)


def _add(file: Path, flight: Flight) -> None:
    rows = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    at = datetime.fromtimestamp(flight.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    row = {"at": at, "step": flight.step, "reason": flight.reason, "said": flight.said}
    rows = [*rows, json.dumps(row, ensure_ascii=False)][-KEPT:]
    _put(file, "\n".join(rows))
