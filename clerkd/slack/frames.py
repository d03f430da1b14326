"""Socket Mode frames: from JSON text to values. Unknown ones are values, too."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Hello:
    """The session works. `connections` counts all sockets of the app, ours and other processes'."""

    connections: int
    app_id: str | None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """This socket will be closed: `warning`, `refresh_requested`, `link_disabled`, `too_many_websockets`, …"""

    reason: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Something that must be acknowledged by its id, on the socket that it came on."""

    id: str
    kind: str  # events_api, interactive, slash_commands, or what Slack invents next
    payload: dict[str, Any] = field(default_factory=dict)
    retry_attempt: int = 0


@dataclass(frozen=True, slots=True)
class Noise:
    """A frame that is nothing we know and cannot be acknowledged."""

    reason: str


Frame = Hello | Disconnect | Envelope | Noise


def read_frame(text: str) -> Frame:
    """Return the frame's meaning; total: never raises."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return Noise("not JSON")
    if not isinstance(frame, dict):
        return Noise("not an object")
    kind, envelope_id, payload = frame.get("type"), frame.get("envelope_id"), frame.get("payload")
    if isinstance(envelope_id, str) and envelope_id:
        attempt = frame.get("retry_attempt")
        return Envelope(
            id=envelope_id,
            kind=kind if isinstance(kind, str) else "",
            payload=payload if isinstance(payload, dict) else {},
            retry_attempt=attempt if isinstance(attempt, int) else 0,
        )
    if kind == "hello":
        connection, count = frame.get("connection_info"), frame.get("num_connections")
        app_id = connection.get("app_id") if isinstance(connection, dict) else None
        return Hello(count if isinstance(count, int) else 0, app_id if isinstance(app_id, str) else None)
    if kind == "disconnect":
        return Disconnect(str(frame.get("reason", "")))
    return Noise(f"type {kind!r}")
