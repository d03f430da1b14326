"""What notices about lines mean in Slack: calls, what could not be read, a line that was lost and is back."""

from __future__ import annotations

from clerkd.errors import NotFound
from clerkd.model.notice import Notice, NoticeKind
from clerkd.slack import ids
from clerkd.slack.narration import SETTLED_BY, Narration
from clerkd.slack.screens import line as line_screen
from clerkd.store.ops.board import count_queued_messages
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.conversations import get_conversation
from clerkd.store.ops.slack_posts import answer_prompt, count_told_since, drop_post, find_posts

# The core tells no momentary loss. A line that goes and comes all day is told less and less often.
LOST_HOLD_MS = 60_000
LOST_HOLD_MOST_MS = 15 * 60_000
LATE_MS = 120_000  # a call that is told later is told with its time
FLAP_WINDOW_MS = 3_600_000  # losses within the last hour make the next one wait


class LineNews:
    """Queue what they mean."""

    def __init__(self, batch: Narration) -> None:
        self._batch = batch

    def arrived(self, notice: Notice) -> None:
        """Tell a call, that it is not answered, or what could not be read."""
        detail = notice.detail
        if notice.kind is NoticeKind.CALL_RECEIVED:
            caller = detail.get("caller")
            name = contact_name(self._batch.tx, str(caller)) if caller else None
            late = self._batch.now - notice.at > LATE_MS
            region = self._batch.lines.region(notice.line)
            screen = line_screen.missed_call(caller, region, name, at=notice.at if late else None)
        elif notice.kind is NoticeKind.TEXT_BACK_WITHHELD:
            screen = line_screen.no_text_back(str(detail.get("reason", "")))
        else:
            screen = line_screen.unreadable(str(detail.get("pdu", "")), str(detail.get("reason", "")), notice.line)
        self._batch.say(notice.line, screen, conversation_id=self.known(notice.conversation_id))

    def known(self, conversation_id: str | None) -> str | None:
        """Return a conversation's id if there is such a conversation."""
        if conversation_id is None:
            return None
        try:
            return get_conversation(self._batch.tx, conversation_id).id
        except NotFound:
            return None

    def changed(self, notice: Notice) -> None:
        """Tell a loss only if it lasts, and a return only if the loss was told."""
        subject = ids.lost_subject(notice.line)
        said = find_posts(self._batch.tx, subject)
        open_posts = [post for post in said if post.answered_by is None]
        if notice.kind is NoticeKind.LINE_LOST:
            if not open_posts:
                self._queue_lost(notice, subject)
            return
        for post in open_posts:
            answer_prompt(self._batch.tx, post.id, SETTLED_BY)
            if post.state == "waiting":
                drop_post(self._batch.tx, post.id, error="it came back in time")
            else:
                self._batch.say(notice.line, line_screen.back(notice.line))

    def _queue_lost(self, notice: Notice, subject: str) -> None:
        lately = count_told_since(self._batch.tx, subject, self._batch.now - FLAP_WINDOW_MS)
        hold = min(LOST_HOLD_MS * 4 ** (lately - 1), LOST_HOLD_MOST_MS) if lately else 0
        reason = notice.detail.get("reason")
        queued = count_queued_messages(self._batch.tx).get(notice.line, 0)
        screen = line_screen.lost(notice.line, str(notice.detail.get("state", "absent")), reason, queued)
        self._batch.say(notice.line, screen, subject=subject, due_at=self._batch.now + hold if hold else 0)
