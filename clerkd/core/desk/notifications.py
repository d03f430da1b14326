"""From texts to tickets: whoever writes waits for an answer, and people hear of it when the rule says so.

It is a sink of its own: it reads the same notices as Slack does, at its own pace and with a cursor of its own, and what
it finds it tells in further notices. So no text is ever held up by a ticket, and none is forgotten. It is woken for
`TOPICS` only: that a message went out where nothing waits costs it nothing then, and little when it next looks.
"""

from __future__ import annotations

import asyncio

import structlog

from clerkd.core.desk.reminders import Reminders
from clerkd.core.outbound.bell import Bell
from clerkd.core.patience import write_patiently
from clerkd.errors import ClerkdError, NotFound
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message, OriginKind
from clerkd.model.notice import Notice, NoticeKind, Topic
from clerkd.model.ticket import TicketRules
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.changes import ANSWERS, LOST, is_waited_for
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.notices import advance_sink, read_notices, register_sink
from clerkd.store.ops.notifications import note_answer_lost, note_answered, note_received
from clerkd.store.ops.tickets import get_ticket

BATCH = 100
COLLEAGUES = frozenset({OriginKind.SLACK, OriginKind.API, OriginKind.CLI})  # what clerkd sends by itself is no answer
NOT_YET = frozenset({MessageState.SCHEDULED, MessageState.HELD})
TOPICS = frozenset({NoticeKind.MESSAGE_RECEIVED, NoticeKind.MESSAGE_ACCEPTED, Topic.TICKET_CONCERNED})
_PAUSE_S = 2.0
UNCONCERNED_S = 3600.0  # before it passes over what concerns no ticket, so that this can be forgotten
REST_S = 0.5  # between two looks under load: every notice rings

log = structlog.get_logger()


class Notifications:
    """A `clerkd.ports.sink.Sink` that keeps the tickets."""

    name = "tickets"

    def __init__(self, store: Store, reminders: Reminders, rules: TicketRules) -> None:
        self._store = store
        self._reminders = reminders
        self._rules = rules
        self._bell = Bell(rest_s=REST_S)

    def wake(self) -> None:
        """Hear that a notice was committed."""
        self._bell.ring()

    async def run(self) -> None:
        """Keep the tickets, for ever."""
        await write_patiently(self._store, register_sink, self.name)
        while True:
            self._bell.quiet()
            try:
                await self._take_all()
            except ClerkdError as error:  # the store is full, busy or closing: the notices stay and wait
                log.warning("tickets.notices-wait", error=repr(error))
                await asyncio.sleep(_PAUSE_S)
                continue
            await self._bell.wait(UNCONCERNED_S)

    async def _take_all(self) -> None:
        while True:
            taken, concerned = await self._store.write(self._take)
            if concerned:
                self._reminders.wake()
            if taken < BATCH:
                return

    def _take(self, tx: Tx) -> tuple[int, int]:
        """Take the next notices in; return how many there were, and how many concerned a ticket."""
        notices = read_notices(tx, self.name, BATCH)
        concerned = sum(self._take_one(tx, notice) for notice in notices)
        if notices:
            advance_sink(tx, self.name, notices[-1].seq)
        return len(notices), concerned

    def _take_one(self, tx: Tx, notice: Notice) -> bool:
        if notice.message_id is None:
            return False
        try:
            match notice.kind:
                case NoticeKind.MESSAGE_RECEIVED:
                    note_received(tx, get_message(tx, notice.message_id), rules=self._rules, at=notice.at)
                case NoticeKind.MESSAGE_ACCEPTED:
                    self._accepted(tx, get_message(tx, notice.message_id), at=notice.at)
                case NoticeKind.MESSAGE_CHANGED if _may_concern(tx, notice):
                    self._changed(tx, get_message(tx, notice.message_id), notice)
                case _:
                    return False
        except NotFound:  # erased meanwhile
            return False
        return True

    def _accepted(self, tx: Tx, message: Message, *, at: int) -> None:
        if _by_colleague(message) and message.state not in NOT_YET:
            note_answered(tx, message, rules=self._rules, at=at)

    def _changed(self, tx: Tx, message: Message, notice: Notice) -> None:
        state = MessageState(notice.detail["state"])
        if state in LOST and message.state is state:
            note_answer_lost(tx, message, rules=self._rules, at=notice.at)
        elif state is MessageState.SUBMITTED and _by_colleague(message):
            # One that was scheduled or held answers when it goes, if it was written for what waits.
            since = get_ticket(tx, message.conversation_id).waiting_since
            if since is not None and message.created_at >= since:
                note_answered(tx, message, rules=self._rules, at=notice.at)


def _may_concern(tx: Tx, notice: Notice) -> bool:
    # A colleague's answer is noted when it is accepted: what becomes of it matters only where something waits.
    return (
        notice.detail.get("state") in ANSWERS
        and notice.conversation_id is not None
        and notice.message_id is not None
        and is_waited_for(tx, notice.conversation_id, notice.message_id)
    )


def _by_colleague(message: Message) -> bool:
    return message.origin is not None and message.origin.kind in COLLEAGUES
