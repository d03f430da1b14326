"""Send Text, Scheduled and Templates, as they are sent: golden JSON, valid by the stand-in's strict rules.

`CLERKD_WRITE_SNAPSHOTS=1 pytest tests/slack/test_send_text_screens.py` writes them anew.
"""

import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from fakes.slack_room import pretty

from clerkd.model.lifecycle import MessageState
from clerkd.model.line import Measure
from clerkd.model.message import Direction, Encoding, Failure, Message, Origin, OriginKind
from clerkd.model.recurrence import Frequency, Recurrence, Turn, instant
from clerkd.model.series import Scheduled, Series
from clerkd.model.template import Template, TemplateScope
from clerkd.simulate.slack.blocks.surfaces import message_problems, view_problems
from clerkd.slack.screens import inputs, scheduled, send_text, templates

SNAPSHOTS = Path(__file__).parent / "snapshots"
AT = 1_700_000_000_000

TEXTS = {
    "typical": "Is your bike ready? It's the blue one.",
    "longest": ("All work and no play makes Jack a dull boy. " * 70)[:3000],
    "right-to-left": "שלום, האופניים מוכנים? 🚲👨‍👩‍👧 مرحبا",
    "hostile": "<!channel> <@U1> <https://evil.example|bank> *b* `c` :x: &amp; \u202ex\u200by\x07 > q {first_name}",
}
KINDS = ["empty", *TEXTS, "hundred"]


def text_of(kind: str) -> str:
    return TEXTS.get(kind, "")


def template(kind: str, number: int = 0, scope: TemplateScope = TemplateScope.WORKSPACE) -> Template:
    name = text_of(kind)[:75] or f"Template {number}"
    return Template(
        f"t-{number}", name, text_of(kind) or "Hello {first_name|there}", scope, line="support", owner="U1", uses=number
    )


def templates_of(kind: str) -> list[Template]:
    count = {"empty": 0, "hundred": 100}.get(kind, 3)
    scopes = list(TemplateScope)
    return [template(kind, number, scopes[number % 3]) for number in range(count)]


def rule() -> Recurrence:
    starts = datetime.fromisoformat("2026-12-31T09:00")
    return Recurrence(Frequency.MONTHLY, starts, "Europe/Berlin", every=2, until=date(2028, 1, 31), count=12)


def message(kind: str, number: int = 0, state: MessageState = MessageState.SCHEDULED) -> Message:
    return Message(
        id=f"0190a000-0000-7000-8000-00000000{number:04}",
        direction=Direction.OUTBOUND,
        line=text_of(kind)[:40] or "support",
        peer="+14155550123",
        text=text_of(kind) or "Hello",
        encoding=Encoding.UCS2,
        state=state,
        conversation_id="c-1",
        created_at=AT,
        updated_at=AT,
        error=Failure("schedule.missed", "its time passed") if state is MessageState.HELD else None,
        send_at=AT + number * 60_000,
        origin=Origin(OriginKind.SLACK, "U1"),
    )


def entry(kind: str, number: int) -> Scheduled:
    state = MessageState.HELD if number == 1 else MessageState.SCHEDULED
    one = message(kind, number, state)
    if number % 3 != 2:
        return Scheduled(one, cancel_if_answered=number % 2 == 0)
    at = instant(rule().starts, rule().zone)
    turn = Turn("s-1", 0, at)
    series = Series(
        "s-1", one.line, one.peer, "c-1", one.text, rule(), True, Origin(OriginKind.SLACK, "U1"), one.id, turn
    )
    return Scheduled(one, True, series)


def form(kind: str, **more) -> dict:
    text = text_of(kind)
    base = send_text.SendText(
        lines=[("support", "(415) 555-0100")]
        if kind == "empty"
        else [(text[:40] or "support", "(415) 555-0100"), ("sales", "")],
        line=text[:40] or "support",
        templates=templates_of(kind),
    )
    if kind != "empty":
        base = replace(
            base,
            to=inputs.option(text or "Ann Lee · (415) 555-0142", "n:+14155550142"),
            template="t-1",
            text=text,
            version=3,
            cost=send_text.cost(Measure(Encoding.UCS2, 1234, 1234, 12, 3, "\u200b"), limit=10, left=688),
            warning=text,
            later=True,
            at=AT // 1000,
            zone="America/Argentina/ComodRivadavia",
            repeat="monthly:1",
            until="2027-01-31",
            times=12,
            next_times=["Mon 4 Jan 09:00"] * 5,
            cancel_if_answered=True,
            channels=[("C1", text[:75] or "#clerk-sms"), ("C2", "sales")],
            reply="C2",
            carried={"line": text[:40], "chan": "C1"},
        )
    return send_text.form(replace(base, **more))


