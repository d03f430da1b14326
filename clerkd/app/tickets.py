"""Conversations as work, built from the settings."""

from __future__ import annotations

from clerkd.app import settings
from clerkd.app.supervisor import Supervisor
from clerkd.clock import Clock
from clerkd.core.desk.notifications import TOPICS, Notifications
from clerkd.core.desk.reminders import Reminders
from clerkd.core.desk.tickets import Tickets
from clerkd.core.publisher import Publisher
from clerkd.core.wallclock import ClockWatch
from clerkd.model.ticket import Priority, TicketRules
from clerkd.model.ticket_lifecycle import Step
from clerkd.ports.store import Store

_MINUTE_MS = 60_000


def build_tickets(
    wanted: settings.Tickets,
    store: Store,
    clock: Clock,
    publisher: Publisher,
    supervisor: Supervisor,
    *,
    clock_watch: ClockWatch,
) -> Tickets:
    """Have tickets kept and people reminded of them; return where people decide about them."""
    rules = ticket_rules(wanted)
    reminders = Reminders(store, clock, rules)
    clock_watch.follow(reminders)
    notifications = Notifications(store, reminders, rules)
    publisher.add(notifications, TOPICS)
    supervisor.add("tickets", notifications.run)
    supervisor.add("reminders", reminders.run)
    return Tickets(store, clock, reminders, rules)


def ticket_rules(wanted: settings.Tickets) -> TicketRules:
    """Return the rules that the configuration asks for."""
    minutes = wanted.remind_after_min
    return TicketRules(
        notify_after_ms=wanted.notify_after_s * 1000,
        answered_ms=wanted.answered_card_s * 1000,
        close_after_ms=wanted.close_after_h * 60 * _MINUTE_MS,
        steps=frozenset(step.value for step in Step if getattr(wanted.moves, step.value)),
        remind_after_ms={
            Priority.LOW: minutes.low * _MINUTE_MS,
            Priority.NORMAL: minutes.normal * _MINUTE_MS,
            None: minutes.normal * _MINUTE_MS,
            Priority.HIGH: minutes.high * _MINUTE_MS,
            Priority.URGENT: minutes.urgent * _MINUTE_MS,
        },
    )
