"""Socket Mode: tickets, up to ten connections, and envelopes that must be acknowledged in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from clerkd.simulate.slack.connection import Connection
from clerkd.simulate.slack.faults import Faults, SocketFault
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.state import State
from clerkd.simulate.slack.timetable import Timetable

MAX_SOCKETS = 10
TICKET_LIFE_S = 60.0  # Slack calls the URL temporary; how long it lives is not published
WARNING_GRACE_S = 10.0
REFRESH_GRACE_S = 2.0


class Fate(StrEnum):
    """What became of an envelope on one connection."""

    ACKNOWLEDGED = "acknowledged"
    TIMED_OUT = "timeout"
    NO_SOCKET = "no_socket"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of an envelope, with what the acknowledgement carried."""

    fate: Fate
    payload: Json | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """One frame that asks for an acknowledgement."""

    id: str
    kind: str  # events_api, interactive, slash_commands
    payload: Json
    accepts_response_payload: bool = False
    retry: Json = field(default_factory=dict)  # retry_attempt, retry_reason

    def frame(self) -> Json:
        """Return the frame as it goes over the wire."""
        return {
            "envelope_id": self.id,
            "type": self.kind,
            "payload": self.payload,
            "accepts_response_payload": self.accepts_response_payload,
            **self.retry,
        }


@dataclass(frozen=True, slots=True)
class OddAck:
    """An acknowledgement that Slack did not wait for: `unknown`, `duplicate`, `late` or `wrong_socket`."""

    kind: str
    envelope_id: str


@dataclass(slots=True)
class _Waiting:
    envelope: Envelope
    connection: Connection
    outcome: asyncio.Future[Outcome]


