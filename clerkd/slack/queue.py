"""Steps of the post queue, each one transaction: what to do next in a lane, and what came of it.

At most one post of a lane is `sending`. Found so at the next look, it is in doubt: the answer was lost, or the
daemon was killed before it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from clerkd.errors import NotFound
from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.slack.backlog import Backlog
from clerkd.slack.cards import Cards
from clerkd.slack.refusals import DEACTIVATED
from clerkd.slack.screens.card import Where
from clerkd.slack.screens.direct import BACK
from clerkd.slack.screens.gone import person_gone
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.slack_backlog import finish_joined
from clerkd.store.ops.slack_direct import DirectState, direct_at, open_direct
from clerkd.store.ops.slack_gone import forget_notified, unassign_everywhere
from clerkd.store.ops.slack_places import current_thread, link_thread, preferred_channel
from clerkd.store.ops.slack_posts import (
    Action,
    NewPost,
    Post,
    add_post,
    claim_post,
    drop_post,
    find_posts,
    finish_post,
    get_post,
    lanes_waiting_for,
    next_due,
    next_post,
    release_post,
    rewrite_post,
)

SET_ASIDE_MS = 600_000


@dataclass(frozen=True, slots=True)
class Work:
    """A post that was claimed, and where it goes."""

    post: Post
    channel: str
    thread_ts: str | None
    in_doubt: bool
    conversation_id: str | None  # whose thread it goes into


@dataclass(frozen=True, slots=True)
class Blocked:
    """The lane's next post has nowhere to go."""

    line: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is to be done now; `due_at` (epoch ms) is when something will be."""

    due_at: int | None


Step = Work | Blocked | Idle


class Rooms(Protocol):
    """Which channels there are."""

    def id_of(self, line: str) -> str | None:
        """Return the channel in which a line is shown, if it is known and can be used."""
        ...

    def usable(self, channel_id: str) -> bool:
        """Whether Slack let us post there when we last tried."""
        ...


class Queue:
    """The steps, with what they need to know: cards, channels, ids, the time. Used in the store's thread."""

    def __init__(
        self,
        cards: Cards,
        rooms: Rooms,
        new_id: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._cards = cards
        self._backlog = Backlog(new_id)
        self._rooms = rooms
        self._new_id = new_id
        self._now_ms = now_ms

    def take(self, tx: Tx, lane: str) -> Step:
        """Claim what comes next in a lane."""
        now = self._now_ms()
        while (post := next_post(tx, lane, now=now)) is not None:
            if post.action is Action.REACT and not _still_true(tx, post):
                drop_post(tx, post.id, error="not true any more")
                continue
            post = self._backlog.gather(tx, post, now=now)
            fresh = self._fresh(tx, post)
            step = self._claim(tx, fresh, now) if fresh is not None else None
            if step is not None:
                return step
        return Idle(next_due(tx, lane, now=now))

    def finish(self, tx: Tx, work: Work, ts: str | None) -> tuple[Step, list[str]]:
        """Note that a post was made; claim what comes next in its lane, and name the lanes that waited for it."""
        post = work.post
        finish_post(tx, post.id, channel=work.channel or None, ts=ts)
        kind, _, conversation_id = post.subject.partition(":")
        if kind == "card" and ts is not None:
            link_thread(tx, conversation_id, work.channel, ts, now=self._now_ms())
        lanes = lanes_waiting_for(tx, post.id)
        if kind == "backlog" and ts is not None:
            lanes += finish_joined(tx, post.id, channel=work.channel, ts=ts)
        if kind in ids.CARD_KINDS:
            lanes += self._shown(tx, work, ts or post.target_ts, conversation_id)
        return self.take(tx, post.lane), lanes

    def settle(self, tx: Tx, work: Work, follow: Callable[[Tx], Iterable[str]]) -> tuple[Step, list[str]]:
        """Note that a step was done with what follows from it, in one transaction."""
        finish_post(tx, work.post.id, channel=None, ts=None)
        lanes = list(follow(tx))
        return self.take(tx, work.post.lane), lanes

    def drop(self, tx: Tx, work: Work, error: str) -> Step:
        """Give a post up, and claim what comes next in its lane."""
        drop_post(tx, work.post.id, error=error)
        return self.take(tx, work.post.lane)

    def leave_out(self, tx: Tx, work: Work, error: str) -> tuple[Step, list[str]]:
        """Give up telling a person who cannot be reached, and say so in the thread, once."""
        post, user = work.post, work.post.channel
        drop_post(tx, post.id, error=error)
        if user is None or post.conversation_id is None or post.line is None:
            return self.take(tx, post.lane), []
        forget_notified(tx, user)
        left = unassign_everywhere(tx, user, at=self._now_ms()) if error in DEACTIVATED else []
        here = post.conversation_id in left
        subject, lane = ids.gone_subject(post.conversation_id, user), ids.line_lane(post.line)
        if not find_posts(tx, subject):
            told = NewPost(
                lane=lane,
                action=Action.POST,
                payload=person_gone(user, unassigned=here, others=len(left) - here).payload,
                subject=subject,
                line=post.line,
                conversation_id=post.conversation_id,
            )
            add_post(tx, self._new_id(), told, now=self._now_ms())
        return self.take(tx, post.lane), [lane]

    def _fresh(self, tx: Tx, post: Post) -> Post | None:
        """Return a post with what it is to show now; None if it is to show nothing any more."""
        if post.state == "sending" and post.action is Action.POST:
            return post  # it may be there, as it was
        try:
            payload = self._cards.payload_of(tx, post)
        except NotFound:
            drop_post(tx, post.id, error="its conversation is gone")
            return None
        if payload is None:
            return post
        if self._cards.is_shown(tx, post, payload):
            drop_post(tx, post.id, error="it is shown already")
            return None
        rewrite_post(tx, post.id, payload)
        return replace(post, payload=payload)

    def _shown(self, tx: Tx, work: Work, ts: str | None, conversation_id: str) -> list[str]:
        """Note what a card shows; what changed while it was on its way needs another edit."""
        if ts is None:
            return []
        self._cards.note_shown(tx, work.post, work.channel, ts)
        return list(self._cards.refresh(tx, conversation_id, now=self._now_ms(), but_shown=True))

    def _claim(self, tx: Tx, post: Post, now: int) -> Step | None:
        """Claim a post, or the card that must precede it; None if it cannot be done now and others shall pass."""
        if post.state == "sending" and post.sent_channel is not None:  # in doubt: it may be there, and nowhere else
            return self._claimed(tx, post, post.sent_channel, post.sent_thread_ts, now)
        if post.action is Action.CHANNEL:
            return self._claimed(tx, post, post.channel or "", None, now)
        if post.channel is not None:  # a place given outright
            return self._claim_at(tx, post, post.channel, now)
        channel = self._rooms.id_of(post.line or "")
        if post.conversation_id is None:
            return Blocked(post.line or "") if channel is None else self._claimed(tx, post, channel, None, now)
        direct = open_direct(tx, post.conversation_id)
        if direct is not None and direct.channel is not None and self._rooms.usable(direct.channel):
            return self._claimed(tx, post, direct.channel, None, now)
        thread = current_thread(tx, post.conversation_id)
        if thread is not None and self._rooms.usable(thread.channel):
            return self._claimed(tx, post, thread.channel, thread.root_ts, now)
        preferred = preferred_channel(tx, post.conversation_id)
        if preferred is not None and self._rooms.usable(preferred):
            channel = preferred
        if channel is None:
            return Blocked(post.line or "")
        try:
            card = self._card(tx, post, post.conversation_id, now)
        except NotFound:  # the conversation was erased meanwhile
            drop_post(tx, post.id, error="its conversation is gone")
            return None
        return self._claimed(tx, card, channel, None, now)

    def _claim_at(self, tx: Tx, post: Post, channel: str, now: int) -> Step | None:
        """Claim a post whose place was given outright, unless nothing can be posted there."""
        direct = direct_at(tx, channel) if post.action in {Action.POST, Action.UPDATE} else None
        closed = direct is not None and direct.state is not DirectState.OPEN and direct.problem != BACK
        if not closed and (post.action is not Action.POST or self._rooms.usable(channel)):
            return self._claimed(tx, post, channel, post.thread_ts, now)
        if closed:
            drop_post(tx, post.id, error="the channel is closed")
        else:
            release_post(tx, post.id, due_at=now + SET_ASIDE_MS, error="channel cannot be used")
        return None

    def _claimed(self, tx: Tx, post: Post, channel: str, thread_ts: str | None, now: int) -> Work:
        claim_post(tx, post.id, now=now, channel=channel, thread_ts=thread_ts)
        return Work(post, channel, thread_ts, post.state == "sending", post.conversation_id)

    def _card(self, tx: Tx, post: Post, conversation_id: str, now: int) -> Post:
        """Return the contact card that must be there first: the one in the queue, or a new one."""
        subject = ids.card_subject(conversation_id)
        for queued in find_posts(tx, subject):
            if queued.state != "done":
                return queued
        payload = self._cards.payload(tx, conversation_id, Where.THREAD)
        post_id = self._new_id()
        add_post(
            tx,
            post_id,
            NewPost(lane=post.lane, action=Action.POST, payload=payload, subject=subject, line=post.line),
            now=now,
        )
        card = get_post(tx, post_id)
        assert card is not None  # noqa: S101 - it was added in this transaction
        return card


def _still_true(tx: Tx, post: Post) -> bool:
    states = post.payload.get("while")
    if not isinstance(states, list):
        return True
    try:
        return get_message(tx, str(post.payload.get("message"))).state.value in states
    except NotFound:
        return False
