"""What acting on something received leaves behind, written in one transaction with the note that it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from clerkd.ids import Ids
from clerkd.ports.store import Store, Tx
from clerkd.slack.ids import HINT_LANE, Place, Reaction, line_lane, touch_lane
from clerkd.slack.render import Screen
from clerkd.slack.screens.hint import told
from clerkd.store.ops.slack_inbox import Received, fail_received, finish_received, note_said, park_received
from clerkd.store.ops.slack_posts import Action, NewPost, add_post


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a person's message."""

    place: Place
    outcome: str  # sent, note, refused, asked, deleted
    message_id: str | None = None


@dataclass(slots=True)
class Entry:
    """Everything to write."""

    posts: list[NewPost] = field(default_factory=list)
    fate: Fate | None = None
    also_done: str | None = None  # something received earlier that this settles
    asked: bool = False  # a person has to decide about it
    failed: bool = False


class Ledger:
    """Write entries."""

    def __init__(self, store: Store, *, ids: Ids, now_ms: Callable[[], int], wake_lane: Callable[[str], None]) -> None:
        self._store = store
        self._ids = ids
        self._now_ms = now_ms
        self._wake_lane = wake_lane

    async def write(self, received: Received, entry: Entry) -> None:
        """Write an entry and have its posts made."""
        post_ids = [self._ids.new() for _ in entry.posts]
        await self._store.write(_write, received.id, entry, post_ids, self._now_ms())
        self._wake(entry.posts)

    async def post(self, posts: Sequence[NewPost]) -> None:
        """Have posts made that nothing received asks for."""
        post_ids = [self._ids.new() for _ in posts]
        await self._store.write(_add_posts, posts, post_ids, self._now_ms())
        self._wake(posts)

    def _wake(self, posts: Sequence[NewPost]) -> None:
        for lane in {post.lane for post in posts}:
            self._wake_lane(lane)


def _add_posts(tx: Tx, posts: Sequence[NewPost], post_ids: Iterable[str], now: int) -> None:
    for post_id, post in zip(post_ids, posts, strict=True):
        add_post(tx, post_id, post, now=now)


def _write(tx: Tx, received_id: str, entry: Entry, post_ids: Iterable[str], now: int) -> None:
    _add_posts(tx, entry.posts, post_ids, now)
    if entry.fate is not None:
        place = entry.fate.place
        note_said(tx, place.channel, place.ts, entry.fate.outcome, entry.fate.message_id)
    if entry.also_done is not None:
        finish_received(tx, entry.also_done)
    if entry.asked:
        park_received(tx, received_id)
    elif entry.failed:
        fail_received(tx, received_id)
    else:
        finish_received(tx, received_id)


# What is commonly posted --------------------------------------------------------------------------------------


def whisper(place: Place, user: str, text: str) -> NewPost:
    """Show a hint to one person, where they wrote."""
    return NewPost(
        lane=HINT_LANE,
        action=Action.WHISPER,
        payload={"user": user, "text": told(text).text},
        channel=place.channel,
        thread_ts=place.thread_ts,
    )


def react(place: Place, line: str, reaction: Reaction) -> NewPost:
    """Put a reaction on a person's message."""
    return NewPost(
        lane=touch_lane(line),
        action=Action.REACT,
        payload={"name": reaction.value},
        line=line,
        channel=place.channel,
        target_ts=place.ts,
    )


def reply(place: Place, line: str, screen: Screen, *, subject: str = "") -> NewPost:
    """Answer in the thread of a message, or begin one under it."""
    return NewPost(
        lane=line_lane(line),
        action=Action.POST,
        payload=screen.payload,
        subject=subject,
        line=line,
        channel=place.channel,
        thread_ts=place.root,
    )


def replace(place: Place, line: str | None, screen: Screen) -> NewPost:
    """Show something else in a message of ours."""
    return NewPost(
        lane=touch_lane(line or ""),
        action=Action.UPDATE,
        payload=screen.payload,
        line=line,
        channel=place.channel,
        target_ts=place.ts,
    )