def screens_of(kind: str) -> dict[str, dict]:
    text = text_of(kind)
    listed = [templates.Listed(one, 3, one.scope is TemplateScope.PERSONAL) for one in templates_of(kind)]
    found = [entry(kind, number) for number in range({"empty": 0, "hundred": scheduled.PER_PAGE}.get(kind, 3))]
    return {
        "send_text": form(kind),
        "send_text-edit": form(kind, editing=text or "Ann Lee", repeats=kind == "typical"),
        "scheduled": scheduled.listing(
            found,
            total=100 if kind == "hundred" else len(found),
            offset=scheduled.PER_PAGE if kind == "hundred" else 0,
            names={"+14155550123": text} if text else {},
            authors={"U1": text[:80] or "dana"},
            regions={"support": "US"},
            note=text,
        ),
        "templates": templates.listing(
            listed[: templates.PER_PAGE], total=len(listed), offset=20 if kind == "hundred" else 0, note=text
        ),
        "template": templates.form(
            None if kind == "empty" else template(kind, 1, TemplateScope.LINE),
            lines=[f"line {number}" for number in range(120 if kind == "hundred" else 2)] + ["support"],
            cost=text[:100],
            carried={"list": "V1"},
        ),
    }


def messages_of(kind: str) -> list[dict]:
    text = text_of(kind) or "Ann Lee"
    return [
        one.payload
        for one in (
            send_text.sent(text, link="https://example.slack.com/archives/C1/p1"),
            send_text.sent(text, link=None, when="Mon 4 Jan 09:00", where="#clerk-sms"),
            send_text.invitation(),
            scheduled.stopped(message(kind), text),
        )
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_is_what_slack_takes_and_what_it_was(kind):
    for name, view in screens_of(kind).items():
        assert view_problems(view) == [], name
        compare(f"{name}.{kind}", view)
    for shown in messages_of(kind):
        assert message_problems(shown["blocks"]) == []
    compare(f"send_text-said.{kind}", messages_of(kind))


def compare(name: str, value) -> None:
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
        path.write_text(pretty(value))
    assert path.read_text() == pretty(value), f"{path.name} is another one now"


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (Measure(Encoding.GSM7, 161, 161, 2, 145, None), "161 characters · 2 segments · quota left 1,688"),
        (Measure(Encoding.UCS2, 1, 1, 1, 69, "’"), "1 character · 1 segment · Unicode because of ’ · quota left 1,688"),
        (
            Measure(Encoding.UCS2, 1, 1, 1, 69, "\u200b"),
            "1 character · 1 segment · Unicode because of U+200B · quota left 1,688",
        ),
        (
            Measure(Encoding.GSM7, 1700, 1700, 12, 1, None),
            "1,700 characters · ⚠️ 12 segments, at most 10 can be sent · quota left 1,688",
        ),
    ],
)
def test_what_a_text_costs_in_words(measure, words):
    assert send_text.cost(measure, limit=10, left=1688) == words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"frequency": Frequency.DAILY}, "every day at 09:00 (UTC)"),
        ({"frequency": Frequency.WEEKLY, "every": 2}, "every 2 weeks on Monday at 09:00 (UTC)"),
        ({"frequency": Frequency.MONTHLY, "count": 1}, "every month on day 4 at 09:00 (UTC), 1 time in all"),
        ({"frequency": Frequency.DAILY, "until": date(2027, 3, 1)}, "every day at 09:00 (UTC), until 1 Mar 2027"),
    ],
)
def test_a_rule_in_words(more, words):
    starts = datetime.fromisoformat("2027-01-04T09:00")
    assert send_text.rule_words(Recurrence(**{"starts": starts, "zone": "UTC"} | more)) == words
