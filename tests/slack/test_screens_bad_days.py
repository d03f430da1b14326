"""What a bad day leaves in Slack, as it is sent: texts that waited, and that somebody has left."""

import os
from pathlib import Path

import pytest
from fakes.slack_room import pretty

from clerkd.slack.backlog import MOST_CHARACTERS, MOST_TEXTS
from clerkd.slack.render import Screen, quote, rich_text, screen
from clerkd.slack.screens.backlog import Waited, together
from clerkd.slack.screens.gone import person_gone

SNAPSHOTS = Path(__file__).parent / "snapshots"
TEXTS = {
    "empty": ["(no text)", "(no text)"],
    "typical": ["Is my bike ready?", "Hello?", "I am outside"],
    "longest": ["All work and no play makes Jack a dull boy. " * 16] * 4,
    "right-to-left": ["שלום, האופניים מוכנים? 🚲👨‍👩‍👧", "مرحبا"],
    "hostile": ["<!channel> <@U1> <https://evil.example|bank>", "*b* `c` :x: &amp;\n> q"],
    "hundred": [f"Text {number}" for number in range(MOST_TEXTS)],
}


def backlog(kind: str) -> Screen:
    own = [screen(text, rich_text(quote(text))).payload for text in TEXTS[kind]]
    return together([Waited(payload, number * 60_000) for number, payload in enumerate(own)])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((f"backlog.{kind}", backlog(kind)) for kind in TEXTS),
        ("gone.typical", person_gone("U12345")),
        ("gone.longest", person_gone("U12345", unassigned=True, others=12)),
    ],
)
def test_every_screen_is_as_it_was(name, shown):
    path, now = SNAPSHOTS / f"{name}.json", pretty([shown.payload])
    if os.environ.get("CLERKD_WRITE_SNAPSHOTS"):
        path.write_text(now)
    assert path.read_text() == now


@pytest.mark.parametrize("kind", TEXTS)
def test_what_waited_fits_into_a_message_and_lets_slack_parse_nothing(kind):
    shown = backlog(kind)

    assert len(shown.text) <= MOST_CHARACTERS
    assert len(shown.blocks) <= 50
    assert "<" not in shown.text
