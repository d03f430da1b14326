"""When people are notified of what waits for an answer. Pure: a ticket and the rules in, times out.

- The first text of a number is told at once.
- In a conversation that goes on, people who are talking need no notification: it is held until nothing was written
  for `notify_after_ms`, either way. Somebody who writes every minute must not hold it off for ever, so it comes after
  three times as long in any case.
- Urgent passes the rule. What is shown already is brought up to date at once: that disturbs nobody.
- What stays unanswered is reminded of by its priority, each time after twice as long; urgent conversations that
  nobody took are reminded of again and again at the same distance.
"""

from __future__ import annotations

from clerkd.model.ticket import Priority, Ticket, TicketRules, Timers
from clerkd.model.ticket_lifecycle import Status, Step

HELD_AT_MOST = 3  # times `notify_after_ms`
REMINDED_AT_MOST = 4  # then doubling has made it a day or so
STEADY_AT_MOST = 48  # of an urgent one that nobody takes
_MINUTE_MS = 60_000
# After so many minutes the words for how long somebody waits are others. Each is one call of a limited kind.
WAITING_MARKS = (1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 1440, 2880, 4320, 7200, 10080)

SETTLED = frozenset({Status.SOLVED, Status.CLOSED})


def notify_at(ticket: Ticket, rules: TicketRules, *, before: int | None) -> int | None:
    """Return when to tell of the text that made `ticket` what it is; `before` is when somebody wrote before it."""
    now, since = ticket.activity_at, ticket.waiting_since
    if now is None or since is None:
        return None
    urgent = ticket.priority is Priority.URGENT
    if is_quiet(rules, before=before, now=now) or urgent or ticket.told_at is not None:
        return now
    return min(now + rules.notify_after_ms, since + HELD_AT_MOST * rules.notify_after_ms)


def is_quiet(rules: TicketRules, *, before: int | None, now: int) -> bool:
    """Tell whether nothing was written for so long that people do not look any more."""
    return before is None or now - before >= rules.notify_after_ms


def remind_at(ticket: Ticket, rules: TicketRules) -> int | None:
    """Return when to remind of what waits; None when nothing does, or nobody wants to be."""
    after = rules.remind_after_ms.get(ticket.priority, 0)
    if ticket.waiting_since is None or ticket.snoozed or ticket.status in SETTLED or not after:
        return None
    since = max(ticket.waiting_since, ticket.remind_from or 0)
    if ticket.priority is Priority.URGENT and not ticket.assignees:
        steady = ticket.reminders + 1
        return None if steady > STEADY_AT_MOST else since + after * steady
    if ticket.reminders >= REMINDED_AT_MOST:
        return None
    return since + after * ((2 << ticket.reminders) - 1)


def refresh_at(ticket: Ticket, now: int) -> int | None:
    """Return when a notification that is shown says the wrong thing about how long somebody waits."""
    if ticket.told_at is None or ticket.waiting_since is None:
        return None
    marks = (ticket.waiting_since + minutes * _MINUTE_MS for minutes in WAITING_MARKS)
    return next((mark for mark in marks if mark > now), None)


def close_at(ticket: Ticket, rules: TicketRules, *, since: int) -> int | None:
    """Return when a ticket that is solved since then is closed."""
    if ticket.status is not Status.SOLVED or Step.CLOSE_SOLVED.value not in rules.steps:
        return None
    return since + rules.close_after_ms


def timers_of(ticket: Ticket, rules: TicketRules, *, now: int, before: Timers) -> Timers:
    """Return all times of a ticket that a person changed; what was to be told stays so, but not while it is snoozed."""
    waits = ticket.waiting_since is not None and not ticket.snoozed
    return Timers(
        notify_at=before.notify_at if waits else None,
        remind_at=remind_at(ticket, rules),
        close_at=before.close_at or close_at(ticket, rules, since=now) if ticket.status is Status.SOLVED else None,
        snooze_until=ticket.snoozed_until if ticket.snoozed else None,
        refresh_at=refresh_at(ticket, now) if waits else None,
    )
