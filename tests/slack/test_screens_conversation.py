"""Cards, direct channels, questions and history as they are sent: golden JSON that Slack would take.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_screens_conversation.py` writes them anew.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.slack_room import pretty

from clerkd.core.desk.history import HistoryPage
from clerkd.model.conversation import Conversation
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Encoding, Failure, Message, Origin, OriginKind
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems
from clerkd.slack.ids import CardAction
from clerkd.slack.screens import asked, direct, history
from clerkd.slack.screens.card import CardView, Where, contact_card

SNAPSHOTS = Path(__file__).parent / "snapshots"
WORDS = {
    "empty": "",
    "typical": "Ann Lee",
    "longest": "All work and no play makes Jack a dull boy " * 80,
    "right-to-left": "שלום 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
    "hundred": "Ann Lee",
}
CONVERSATION = "0190a000-0000-7000-8000-000000000002"
RECEIVED = "0190a000-0000-7000-8000-000000000003"


def message(number: int, words: str) -> Message:
    states = [state for state in MessageState if state is not MessageState.RECEIVED]
    outbound = number % 2 == 1
    return Message(
        id=f"0190a000-0000-7000-8000-{number:012}",
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        line="support",
        peer="+14155550123",
        text=words,
        encoding=Encoding.UCS2,
        state=states[number % len(states)] if outbound else MessageState.RECEIVED,
        conversation_id=CONVERSATION,
        created_at=1_764_000_000_000 + number * 60_000,
        updated_at=0,
        error=Failure("modem.refused", words or "refused") if outbound else None,
        origin=Origin(OriginKind.SLACK, "U0DANA00001") if number % 3 else Origin(OriginKind.API, words),
    )


def history_of(kind: str, *, may_export: bool) -> dict:
    words, size = WORDS[kind], {"empty": 0, "hundred": history.ROWS}.get(kind, 3)
    conversation = Conversation(CONVERSATION, "support", "+14155550123", 0, 0, {"hundred": 100_000}.get(kind, size))
    messages = tuple(message(number, words) for number in range(size))
    page = HistoryPage(conversation, messages, older=size > 3, newer=size > 3)
    names = {"U0DANA00001": words or "dana"}
    return history.view(history.HistoryView(page, words or None, "US", names, may_export))


def card_of(kind: str) -> CardView:
    words = WORDS[kind]
    bare = CardView(
        conversation_id=CONVERSATION, peer="+447700900123", line="support", line_number="+14155550100", region="US"
    )
    if kind == "empty":
        return bare
    size = 100 if kind == "hundred" else 3
    return replace(
        bare,
        name=words,
        status="open",
        priority="low",
        subject=words,
        assignees=tuple(f"U0000000{number:03}" for number in range(size)),
        tags=tuple(f"{words} {number}" for number in range(size)),
        offered=frozenset(action.value for action in CardAction),
    )


def screens_of(kind: str) -> dict[str, list[dict]]:
    words = WORDS[kind]
    view = card_of(kind)
    return {
        "conversation-card": [
            contact_card(view).payload,
            contact_card(replace(view, channel="C0DIRECT001")).payload,
            contact_card(view, Where.DIRECT).payload,
            contact_card(replace(view, channel="C0DIRECT001"), Where.DIRECT).payload,
            contact_card(replace(view, peer=words or "MyBank", name=None), Where.DIRECT).payload,
        ],
        "conversation-direct": [
            direct.made("C0DIRECT001", words or "dana").payload,
            direct.works_again("C0DIRECT001").payload,
            *(
                direct.refused(code, direct.channel_base(words, "+14155550123"), words or code).payload
                for code in ("restricted_action", "missing_scope", "name_taken", "invalid_name_specials")
            ),
            *(
                direct.closed(problem, "sms-ann-lee").payload
                for problem in ("archive", "deleted", "left", "shared", "restricted_action_read_only_channel")
            ),
            direct.moved_back(words or "dana", "sms-ann-lee").payload,
            direct.farewell(words or "dana", "C0LINE00001").payload,
            direct.farewell(words or "dana", None).payload,
        ],
        "collision": [asked.collision(RECEIVED, words or "dana", words or "(no text)").payload],
        "history": [history_of(kind, may_export=True), history_of(kind, may_export=False)],
    }


@pytest.mark.parametrize("kind", WORDS)
def test_every_screen_is_as_it_was_and_slack_would_take_it(kind):
    differing = []
    for name, screens in screens_of(kind).items():
        for one in screens:
            problems = view_problems(one) if "type" in one else message_problems(one["blocks"])
            assert problems == [], name
        path, shown = SNAPSHOTS / f"{name}.{kind}.json", pretty(screens)
        if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
            path.write_text(shown)
        elif not path.exists() or path.read_text() != shown:
            differing.append(path.name)

    assert differing == []


@pytest.mark.parametrize("kind", WORDS)
def test_a_channels_topic_is_plain_and_within_slacks_limit(kind):
    topic = direct.topic(WORDS[kind] or "(415) 555-0123", "(415) 555-0123", "support")

    assert len(topic) <= 250
    assert not set(topic) & set("<>&")


def test_no_entry_is_offered_that_nobody_acts_on():
    bare = card_of("empty")

    assert all(block["type"] != "actions" for block in contact_card(bare).payload["blocks"])


def test_back_to_thread_is_offered_in_a_channel_and_create_channel_outside_of_one():
    view = card_of("typical")
    outside, inside = (str(contact_card(one).payload) for one in (view, replace(view, channel="C0DIRECT001")))

    assert ("Create Channel" in outside, "Back to thread" in outside) == (True, False)
    assert ("Create Channel" in inside, "Back to thread" in inside) == (False, True)
