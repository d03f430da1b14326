"""A conversation with a long backlog is told in fewer, larger messages: Slack takes about one a second in a channel.

Each text keeps its own post, which is done when the joint's message is there: so reactions, links and parts that
come late find it as if it stood alone. Used in the store's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from clerkd.errors import NotFound
from clerkd.ports.store import Tx
from clerkd.slack import ids
from clerkd.slack.sanitize import FALLBACK_LIMIT
from clerkd.slack.screens.backlog import Waited, together
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.slack_backlog import join_posts, joined_posts, separate_posts, waiting_of
from clerkd.store.ops.slack_posts import Action, NewPost, Post, add_post, get_post

MANY = 50  # posts of one conversation that wait; fewer are told one by one
MOST_TEXTS = 20  # in one message, which must stay readable
MOST_CHARACTERS = FALLBACK_LIMIT - 100
TIME_CHARACTERS = 18  # of "22 Nov 13:05 UTC" and what separates it
OPEN = {"waiting", "sending"}


class Backlog:
    """Join what waits, and find what was joined."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    def gather(self, tx: Tx, post: Post, *, now: int) -> Post:
        """Return what is to be posted when a post's turn has come: itself, or the joint in which it is shown."""
        if post.joined_id is not None:
            return self._joint_of(tx, post, post.joined_id)
        if post.conversation_id is None or not _is_short_text(post):
            return post
        waiting = waiting_of(tx, post.lane, post.conversation_id, now=now, most=MANY + 1)
        if len(waiting) <= MANY:
            return post
        waiting = waiting_of(tx, post.lane, post.conversation_id, now=now, most=MANY * MANY)
        run = list(takewhile(lambda one: one.joined_id is None and _is_short_text(one), waiting))
        joints = [self._join(tx, post, members, now) for members in _messages(run) if len(members) > 1]
        return self._joint_of(tx, post, joints[0]) if joints and run[0].id == post.id else post

    def _join(self, tx: Tx, first: Post, members: Sequence[Post], now: int) -> str:
        joint_id = self._new_id()
        joint = NewPost(
            lane=first.lane,
            action=Action.POST,
            payload=_shown(tx, members),
            subject=ids.backlog_subject(joint_id),
            line=first.line,
            conversation_id=first.conversation_id,
        )
        add_post(tx, joint_id, joint, now=now)
        join_posts(tx, joint_id, members)
        return joint_id

    def _joint_of(self, tx: Tx, post: Post, joint_id: str) -> Post:
        joint = get_post(tx, joint_id)
        if joint is not None and joint.state in OPEN:
            return joint
        separate_posts(tx, joint_id)  # it was given up
        return post


def shown_together(tx: Tx, joint_id: str) -> dict[str, object]:
    """Return what a joint shows now."""
    return _shown(tx, joined_posts(tx, joint_id))


def _shown(tx: Tx, members: Sequence[Post]) -> dict[str, object]:
    return together([Waited(post.payload, _came_at(tx, post)) for post in members]).payload


def _came_at(tx: Tx, post: Post) -> int:
    try:
        return get_message(tx, post.subject.partition(":")[2]).created_at
    except NotFound:
        return post.created_at


def _is_short_text(post: Post) -> bool:
    """Tell whether a post is a whole text: a piece of a long one stands alone."""
    kind, _, rest = post.subject.partition(":")
    is_text = kind == "message" and ":" not in rest and post.action is Action.POST and post.channel is None
    return is_text and post.state == "waiting" and _length(post) <= MOST_CHARACTERS // 4


def _length(post: Post) -> int:
    return len(str(post.payload.get("text", ""))) + TIME_CHARACTERS


def _messages(run: Sequence[Post]) -> Iterator[list[Post]]:
    """Cut a run of texts into what fits into one message each."""
    members: list[Post] = []
    length = 0
    for post in run:
        if members and (len(members) == MOST_TEXTS or length + _length(post) > MOST_CHARACTERS):
            yield members
            members, length = [], 0
        members.append(post)
        length += _length(post)
    if members:
        yield members
