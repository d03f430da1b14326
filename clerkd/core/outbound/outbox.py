"""Accept messages for sending. What was accepted survives a crash."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.core.outbound.bell import Wakeable
from clerkd.core.outbound.policy import Policy
from clerkd.core.outbound.router import Router
from clerkd.errors import Permanent, Refused, UnsendableText
from clerkd.ids import Ids
from clerkd.model.dispatch import Draft
from clerkd.model.lifecycle import Disposition
from clerkd.model.line import Measure, Outgoing, Plan
from clerkd.model.message import TTL_MS, Message, SendRequest, lane_of
from clerkd.model.number import shortened
from clerkd.model.recurrence import Recurrence
from clerkd.model.rules import LineRules
from clerkd.ports.line import Line
from clerkd.ports.store import Store
from clerkd.store.ops.messages import find_message
from clerkd.store.ops.outbound import (
    accept_instead,
    accept_message,
    cancel_message,
    mark_message_sent,
    release_message,
    resend_message,
)
from clerkd.store.ops.schedules_changes import edit_scheduled, require_editable, stop_series

_REFERENCES = 1 << 16


log = structlog.get_logger()


class TimeOver(Refused):
    """A text that repeats, or that an answer is to take back, has to begin in the future; details: `field`."""

    code = "schedule.time-over"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a request: `created` is False if its key had been accepted before and nothing is sent again."""

    message: Message
    created: bool


class Space(Protocol):
    """Whether there is room for more."""

    def require(self) -> None:
        """Return if there is; raise `StoreFull`."""
        ...


class Timekeeper(Wakeable, Protocol):
    """Who remembers when something falls due."""

    def expect(self, at: int) -> None:
        """Hear that something is to happen at `at`, epoch ms."""
        ...


