"""Every screen, as it is sent: golden JSON for empty, typical, longest, right-to-left and hostile values.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_screens.py` writes them anew; the difference is read in the review.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.slack_room import pretty
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Encoding, Failure, Message, Origin, OriginKind
from clerkd.slack.ids import CardAction
from clerkd.slack.render import MESSAGE_LIMIT, Screen
from clerkd.slack.screens import asked, card, hint, line, message, outcome, sim

SNAPSHOTS = Path(__file__).parent / "snapshots"
BLOCKS_LIMIT = 13_200  # characters of all blocks together, measured by others, not published by Slack

TEXTS = {
    "empty": "",
    "typical": "Is my bike ready? It's the blue one.",
    "longest": "All work and no play makes Jack a dull boy. " * 210,
    "right-to-left": "שלום, האופניים מוכנים? 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
}
PEERS = {
    "empty": "",
    "typical": "+14155550123",
    "longest": "+4915155501234567",
    "right-to-left": "בנק",
    "hostile": "<!here>*B*",
}


def text_message(kind: str, state: MessageState = MessageState.RECEIVED, **more) -> Message:
    return Message(
        id="0190a000-0000-7000-8000-000000000001",
        direction=Direction.INBOUND if state is MessageState.RECEIVED else Direction.OUTBOUND,
        line="support",
        peer=PEERS[kind],
        text=TEXTS[kind],
        encoding=Encoding.UCS2,
        state=state,
        conversation_id="0190a000-0000-7000-8000-000000000002",
        created_at=0,
        updated_at=0,
        **more,
    )


def card_views(kind: str) -> list[card.CardView]:
    """A card of a number that nobody knows, and of a contact whose ticket has everything, in a channel of its own."""
    bare = card.CardView(
        conversation_id="0190a000-0000-7000-8000-000000000002",
        peer=PEERS[kind],
        line="support",
        line_number="+14155550100",
        region="US",
    )
    full = replace(
        bare,
        name=TEXTS[kind][:150],
        status="on_hold",
        priority="urgent",
        subject=TEXTS[kind][:150],
        assignees=("U0DANA00001", "U0SAM000001"),
        tags=tuple(TEXTS[kind].split())[:20],
        opted_out=kind == "hostile",
        channel="C0DIRECT001",
        offered=frozenset(action.value for action in CardAction),
    )
    return [bare, full]


def sim_screens(text: str, peer: str) -> list[Screen]:
    """Another SIM and what became of it, and what is left on one."""
    other = {"sim": "8900101000000000012", "bound": "8900101000000000004", "actor": "U0DANA00001"}
    left = {"amount": "4.99", "below": "5.0", "answer": text}
    return [
        sim.changed("support", peer, other, 50),
        sim.settled("support", other | {"how": "replaced"}, text[:40]),
        sim.settled("support", other | {"how": "returned"}, None),
        *(sim.balance("support", left | {"state": state}) for state in ("low", "enough", "unread")),
    ]


def screens_of(kind: str) -> dict[str, list[Screen]]:
    """Every screen with values of one kind."""
    text, peer = TEXTS[kind], PEERS[kind]
    failed = text_message(kind, MessageState.FAILED, error=Failure("modem.refused", text))
    unknown = text_message(kind, MessageState.UNKNOWN)
    by_api = message.sender(Origin(OriginKind.API, text), None)
    partial = message.remarks({"missing": [2, 3], "total": 3, "truncated": True, "class": 0})
    return {
        "card": [card.contact_card(view, where) for view in card_views(kind) for where in card.Where],
        "inbound": message.inbound(text_message(kind)),
        "inbound-partial": message.inbound(text_message(kind), remarks=partial),
        "mirrored": message.mirrored(text_message(kind, MessageState.ACCEPTED), by_api),
        "failed": [
            outcome.prompt(failed, "US"),
            outcome.prompt(failed, "US", text),
            outcome.answered(failed, "US", f"🔁 Retried by {text[:20]}."),
        ],
        "unknown": [outcome.prompt(unknown, "US"), outcome.settled(text_message(kind, MessageState.DELIVERED))],
        "other-outcomes": [
            outcome.prompt(text_message(kind, state), "US")
            for state in (MessageState.EXPIRED, MessageState.HELD, MessageState.CANCELLED)
        ],
        "line": [line.lost(text[:20], "absent", text), line.lost("support", "locked", None), line.back("support")],
        "call": [line.missed_call(peer, "US"), line.missed_call(peer, "US", text), line.missed_call(None, "US")],
        "sim": sim_screens(text, peer),
        "unreadable": [line.unreadable(text.encode().hex().upper(), text, "support")],
        "asked": [
            asked.stale("0190a000-0000-7000-8000-000000000003", 1_700_000_000),
            asked.decided("🔁 Sent by dana."),
        ],
        "hint": [
            hint.told(hint.unreadable_number(text)),
            hint.told(hint.not_sent(text)),
            hint.told(hint.already(text)),
        ],
    }


def test_every_screen_is_as_it_was():
    """One snapshot a screen, so that a change shows what it changes."""
    differing = []
    SNAPSHOTS.mkdir(exist_ok=True)
    for kind in TEXTS:
        for name, screens in screens_of(kind).items():
            path = SNAPSHOTS / f"{name}.{kind}.json"
            shown = pretty([screen.payload for screen in screens])
            if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
                path.write_text(shown)
            elif not path.exists() or path.read_text() != shown:
                differing.append(path.name)

    assert differing == []


def strings(node) -> list[tuple[str, str]]:
    """Return every string that a screen shows, with the type of what holds it."""
    if isinstance(node, dict):
        own = [(node["type"], node["text"])] if isinstance(node.get("text"), str) else []
        return own + [found for value in node.values() for found in strings(value)]
    if isinstance(node, list | tuple):
        return [found for item in node for found in strings(item)]
    return []


@pytest.mark.parametrize("kind", TEXTS)
def test_no_screen_lets_slack_parse_anything_and_all_keep_to_its_limits(kind):
    for name, screens in screens_of(kind).items():
        for screen in screens:
            shown = strings(list(screen.blocks))
            assert {holder for holder, _ in shown} <= {"text", "plain_text"}, name
            assert "<" not in screen.text, name
            assert len(screen.text) <= 3000, name
            assert sum(len(text) for _, text in shown) <= MESSAGE_LIMIT + 1000, name
            assert len(pretty(screen.payload)) <= BLOCKS_LIMIT * 2, name
            assert all(text for _, text in shown), f"{name}: Slack refuses empty text"
            assert len(screen.blocks) <= 10, name
            assert all(ord(char) >= 32 or char == "\n" for _, text in shown for char in text), name


@given(st.text(alphabet=st.characters(blacklist_categories=[]), max_size=300))
def test_any_text_can_be_shown_in_every_screen(text):
    told = text_message("typical")
    object.__setattr__(told, "text", text)
    for screen in message.inbound(told) + message.mirrored(told, text):
        pretty(screen.payload).encode()
        for _, shown in strings(list(screen.blocks)):
            assert shown


@given(st.text(alphabet="abc \n", max_size=3 * MESSAGE_LIMIT))
def test_a_long_text_is_cut_without_a_loss(text):
    told = text_message("typical")
    object.__setattr__(told, "text", text)
    shown = "".join(piece for screen in message.inbound(told) for _, piece in strings(list(screen.blocks)))

    assert shown == (text or "(no text)")


def test_buttons_that_do_nothing_yet_are_not_shown():
    shown = card.contact_card(card_views("typical")[0])

    assert all(block["type"] != "actions" for block in shown.blocks)
