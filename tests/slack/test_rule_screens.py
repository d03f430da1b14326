"""Quotas, Do Not Disturb, opting out and settings, as they are sent: golden JSON, valid by the stand-in's strict rules.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_rule_screens.py` writes them anew.
"""

import os
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fakes.slack_room import pretty, texts_of

from clerkd.model.call import Forwarding, Reason
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Encoding, Failure, Message
from clerkd.model.quota import QuotaStatus
from clerkd.model.rules import DndEntry, DndKind, OptOut, OptOutEvent
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems
from clerkd.slack.render import Screen
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens import dnd, forwarding, optout, quota, settings
from clerkd.store.ops.optouts import LedgerEntry

SNAPSHOTS = Path(__file__).parent / "snapshots"
AT = 1_700_000_000_000
ZONE = ZoneInfo("Europe/London")
CONVERSATION = "0190a000-0000-7000-8000-000000000002"
RESET = 1_701_388_800_000  # 1 Dec 2023, 00:00 UTC

TEXTS = {
    "empty": "",
    "typical": "Is my bike ready? It's the blue one.",
    "longest": "All work and no play makes Jack a dull boy. " * 70,
    "right-to-left": "שלום, האופניים מוכנים? 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q",
    "hundred": "Order {number}",
}
MANY = {"empty": 0, "longest": 100, "hundred": 100}


def message(kind: str) -> Message:
    return Message(
        id="0190a000-0000-7000-8000-000000000001",
        direction=Direction.OUTBOUND,
        line="support",
        peer="+447700900123",
        text=TEXTS[kind],
        encoding=Encoding.UCS2,
        state=MessageState.HELD,
        conversation_id=CONVERSATION,
        created_at=AT,
        updated_at=AT,
        error=Failure("quota.exhausted", "used up"),
    )


def quota_screens(kind: str) -> dict:
    text = TEXTS[kind]
    status = QuotaStatus(1000, 812, 0 if kind == "empty" else 500, RESET)
    lines = [(f"sales-{n}", "+1 415 555 0101", status if n % 2 else None) for n in range(max(1, MANY.get(kind, 2)))]
    detail = {} if kind == "empty" else {"percent": 95, "used": 950, "segments": 1000, "resets_at": RESET}
    return {
        "quota_warning": quota.warning("support", detail),
        "quota_held": quota.held(
            message(kind), "US", until=None if kind == "empty" else RESET, other_lines=[] if kind == "empty" else ["a"]
        ),
        "quota_waits": quota.waits(message(kind), "US", until=RESET, name=text or "Dana"),
        "quota_pack": quota.pack_form("support", status, ZONE, AT),
        "quota_line": quota.line_form(message(kind), lines),
        "quota_added": quota.pack_added("support", status, ZONE, AT),
    }


def dnd_screens(kind: str) -> dict:
    text = TEXTS[kind]
    kinds = ((DndKind.PREFIX, "+1900*"), (DndKind.LETTERS, "letters"), (DndKind.EXACT, "+447700900123"))
    entries = [
        (DndEntry(f"0190a000-0000-7000-8000-{n:012}", kinds[n % 3][1], kinds[n % 3][0], AT, text or None, "U1",
                  None if n % 2 else RESET), n)
        for n in range(MANY.get(kind, 3))
    ]  # fmt: skip
    view = dnd.DndView(entries, len(entries), 0 if kind == "empty" else 12, {"U1": text[:60]}, ZONE, AT, region="US")
    return {
        "dnd_list": dnd.listing(view),
        "dnd_form": dnd.form("" if kind == "empty" else "+447700900123"),
        "dnd_revealed": dnd.revealed([message(kind)] * min(20, MANY.get(kind, 3)), MANY.get(kind, 3), ZONE, AT, "US"),
        "dnd_summary": dnd.summary(MANY.get(kind, 3), 2, calls=MANY.get(kind, 1)),
    }


