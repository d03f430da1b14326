"""What notices about SIMs mean in Slack: another one, too little on it."""

from __future__ import annotations

from collections.abc import Callable

from clerkd.model.notice import Notice, NoticeKind
from clerkd.slack import ids
from clerkd.slack.narration import SETTLED_BY, Narration
from clerkd.slack.render import Screen
from clerkd.slack.screens import sim as sim_screen
from clerkd.store.ops.board import count_queued_messages
from clerkd.store.ops.slack_posts import Post, answer_prompt, find_posts

SIM_NEWS = frozenset({NoticeKind.SIM_CHANGED, NoticeKind.SIM_SETTLED, NoticeKind.BALANCE_CHANGED})


class SimNews:
    """Queue what they mean. `replace` shows something else in a post."""

    def __init__(self, batch: Narration, replace: Callable[[Post, Screen], None]) -> None:
        self._batch = batch
        self._replace = replace

    def tell(self, notice: Notice) -> None:
        """Queue what one notice means."""
        match notice.kind:
            case NoticeKind.SIM_CHANGED:
                self._changed(notice)
            case NoticeKind.SIM_SETTLED:
                self._settled(notice)
            case _:
                self._batch.say(notice.line, sim_screen.balance(notice.line, notice.detail))

    def _changed(self, notice: Notice) -> None:
        line = self._batch.lines.get(notice.line)
        queued = count_queued_messages(self._batch.tx).get(notice.line, 0)
        shown = sim_screen.changed(notice.line, line.number if line else "", notice.detail, queued)
        self._batch.say(notice.line, shown, subject=ids.sim_subject(notice.line))

    def _settled(self, notice: Notice) -> None:
        """Take the button back."""
        actor = str(notice.detail.get("actor") or "")
        for post in find_posts(self._batch.tx, ids.sim_subject(notice.line)):
            if post.answered_by is None:
                answer_prompt(self._batch.tx, post.id, actor or SETTLED_BY)
                name = self._batch.names.get(actor, actor)
                self._replace(post, sim_screen.settled(notice.line, notice.detail, name))
