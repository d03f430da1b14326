"""Notifications and the forms of a ticket, as they are sent: golden JSON, valid by the stand-in's strict rules.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_ticket_screens.py` writes them anew.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.slack_room import pretty

from clerkd.model.ticket import Note, Priority, Ticket, Why
from clerkd.model.ticket_lifecycle import Status
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems
from clerkd.slack.acts.assign import change_of
from clerkd.slack.acts.tickets import moments
from clerkd.slack.ids import read_button_value
from clerkd.slack.payload import Entered, OpenView
from clerkd.slack.screens import assign, notification
from clerkd.slack.screens.assign import AssignView
from clerkd.slack.screens.notification import NotificationView

SNAPSHOTS = Path(__file__).parent / "snapshots"
AT = 1_700_000_000_000
CONVERSATION = "0190a000-0000-7000-8000-000000000002"

TEXTS = {
    "empty": "",
    "typical": "Is my bike ready? It's the blue one.",
    "longest": "All work and no play makes Jack a dull boy. " * 70,
    "right-to-left": "שלום, האופניים מוכנים? 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
}
TEXTS["hundred"] = TEXTS["typical"]
PEERS = {"right-to-left": "בנק", "hostile": "<!here>*B*"}


def notification_view(kind: str, why: Why = Why.WAITING, **more) -> NotificationView:
    text = TEXTS[kind]
    many = kind in {"longest", "hundred"}
    return NotificationView(
        **{
            "conversation_id": CONVERSATION,
            "peer": PEERS.get(kind, "+14155550123"),
            "line": "support",
            "region": "US",
            "why": why,
            "name": None if kind == "empty" else text[:200],
            "unanswered": {"empty": 0, "longest": 1000, "hundred": 100}.get(kind, 3),
            "last_text": None if kind == "empty" else text,
            "waiting_since": None if kind == "empty" else AT,
            "now": AT + 4 * 60_000,
            "minutes": 15,
            "priority": None if kind == "empty" else Priority.URGENT,
            "assignees": () if kind == "empty" else tuple(f"U000000{n:02}" for n in range(20 if many else 2)),
            "names": () if kind == "empty" else tuple(text[:60] or "Dana" for _ in range(20 if many else 2)),
            "target": "origin",
        }
        | more
    )


def assign_view(kind: str) -> AssignView:
    text = TEXTS[kind]
    if kind == "empty":
        return AssignView(ticket=Ticket(CONVERSATION), peer="+14155550123", line="support", region="US")
    many = 20 if kind == "longest" else 2
    note = Note(AT, "U00000001", text[:80], text[:3000])
    ticket = Ticket(
        CONVERSATION,
        status=Status.PENDING,
        priority=Priority.HIGH,
        subject=text[:150],
        assignees=tuple(f"U000000{n:02}" for n in range(many)),
        tags=tuple(f"{n}{text[:38]}" for n in range(many)),
        notified=tuple(f"C000000{n:02}" for n in range(many)),
    )
    return AssignView(
        ticket=ticket,
        peer=PEERS.get(kind, "+14155550123"),
        line="support",
        region="US",
        name=text[:200],
        notes=[note] * (10 if kind in {"longest", "hundred"} else 2),
        notes_count={"longest": 400, "hundred": 100}.get(kind, 2),
        origin="C00000001",
    )


def screens_of(kind: str) -> dict[str, list]:
    shown = [notification.waiting(notification_view(kind, why)) for why in Why]
    shown += [
        notification.settled(notification_view(kind), how, TEXTS[kind][:80] or "Dana")
        for how in ("answered", "solved", "on_hold", "")
    ]
    return {
        "notification": [one.payload for one in shown],
        "assign": [assign.form(assign_view(kind))],
        "snooze": [assign.snooze_form(CONVERSATION, [("In 1 hour", "1700003600")], 1_700_003_600)],
    }


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ["notification", "assign", "snooze"])
def test_a_screen_is_as_it_was_and_slack_would_take_it(name, kind):
    shown = screens_of(kind)[name]
    problems = view_problems if name != "notification" else lambda one: message_problems(one["blocks"])
    assert [problem for one in shown for problem in problems(one)] == []
    path = SNAPSHOTS / f"{name}.{kind}.json"
    if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
        path.write_text(pretty(shown), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == pretty(shown)


@pytest.mark.parametrize("kind", TEXTS)
def test_nothing_from_outside_can_call_anybody(kind):
    for one in screens_of(kind)["notification"]:
        assert "<" not in one["text"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (59, "59 min"), (60, "1 hour"), (150, "2 hours"), (1440, "1 day"), (9000, "6 days")],
)
def test_a_length_of_time_is_said_in_its_largest_unit(minutes, words):
    assert notification.lasted(minutes) == words


def test_a_form_remembers_what_it_showed_within_slacks_limit():
    carried = assign.form(assign_view("longest"))["private_metadata"]

    assert len(carried) <= 3000
    assert read_button_value(carried)["conversation"] == CONVERSATION


# What was changed ---------------------------------------------------------------------------------------------


def submitted(ticket: Ticket, **entered) -> OpenView:
    """The form of a ticket with what a person changed in it."""
    shown = AssignView(ticket=ticket, peer="+14155550123", line="support", region="US", origin="C1")
    values = {
        assign.NOTIFIED: {"x": {"selected_conversations": entered.get("notified", list(ticket.notified) or ["C1"])}},
        assign.PEOPLE: {"x": {"selected_users": entered.get("people", list(ticket.assignees))}},
        assign.SUBJECT: {"x": {"value": entered.get("subject", ticket.subject)}},
        assign.STATUS: {"x": {"selected_option": {"value": entered.get("status", ticket.status.value)}}},
        assign.PRIORITY: {"x": {"selected_option": {"value": entered.get("priority", ticket.priority or assign.NONE)}}},
        assign.TAGS: {"x": {"selected_options": [{"value": f"t:{tag}"} for tag in entered.get("tags", ticket.tags)]}},
        assign.NOTE: {"x": {"value": entered.get("note")}},
    }
    return OpenView(
        id="V1",
        hash="h",
        callback=assign.CALLBACK,
        carried=read_button_value(assign.carried_of(shown)),
        entered=Entered(values),
        root="V1",
    )


TICKET = Ticket(
    CONVERSATION,
    status=Status.PENDING,
    priority=Priority.HIGH,
    subject="Broken tap",
    assignees=("U1",),
    tags=("VIP", "Plumbing"),
)


def change(tags_now=TICKET.tags, **entered):
    return change_of(submitted(TICKET, **entered), tags_now, key="k", name="Dana")


def test_a_form_that_was_not_touched_changes_nothing():
    assert change().nothing
    assert change_of(submitted(Ticket(CONVERSATION)), (), key="k", name="Dana").nothing


def test_only_what_was_touched_is_changed():
    found = change(status="solved", tags=["VIP", "urgent  leak"], people=["U2"], note="  Called back ")

    assert (found.status, found.priority, found.subject, found.notified) == (Status.SOLVED, None, None, None)
    assert (found.add_tags, found.remove_tags) == ({"urgent leak"}, {"Plumbing"})
    assert (found.assign, found.unassign) == ({"U2"}, {"U1"})
    assert (found.note, found.note_key, found.note_name) == ("Called back", "k", "Dana")


def test_a_tag_that_a_colleague_added_meanwhile_stays():
    assert change(tags_now=("VIP", "Plumbing", "New"), tags=["VIP"]).remove_tags == {"Plumbing"}


def test_a_priority_can_be_taken_away():
    found = change(priority="none")
    assert (found.clear_priority, found.priority) == (True, None)


def test_forged_words_are_ignored():
    found = change(status="../../etc", priority="sudo")
    assert (found.status, found.priority) == (None, None)


def test_snoozing_is_offered_in_the_persons_own_mornings():
    friday = int(datetime(2026, 11, 20, 22, 30, tzinfo=UTC).timestamp())
    berlin = ZoneInfo("Europe/Berlin")

    offered = {label: datetime.fromtimestamp(int(at), berlin) for label, at in moments(friday, berlin)}

    assert offered["Tomorrow at 9:00"].isoformat() == "2026-11-21T09:00:00+01:00"
    assert offered["Next Monday at 9:00"].isoformat() == "2026-11-23T09:00:00+01:00"


def test_on_a_sunday_the_next_monday_is_tomorrow_and_offered_once():
    sunday = int(datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp())

    assert [label for label, _ in moments(sunday, ZoneInfo("UTC"))] == ["In 1 hour", "In 4 hours", "Tomorrow at 9:00"]