def optout_screens(kind: str) -> dict:
    text = TEXTS[kind]
    number = MANY.get(kind, 2)
    detail = {"peer": "+447700900123", "reason": text, "cancelled": number, "texts": [text] * min(5, number)}
    history = [LedgerEntry(AT, one, "STOP", text or None, "U1") for one in OptOutEvent] * min(3, number)

    def view(known):
        return optout.OptOutView(
            CONVERSATION, "+447700900123", "US", known, number, history, {"U1": text[:80]}, ZONE, AT
        )  # fmt: skip

    return {
        "optout_told": optout.opted_out(detail | ({"keyword": "STOP"} if kind == "typical" else {}), "US", text[:80]),
        "optout_back": optout.opted_in(detail, "US", text[:80] or None),
        "optout_suspected": optout.suspected(detail, "US", CONVERSATION),
        "optout_decided": optout.decided(text[:80] or "Dana", out=kind == "typical"),
        "optout_form": optout.form(view(None)),
        "optout_form_out": optout.form(view(OptOut("+447700900123", AT, None, text, "U1"))),
        "optout_form_theirs": optout.form(view(OptOut("+447700900123", AT, "STOP"))),
    }


def settings_screens(kind: str) -> dict:
    status = QuotaStatus(1000, 812, 0, RESET)
    lines = [
        settings.LineSettings(f"line-{n}", "+14155550100", "#clerk-sms", ["GB", "US"], of, n % 3 == 0)
        for n, of in enumerate([None, status] * (MANY.get(kind, 2) // 2))
    ]
    role = "viewer" if kind == "empty" else "owner"
    return {"settings": settings.settings(settings.SettingsView(role, lines, ZONE, AT, kind != "empty"))}


def forwarding_screens(kind: str) -> dict:
    line = shorten(TEXTS[kind], 40) or "s"
    number = TEXTS[kind][:20] if kind == "hostile" else "+447700900123"
    found = [Forwarding(reason, kind != "empty", number if kind != "empty" else None) for reason in Reason]
    found[2] = replace(found[2], after_s=15 if kind == "typical" else None)
    return {
        "forwarding": forwarding.forwarding(line, found, done=kind == "typical"),
        "forwarding-asking": forwarding.asking(line),
        "forwarding-failed": forwarding.failed(line, TEXTS[kind] or "no network"),
        "forwarding-refused": forwarding.forwarding(line, found, fault=TEXTS[kind] or "refused"),
    }


def screens_of(kind: str) -> dict:
    found = quota_screens(kind) | dnd_screens(kind) | optout_screens(kind) | settings_screens(kind)
    return found if kind == "hundred" else found | forwarding_screens(kind)


@pytest.mark.parametrize("kind", TEXTS)
def test_every_screen_is_as_it_was_and_as_slack_takes_it(kind):
    differing = []
    for name, shows in screens_of(kind).items():
        payload = shows.payload if isinstance(shows, Screen) else shows
        problems = message_problems(payload["blocks"]) if isinstance(shows, Screen) else view_problems(payload)
        assert problems == [], name
        path = SNAPSHOTS / f"{name}.{kind}.json"
        if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
            path.write_text(pretty(payload))
        elif not path.exists() or path.read_text() != pretty(payload):
            differing.append(path.name)
    assert differing == []


@pytest.mark.parametrize("kind", TEXTS)
def test_nothing_from_outside_is_parsed(kind):
    def strings(node):
        if isinstance(node, dict):
            own = [(node["type"], node["text"])] if isinstance(node.get("text"), str) and "type" in node else []
            return own + [one for value in node.values() for one in strings(value)]
        return [one for item in node for one in strings(item)] if isinstance(node, list | tuple) else []

    for shows in screens_of(kind).values():
        found = strings(list(shows.blocks) if isinstance(shows, Screen) else shows["blocks"])
        assert {where for where, _ in found} <= {"text", "plain_text"}
        assert not any("\u202e" in text or "\x07" in text for _, text in found)


def test_the_day_of_a_reset_is_the_one_where_the_line_is():
    for until, label in ((RESET, "1 Dec"), (RESET + 8 * 3_600_000, "1 Dec"), (RESET - 9 * 3_600_000, "1 Dec")):
        shown = quota.held(message("typical"), "US", until=until, other_lines=[])
        assert f"Wait until {label}" in texts_of(shown.payload)