class Outbox:
    """Take requests in, take them back, send them again. Every method returns after the commit."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        policy: Policy,
        router: Router,
        space: Space,
        dispatchers: Mapping[str, Wakeable],
        schedule: Timekeeper,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._policy = policy
        self._router = router
        self._space = space
        self._dispatchers = dispatchers
        self._schedule = schedule
        # Consecutive, from anywhere: 256 long texts go by before a handset sees an 8-bit reference again.
        self._reference = random.randrange(_REFERENCES)  # noqa: S311 - spread, not secrecy

    async def accept(self, request: SendRequest) -> Accepted:
        """Store a message to be sent and return it.

        Raise the `Refused` error that says why it may not be sent, `StoreFull` if the disk is. A request whose key
        was accepted before gets the first answer, whatever today's rules say.
        """
        return await self._accept(request, accept_message)

    async def accept_instead(self, message_id: str, request: SendRequest, *, actor: str | None = None) -> Accepted:
        """Store a message in place of one that waits, which is cancelled in the same transaction.

        Raise what `accept` does, `NotFound`, or `Conflict` with its `state`; then the one that waits goes on waiting.
        """
        return await self._accept(request, partial(accept_instead, message_id=message_id, actor=actor))

    async def _accept(self, request: SendRequest, op: Callable[..., tuple[Message, bool]]) -> Accepted:
        try:
            draft = self._draft(await self._router.choose(request))
            if _over(request, draft):
                raise _time_over()
            self._space.require()
        except Refused:
            known = await self._known(request.key)
            if known is None:
                raise
            return Accepted(known, created=False)
        message, created = await self._store.write(op, draft)
        if created:
            log.info("message.accepted", message=message.id, line=message.line, to=shortened(message.peer))
            self._schedule.expect((draft.send_at or draft.at) + (draft.ttl_ms if draft.send_at is None else 0))
            if draft.disposition is Disposition.ACTIVE:
                self._wake(message.line)
        return Accepted(message, created)

    def measure(self, text: str, line: str | None = None) -> tuple[Measure, LineRules]:
        """Return what a text costs on a line, and that line's rules; raise `UnknownLine` or `UnsendableText`."""
        rules = self._policy.rules(line)
        try:
            return self._router.route(rules)[0].measure(text), rules
        except Refused:
            raise
        except Permanent as reason:
            raise UnsendableText(str(reason), **reason.details) from reason

    async def edit(
        self, message_id: str, request: SendRequest, *, rule: Recurrence | None = None, actor: str | None = None
    ) -> Message:
        """Put another text, time or condition in place of a scheduled message's; its line and peer stay.

        `rule` is how its series goes on. Raise what `accept` does, `NotFound`, or `Conflict` with its `state`.
        """
        draft = self._draft(replace(request, id=message_id))
        if _over(request, draft):
            # Whoever is so late most often edits what has gone out already, and is told that instead.
            await self._store.read(require_editable, message_id)
            raise _time_over()
        message = await self._store.write(
            edit_scheduled, draft, rule=rule, cancel_if_answered=request.cancel_if_answered, actor=actor
        )
        self._tell_decided(message, "edit")
        return message

    async def stop_series(self, series_id: str, *, actor: str | None = None) -> Message:
        """Let a text repeat no more and take its waiting turn back; return that turn. Raise `NotFound`."""
        return await self._decide(stop_series, series_id, actor)

    async def cancel(self, message_id: str, *, actor: str | None = None) -> Message:
        """Take a message back before any of it went out; raise `NotFound`, or `Conflict` with its `state`."""
        return await self._decide(cancel_message, message_id, actor)

    async def release(self, message_id: str, *, actor: str | None = None) -> Message:
        """Send a scheduled or held message now; raise `NotFound`, or `Conflict` with its `state`."""
        return await self._decide(release_message, message_id, actor)

    async def resend(self, message_id: str, *, actor: str | None = None) -> Message:
        """Send again what failed, expired or is unknown; raise `NotFound`, or `Conflict` with its `state`."""
        return await self._decide(resend_message, message_id, actor)

    async def mark_sent(self, message_id: str, *, actor: str | None = None) -> Message:
        """Take a person's word that an unknown message arrived; raise `NotFound`, or `Conflict` with its `state`."""
        return await self._decide(mark_message_sent, message_id, actor)

    async def _decide(self, op: Callable[..., Message], message_id: str, actor: str | None) -> Message:
        now = self._clock.now_ms()
        message = await self._store.write(op, message_id, at=now, actor=actor)
        self._tell_decided(message, op.__name__)
        return message

    def _tell_decided(self, message: Message, decision: str) -> None:
        log.info("message.decided", message=message.id, decision=decision, state=message.state.value)
        self._schedule.wake()
        self._wake(message.line)

    def _draft(self, request: SendRequest) -> Draft:
        rules = self._policy.rules(request.line)
        peer = self._policy.check(request, rules)
        line = self._router.route(rules)[0]
        plan = self._plan(line, Outgoing(peer, request.text, self._next_reference(), rules.reports), rules)
        now = self._clock.now_ms()
        later = request.send_at is not None and request.send_at > now
        return Draft(
            id=request.id or self._ids.new(),
            conversation_id=self._ids.new(),
            key=request.key,
            line=line.name,
            peer=peer,
            text=request.text,
            plan=plan,
            disposition=Disposition.SCHEDULED if later else Disposition.ACTIVE,
            at=now,
            send_at=request.send_at if later else None,
            ttl_ms=TTL_MS if request.ttl_ms is None else request.ttl_ms,
            outcome_policy=request.outcome_policy or rules.outcome_policy,
            origin=request.origin,
            lane=lane_of(request.origin) if request.lane is None else request.lane,
            cancel_if_answered=request.cancel_if_answered,
            recurrence=request.recurrence,
            turn=request.turn,
        )

    def _plan(self, line: Line, outgoing: Outgoing, rules: LineRules) -> Plan:
        try:
            plan = line.plan(outgoing)
        except Refused:
            raise
        except Permanent as reason:
            raise UnsendableText(str(reason), **reason.details) from reason
        self._policy.check_plan(plan, rules)
        return plan

    def _next_reference(self) -> int:
        self._reference = (self._reference + 1) % _REFERENCES
        return self._reference

    async def _known(self, key: str | None) -> Message | None:
        return None if key is None else await self._store.read(find_message, key)

    def _wake(self, line: str) -> None:
        dispatcher = self._dispatchers.get(line)
        if dispatcher is not None:
            dispatcher.wake()


def _over(request: SendRequest, draft: Draft) -> bool:
    """Return whether a request that makes sense only before its time comes too late; turns of a series may be late."""
    only_ahead = request.turn is None and (request.recurrence is not None or request.cancel_if_answered)
    return only_ahead and draft.disposition is not Disposition.SCHEDULED


def _time_over() -> TimeOver:
    return TimeOver("send_at is not in the future", field="send_at")
