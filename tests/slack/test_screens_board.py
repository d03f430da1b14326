"""Dashboard, Home, Inbox, search, help and skeletons as they are sent: golden JSON that Slack would take.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_screens_board.py` writes them anew.
"""

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.slack_room import pretty
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model.line import LineState
from clerkd.model.quota import QuotaStatus
from clerkd.model.ticket import Priority
from clerkd.model.ticket_lifecycle import Status
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems
from clerkd.slack.ids import CardAction
from clerkd.slack.render import Screen
from clerkd.slack.screens import card, dashboard, find, inbox, skeleton
from clerkd.slack.screens import help as help_screen
from clerkd.slack.screens.board import Board, DoorShown, LineRow, NeedRow
from clerkd.slack.screens.inbox import ANY, CHOICE, Choice, InboxPage, InboxRow
from clerkd.slack.screens.times import age, clock, day

SNAPSHOTS = Path(__file__).parent / "snapshots"
KINDS = ("empty", "typical", "longest", "right-to-left", "hostile", "hundred")
NOW = 1_764_000_000_000
ZONE = ZoneInfo("America/Los_Angeles")
CONVERSATION = "0190a000-0000-7000-8000-000000000002"
LINK = "https://acme.slack.com/archives/C1/p1764000000000100"

WORDS = {
    "empty": "",
    "typical": "Ann Lee",
    "longest": "All work and no play makes Jack a dull boy " * 80,
    "right-to-left": "שלום 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
    "hundred": "Ann Lee",
}


def peer(number: int) -> str:
    return f"+141555501{number % 100:02}"


def size(kind: str) -> int:
    return {"empty": 0, "hundred": 100}.get(kind, 3)


def board(kind: str) -> Board:
    words = WORDS[kind]
    first = [LineState.READY, LineState.ABSENT, LineState.SEARCHING]
    states = [*first, *[LineState.QUARANTINED] * 7, *[LineState.READY] * 90]
    lines = tuple(
        LineRow(
            name=words or "support", number=peer(0), region="US", state=states[number], reason=words or None,
            operator=words or None, signal_dbm=-80, queued=number, held=number,
            quota=QuotaStatus(1000, 812, 0, NOW + 86_400_000) if number % 2 else None,
        )
        for number in range(size(kind))
    )  # fmt: skip
    needs = tuple(
        NeedRow(
            name=words or None, peer=peer(number), region="US", line=words or "support", waiting_since=NOW - 700_000,
            unanswered=number + 1, status=Status.ON_HOLD, priority=Priority.URGENT, assignees=(words,) * 9,
            last_text=words, link=LINK,
        )
        for number in range(min(size(kind), 5))
    )  # fmt: skip
    doors = tuple(DoorShown(f"clerk.test.{number}", words or "Door", number > 2) for number in range(8))
    return Board(
        lines=lines, needs=needs, needs_total=size(kind), doors=doors if needs else (), now=NOW, zone=ZONE,
        version="0.1.0", slack=words or "connected", last_in=NOW - 60_000 if needs else None,
        last_out=NOW - 90_000_000 if needs else None,
    )  # fmt: skip


def inbox_page(kind: str) -> InboxPage:
    words = WORDS[kind]
    rows = tuple(
        InboxRow(
            name=words or None, peer=peer(number), region="US", line=words, status=Status.PENDING,
            priority=Priority.HIGH, subject=words, assignees=(words,), tags=(words,) * 9,
            waiting_since=NOW - 90_000_000 if number % 2 else None, unanswered=3, activity_at=NOW - 60_000,
            snoozed=True, last_text=words, last_inbound=number % 2 == 0, link=LINK,
        )
        for number in range(size(kind))
    )  # fmt: skip
    many = [Choice(ANY, "Any"), *(Choice(f"{CHOICE}{n} {words}"[:75], f"{words} ({n})") for n in range(size(kind)))]
    return InboxPage(
        rows=rows[:90], total=size(kind), choices={"status": many, "tag": many}, chosen={"status": many[-1].value},
        older="1:c1" if rows else None, first=False, now=NOW, zone=ZONE,
    )  # fmt: skip


