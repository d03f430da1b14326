"""People's decisions about tickets: assign, move, note, snooze."""

from __future__ import annotations

from clerkd.clock import Clock
from clerkd.core.desk.reminders import Reminders
from clerkd.model.ticket import Ticket, TicketChange, TicketRules
from clerkd.model.ticket_lifecycle import TicketEvent
from clerkd.ports.store import Store
from clerkd.store.ops.tickets_decisions import (
    change_ticket,
    claim_ticket,
    move_ticket,
    snooze_ticket,
    unclaim_ticket,
)


class Tickets:
    """Decide. Every decision is kept with who made it and told; `NotFound` when the conversation was erased."""

    def __init__(self, store: Store, clock: Clock, reminders: Reminders, rules: TicketRules) -> None:
        self._store = store
        self._clock = clock
        self._reminders = reminders
        self.rules = rules

    async def change(self, conversation_id: str, change: TicketChange, *, actor: str) -> Ticket:
        """Do what a person saved; nothing is written if they changed nothing."""
        ticket = await self._store.write(
            change_ticket, conversation_id, change, actor=actor, rules=self.rules, at=self._clock.now_ms()
        )
        return self._told(ticket)

    async def claim(self, conversation_id: str, *, actor: str) -> Ticket:
        """Assign a conversation to whoever says so."""
        at = self._clock.now_ms()
        return self._told(await self._store.write(claim_ticket, conversation_id, actor=actor, rules=self.rules, at=at))

    async def unclaim(self, conversation_id: str, *, actor: str) -> Ticket:
        """Take that back."""
        at = self._clock.now_ms()
        return self._told(
            await self._store.write(unclaim_ticket, conversation_id, actor=actor, rules=self.rules, at=at)
        )

    async def solve(self, conversation_id: str, *, actor: str) -> Ticket:
        """Say that a conversation is done."""
        return await self._move(conversation_id, TicketEvent.SOLVED, actor)

    async def unsolve(self, conversation_id: str, *, actor: str) -> Ticket:
        """Say that it is not, after all."""
        return await self._move(conversation_id, TicketEvent.UNSOLVED, actor)

    async def snooze(self, conversation_id: str, until: int | None, *, actor: str) -> Ticket:
        """Put it off until a time (epoch ms), or with None until the contact writes again."""
        at = self._clock.now_ms()
        return self._told(
            await self._store.write(snooze_ticket, conversation_id, until, actor=actor, rules=self.rules, at=at)
        )

    async def _move(self, conversation_id: str, event: TicketEvent, actor: str) -> Ticket:
        at = self._clock.now_ms()
        return self._told(
            await self._store.write(move_ticket, conversation_id, event, actor=actor, rules=self.rules, at=at)
        )

    def _told(self, ticket: Ticket) -> Ticket:
        self._reminders.wake()
        return ticket