class SocketHub:
    """All Socket Mode connections of the app."""

    def __init__(
        self, state: State, faults: Faults, timetable: Timetable, violations: list[str], *, ack_deadline_s: float
    ) -> None:
        self.connections: list[Connection] = []
        self.odd_acks: list[OddAck] = []
        self.enabled = True
        self.url = ""
        self._state = state
        self._faults = faults
        self._timetable = timetable
        self._violations = violations
        self._ack_deadline_s = ack_deadline_s
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._settled: dict[str, Fate] = {}
        self._opened = 0
        self._greeted = asyncio.Event()

    # Opening -------------------------------------------------------------------------------------------

    def issue_url(self) -> str:
        """Return a WebSocket URL with a ticket that is good once, for a minute."""
        ticket = self._state.new_uuid()
        if not self._faults.take_socket(SocketFault.BURN_TICKET):
            self._tickets[ticket] = self._state.clock.monotonic() + TICKET_LIFE_S
        return f"{self.url}?ticket={ticket}&app_id={self._state.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one upgrade request until its socket is closed; a spent ticket is answered with 403."""
        expires = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if expires <= self._state.clock.monotonic():
            return web.Response(status=403, text="ticket is spent, expired or unknown")
        if self._faults.take_socket(SocketFault.REFUSE_UPGRADE):
            return web.Response(status=503)
        self._opened += 1
        connection = Connection(self._opened, request, self._faults)
        response = await connection.open()
        if not self.enabled or len(self.connections) >= MAX_SOCKETS:
            await connection.say_goodbye("too_many_websockets" if self.enabled else "link_disabled")
            await connection.close()
            return response
        self.connections.append(connection)
        self._count_sockets()
        try:
            await connection.greet(self._state.app_id, len(self.connections))
            self._greeted.set()
            await connection.receive(self._take_text)
        finally:
            self.connections.remove(connection)
            self._count_sockets()
        return response

    async def until_open(self, sockets: int = 1) -> None:
        """Return when at least so many sockets are open. The caller sets the deadline."""
        while len(self._open_connections()) < sockets:
            self._greeted.clear()
            await self._greeted.wait()

    # Envelopes -----------------------------------------------------------------------------------------

    async def deliver(self, envelope: Envelope, tried: Callable[[], None] = lambda: None) -> Outcome:
        """Send an envelope over one socket, chosen by the seed, and return what became of it.

        `tried` is called as soon as it was sent or found that there is no socket.
        """
        candidates = self._open_connections()
        if not candidates:
            tried()
            return Outcome(Fate.NO_SOCKET)
        connection = self._state.rng.choice(candidates)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[envelope.id] = _Waiting(envelope, connection, outcome)
        alarm = self._timetable.after(self._ack_deadline_s, lambda: _time_out(outcome))
        try:
            await connection.send(envelope.frame())
            tried()
            result = await outcome
        finally:
            alarm.cancel()
            del self._waiting[envelope.id]
        self._settled[envelope.id] = result.fate
        return result

    async def ping_all(self) -> None:
        """Ping every open socket once."""
        for connection in tuple(self.connections):
            await connection.ping()

    async def disconnect(self, reason: str, *, sockets: int | None = None, grace_s: float | None = None) -> None:
        """Announce the end of some sockets (all, if not said) and close them after the grace.

        `reason` is one of Slack's: warning, refresh_requested, link_disabled, too_many_websockets.
        """
        if reason == "link_disabled":
            self.enabled = False
        if grace_s is None:
            grace_s = {"warning": WARNING_GRACE_S, "refresh_requested": REFRESH_GRACE_S}.get(reason, 0.0)
        leaving = self.connections[:sockets]
        for connection in leaving:
            await connection.say_goodbye(reason)
        if grace_s:
            await self._timetable.sleep(grace_s)
        for connection in leaving:
            await connection.close()

    def stop(self) -> None:
        """Let nobody wait any longer for an acknowledgement."""
        for waiting in self._waiting.values():
            _time_out(waiting.outcome)

    def abort_all(self) -> None:
        """Cut every connection without a word."""
        for connection in tuple(self.connections):
            connection.abort()

    def _count_sockets(self) -> None:
        self._state.app_sockets = len(self.connections)
        self._state.changed("socket")

    def _open_connections(self) -> list[Connection]:
        return [connection for connection in self.connections if connection.is_open]

    # Acknowledgements ----------------------------------------------------------------------------------

    def _take_text(self, connection: Connection, text: str) -> None:
        try:
            frame: Any = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict) or not isinstance(frame.get("envelope_id"), str):
            self._violations.append(f"socket {connection.number} sent a frame that is no acknowledgement")
            return
        self._acknowledge(connection, frame["envelope_id"], frame)

    def _acknowledge(self, connection: Connection, envelope_id: str, frame: Json) -> None:
        waiting = self._waiting.get(envelope_id)
        if waiting is None or waiting.outcome.done():
            self._note_odd_ack(envelope_id)
            return
        if waiting.connection is not connection:
            # Undocumented whether Slack takes it; it is taken here, and noted.
            self.odd_acks.append(OddAck("wrong_socket", envelope_id))
        payload = frame.get("payload") or None
        if payload is not None and not waiting.envelope.accepts_response_payload:
            self._violations.append(f"the acknowledgement of {waiting.envelope.kind} carries a payload")
            payload = None
        connection.acknowledged += 1
        waiting.outcome.set_result(Outcome(Fate.ACKNOWLEDGED, payload))

    def _note_odd_ack(self, envelope_id: str) -> None:
        if envelope_id in self._waiting:
            kind = "duplicate"
        elif envelope_id in self._settled:
            kind = "duplicate" if self._settled[envelope_id] is Fate.ACKNOWLEDGED else "late"
        else:
            kind = "unknown"
            self._violations.append("an acknowledgement names an envelope that was never sent")
        self.odd_acks.append(OddAck(kind, envelope_id))


def _time_out(outcome: asyncio.Future[Outcome]) -> None:
    if not outcome.done():
        outcome.set_result(Outcome(Fate.TIMED_OUT))