def results(kind: str) -> find.Results:
    words = WORDS[kind]
    people = tuple(
        find.PersonRow(name=words or None, peer=peer(number), region="US", line=words, last_at=NOW - 5, link=LINK)
        for number in range(min(8, size(kind)))
    )
    texts = tuple(
        find.TextRow(
            name=words or None, peer=peer(number), region="US", line="support", inbound=number % 2 == 0,
            at=NOW - 40_000_000_000, text=words, link=LINK,
        )
        for number in range(min(12, size(kind)))
    )  # fmt: skip
    return find.Results(
        query=words[:100], people=people, texts=texts, older="m1", within=words[:100], now=NOW, zone=ZONE
    )


def screens_of(kind: str) -> dict[str, object]:
    words = WORDS[kind]
    return {
        "dashboard": dashboard.message(board(kind)),
        "home": dashboard.home(board(kind)),
        "inbox": inbox.view(inbox_page(kind)),
        "find": find.view(results(kind)),
        "find-message": find.message(results(kind)),
        "card-more": card.more(CONVERSATION, words or "Ann Lee", {action.value for action in CardAction}),
        "help": help_screen.commands(["", "send", "find", "help"], words),
        "loading": skeleton.loading(words or "Loading"),
        "notice": skeleton.notice(words or "Clerk", words or "Done."),
    }


def payload(shown) -> dict:
    return shown.payload if isinstance(shown, Screen) else shown


@pytest.mark.parametrize("kind", KINDS)
def test_every_screen_is_as_it_was(kind):
    differing = []
    for name, shown in screens_of(kind).items():
        path = SNAPSHOTS / f"{name}.{kind}.json"
        if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
            path.write_text(pretty(payload(shown)))
        elif not path.exists() or path.read_text() != pretty(payload(shown)):
            differing.append(path.name)

    assert differing == []


@pytest.mark.parametrize("kind", KINDS)
def test_slack_would_take_every_screen(kind):
    for name, shown in screens_of(kind).items():
        problems = message_problems(list(shown.blocks)) if isinstance(shown, Screen) else view_problems(shown)
        assert problems == [], name


def texts(node):
    if isinstance(node, dict):
        own = [(node.get("type"), node["text"])] if isinstance(node.get("text"), str) else []
        return own + [found for value in node.values() for found in texts(value)]
    return [found for item in node for found in texts(item)] if isinstance(node, list | tuple) else []


OUR_LINKS = {("link", "Reply"), ("link", "Open")}  # of places in Slack, in our own words


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_it_is_parsed_and_no_trick_is_left(kind):
    for name, shown in screens_of(kind).items():
        for holder, text in texts(payload(shown).get("blocks")):
            assert holder in {"text", "plain_text"} or (holder, text) in OUR_LINKS, name
            assert not set(text) & set("\u202e\u200b\x07"), name


@given(st.text(max_size=200), st.text(max_size=30))
def test_any_text_can_be_found_and_shown(text, query):
    row = find.TextRow(name=text, peer=text, region=None, line=text, inbound=True, at=NOW, text=text)
    shown = find.view(find.Results(query=query, texts=(row,), now=NOW, zone=ZONE))

    assert view_problems(shown) == []


def test_a_snippet_is_the_part_where_the_word_is():
    text = "x " * 200 + "bicycle ready? " + "y " * 200

    assert "bicycle ready?" in find.snippet(text, "BICYC")
    assert len(find.snippet(text, "bicyc")) <= find.SNIPPET


def test_times_are_the_readers():
    assert clock(1_764_000_000_000, ZoneInfo("Europe/Berlin"), NOW) == "17:00"
    assert clock(1_763_900_000_000, ZONE, NOW) == "23 Nov 04:13"
    assert day(1_733_000_000_000, ZONE, NOW) == "30 Nov 2024"
    assert [age(NOW - minutes * 60_000, NOW) for minutes in (0, 7, 59, 60, 2879, 2880)] == [
        "just now", "5 min", "45 min", "1 h", "47 h", "2 days",
    ]  # fmt: skip
