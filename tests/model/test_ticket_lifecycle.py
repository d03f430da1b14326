"""The status of a ticket, and when people are notified."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model import attention
from clerkd.model.ticket import Priority, Ticket, TicketRules, Timers, tag_of
from clerkd.model.ticket_lifecycle import STEPS, TRANSITIONS, Status, Step, TicketEvent, advance

MINUTE = 60_000
AT = 1_700_000_000_000
RULES = TicketRules()


@pytest.mark.parametrize(
    ("status", "event", "expected"),
    [
        ("new", "replied", "open"),
        ("open", "replied", "open"),
        ("pending", "received", "open"),
        ("on_hold", "received", "open"),
        ("solved", "received", "open"),
        ("solved", "rested", "closed"),
        ("closed", "received", "new"),
        ("new", "claimed", "open"),
        ("pending", "claimed", "pending"),
        ("on_hold", "solved", "solved"),
        ("solved", "unsolved", "open"),
        ("closed", "unsolved", "closed"),
    ],
)
def test_a_status_moves_by_itself(status, event, expected):
    assert advance(Status(status), TicketEvent(event)) is Status(expected)


@pytest.mark.parametrize("step", Step)
def test_each_step_can_be_switched_off_alone(step):
    others = frozenset(Step) - {step}
    for (status, event), after in TRANSITIONS.items():
        moved = advance(status, event, others)
        assert moved is (status if STEPS.get((status, event)) is step else after)


def test_every_status_can_be_left():
    assert {before for before, _ in TRANSITIONS} == set(Status)


def waiting(**facts) -> Ticket:
    known = {"waiting_since": AT, "activity_at": AT, "unanswered": 1, "received": 2}
    return Ticket("c", **(known | facts))


def test_a_conversation_that_was_quiet_is_told_at_once():
    assert attention.notify_at(waiting(), RULES, before=AT - 180_000) == AT
    assert attention.notify_at(waiting(), RULES, before=None) == AT


def test_one_that_goes_on_is_held_until_it_was_quiet_for_three_minutes():
    assert attention.notify_at(waiting(), RULES, before=AT - 179_999) == AT + 180_000


def test_whoever_writes_every_minute_does_not_hold_their_own_notification_off_for_ever():
    since = AT - 8 * MINUTE

    held = attention.notify_at(waiting(waiting_since=since), RULES, before=AT - MINUTE)

    assert held == since + 9 * MINUTE


@pytest.mark.parametrize("facts", [{"priority": Priority.URGENT}, {"told_at": AT - 1000}])
def test_urgent_passes_the_rule_and_so_does_what_is_shown_already(facts):
    assert attention.notify_at(waiting(**facts), RULES, before=AT - 1000) == AT


def reminders(ticket: Ticket, count: int) -> list[int | None]:
    times = [attention.remind_at(replace(ticket, reminders=n), RULES) for n in range(count)]
    return [None if at is None else (at - AT) // MINUTE for at in times]


def test_reminders_come_by_priority_each_after_twice_as_long():
    assert reminders(waiting(priority=Priority.HIGH), 5) == [15, 45, 105, 225, None]
    assert reminders(waiting(), 1) == [60]
    assert reminders(waiting(priority=Priority.LOW), 1) == [240]


def test_an_urgent_conversation_is_reminded_of_every_five_minutes_until_somebody_takes_it():
    assert reminders(waiting(priority=Priority.URGENT), 3) == [5, 10, 15]
    assert reminders(waiting(priority=Priority.URGENT, assignees=("U1",)), 3) == [5, 15, 35]


@pytest.mark.parametrize(
    "facts",
    [{"snoozed": True}, {"status": Status.SOLVED}, {"waiting_since": None}],
    ids=lambda facts: next(iter(facts)),
)
def test_what_waits_for_nothing_is_not_reminded_of(facts):
    assert attention.remind_at(waiting(**facts), RULES) is None


def test_a_priority_without_minutes_has_no_reminders():
    rules = TicketRules(remind_after_ms={Priority.LOW: 0})
    assert attention.remind_at(waiting(priority=Priority.LOW), rules) is None
    assert attention.remind_at(waiting(), rules) is None


tickets = st.builds(
    Ticket,
    conversation_id=st.just("c"),
    status=st.sampled_from(Status),
    priority=st.sampled_from([None, *Priority]),
    assignees=st.sampled_from([(), ("U1",)]),
    snoozed=st.booleans(),
    waiting_since=st.none() | st.integers(AT, AT + 10**7),
    activity_at=st.none() | st.integers(AT, AT + 10**7),
    told_at=st.none() | st.integers(AT, AT + 10**7),
    reminders=st.integers(0, 60),
)


@given(tickets, st.integers(AT, AT + 10**8))
def test_no_timer_runs_for_what_does_not_wait(ticket, now):
    timers = attention.timers_of(ticket, RULES, now=now, before=Timers(notify_at=now + 1))

    if ticket.waiting_since is None or ticket.snoozed:
        assert (timers.notify_at, timers.remind_at, timers.refresh_at) == (None, None, None)
    assert timers.refresh_at is None or timers.refresh_at > now
    assert (timers.close_at is not None) == (ticket.status is Status.SOLVED)


@given(tickets, st.integers(0, 10**6))
def test_a_text_is_told_within_three_times_the_quiet_after_the_first_one_that_waits(ticket, before):
    at = attention.notify_at(ticket, RULES, before=(ticket.activity_at or 0) - before)

    if at is not None and ticket.activity_at is not None and ticket.waiting_since is not None:
        latest = max(ticket.activity_at, ticket.waiting_since + attention.HELD_AT_MOST * RULES.notify_after_ms)
        assert at <= latest


@pytest.mark.parametrize(("typed", "tag"), [("  VIP  client ", "VIP client"), ("a" * 60, "a" * 40), (" \n", "")])
def test_a_tag_is_one_short_line(typed, tag):
    assert tag_of(typed) == tag
