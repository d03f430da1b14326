"""Questions before a text goes: it is old, or somebody else has just answered.

The text is kept until somebody decides. A question that only its writer sees is gone with the next restart of their
Slack, so after a while the same question stands in the thread.
"""

from __future__ import annotations

from clerkd.slack import ledger
from clerkd.slack.bounds import Bound
from clerkd.slack.ids import HINT_LANE, Place, Reaction, asked_subject, line_lane
from clerkd.slack.ledger import Entry, Fate
from clerkd.slack.parse import Wrote
from clerkd.slack.screens import asked
from clerkd.store.ops.slack_answers import OtherAnswer
from clerkd.store.ops.slack_inbox import Received
from clerkd.store.ops.slack_posts import Action, NewPost

ASK_OPENLY_AFTER_MS = 120_000


def about_age(received: Received, event: Wrote, bound: Bound) -> Entry:
    """Ask whether something that was written long ago shall be sent."""
    screen = asked.stale(received.id, int(float(event.place.ts)))
    post = ledger.reply(event.place, bound.line, screen, subject=asked_subject(received.id))
    return Entry([post], Fate(event.place, "asked"), asked=True)


def about_answer(received: Received, event: Wrote, bound: Bound, other: OtherAnswer, *, who: str, now: int) -> Entry:
    """Ask the writer whether to send although somebody else has just answered."""
    place = event.place
    screen = asked.collision(received.id, who, other.text)
    whisper = NewPost(
        lane=HINT_LANE,
        action=Action.WHISPER,
        payload={"user": event.sender.user, **screen.payload},
        channel=place.channel,
        thread_ts=place.thread_ts,
    )
    openly = NewPost(
        lane=line_lane(bound.line),
        action=Action.POST,
        payload=screen.payload,
        subject=asked_subject(received.id),
        line=bound.line,
        channel=place.channel,
        thread_ts=place.root,
        due_at=now + ASK_OPENLY_AFTER_MS,
    )
    mark = ledger.react(place, bound.line, Reaction.ASKED)
    return Entry([mark, whisper, openly], Fate(place, "asked"), asked=True)


def seconds_between(place: Place, other_ts: str) -> float:
    """Return how far apart two messages were written, by Slack's clock."""
    return abs(float(place.ts) - float(other_ts))
