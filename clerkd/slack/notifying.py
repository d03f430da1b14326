"""Notifications in Slack: who hears of a conversation that waits, where, and what becomes of what they were shown.

Runs inside one transaction and only queues. There is at most one live notification per conversation and place; it is
edited while it is true, moved to the bottom when it is to be heard again, and goes when nothing waits any more.
"""

from __future__ import annotations

from clerkd.errors import NotFound
from clerkd.model.message import OriginKind
from clerkd.model.notice import Notice, NoticeKind
from clerkd.model.ticket import TicketView, Why
from clerkd.slack import ids
from clerkd.slack.narration import Narration
from clerkd.slack.render import Screen
from clerkd.slack.screens import notification
from clerkd.slack.screens.notification import NotificationView
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.notifications_shown import is_at_bottom, live_notifications
from clerkd.store.ops.silenced import is_silenced
from clerkd.store.ops.slack_direct import open_direct
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.slack_posts import (
    Action,
    NewPost,
    Post,
    answer_prompt,
    drop_post,
    find_posts,
    rewrite_post,
)
from clerkd.store.ops.tickets import get_ticket_view

ORIGIN = "origin"  # the place where the conversation's texts come to
HEARD_AGAIN = frozenset({Why.OVERDUE, Why.SNOOZED})


class Notifying:
    """Queue what notices of one batch mean for notifications."""

    def __init__(self, batch: Narration, *, answered_ms: int) -> None:
        self._batch = batch
        self._tx = batch.tx
        self._answered_ms = answered_ms

    def tell(self, notice: Notice) -> None:
        """Queue what one notice means for notifications."""
        if notice.conversation_id is None:
            return
        match notice.kind:
            case NoticeKind.ANSWER_AWAITED:
                self._awaited(notice, notice.conversation_id)
            case NoticeKind.ANSWER_GIVEN:
                self._given(notice, notice.conversation_id)
            case NoticeKind.CONVERSATION_CHANGED | NoticeKind.CONTACT_CHANGED:
                self._changed(notice.conversation_id)
            case _:
                return

    def _awaited(self, notice: Notice, conversation_id: str) -> None:
        view = get_ticket_view(self._tx, conversation_id)
        why = Why(notice.detail.get("why", Why.WAITING.value))
        ticket = view.ticket
        if why is not Why.SNOOZED and (ticket.waiting_since is None or self._needs_none(view)):
            return  # answered meanwhile, or none is needed any more
        minutes = int(notice.detail.get("minutes", 0))
        for target in self._targets(view, why):
            live = self._live(conversation_id, target)
            if why is Why.REFRESHED and not live:
                continue
            if why is Why.NEW and target == ORIGIN:
                continue  # the conversation's card is posted at this moment and says it all
            shows = self._view(view, why, target, minutes=minutes)
            if live and (why in HEARD_AGAIN or (why is Why.WAITING and not is_at_bottom(self._tx, live[-1]))):
                for post in live:
                    self._retire(post, "moved")
                live = []
            if live:
                self._replace(live[-1], notification.waiting(shows), view)
            else:
                self._post(conversation_id, target, notification.waiting(shows), view)

    def _given(self, notice: Notice, conversation_id: str) -> None:
        """Say who answered, and take the notification away after a moment."""
        view = get_ticket_view(self._tx, conversation_id)
        if view.ticket.waiting_since is not None:
            return  # another text came meanwhile
        who = self._who(notice)
        for post in self._all_live(conversation_id):
            target = _target_of(post)
            shows = self._view(view, Why.WAITING, target)
            if post.state == "waiting":
                drop_post(self._tx, post.id, error="answered before it was shown")
                continue
            answer_prompt(self._tx, post.id, "answered")
            screen = notification.settled(shows, str(notice.detail.get("how", "")), who)
            self._edit(post, screen.payload)
            self._delete(post, due_at=self._batch.now + self._answered_ms)

    def _changed(self, conversation_id: str) -> None:
        """Bring what is shown up to date; take it away while the conversation is snoozed or needs no answer."""
        live = self._all_live(conversation_id)
        if not live:
            return
        view = get_ticket_view(self._tx, conversation_id)
        for post in live:
            if view.ticket.snoozed:
                self._retire(post, "snoozed")
            elif self._needs_none(view):
                self._retire(post, "no answer is needed")
            elif view.ticket.waiting_since is not None:
                target = _target_of(post)
                shows = self._view(view, Why.REFRESHED, target)
                self._replace(post, notification.waiting(shows), view)

    def _needs_none(self, view: TicketView) -> bool:
        return is_silenced(self._tx, view.peer, now=self._batch.now)

    # Who and where -----------------------------------------------------------------------------------------

    def _targets(self, view: TicketView, why: Why) -> list[str]:
        """Return the places and people that hear of it."""
        ticket = view.ticket
        targets = list(ticket.notified) or [ORIGIN]
        if why is Why.OVERDUE or (ticket.priority is not None and ticket.priority.value == "urgent"):
            targets += ticket.assignees
        if why is Why.OVERDUE and ORIGIN not in targets:
            targets.append(ORIGIN)  # those who were to hear of it did not answer
        direct = open_direct(self._tx, ticket.conversation_id)
        if direct is not None and why is not Why.OVERDUE:
            # Its texts come to a channel of its own, at top level: they are their own notification.
            targets = [target for target in targets if target not in {ORIGIN, direct.channel}]
        return list(dict.fromkeys(targets))

    def _view(self, view: TicketView, why: Why, target: str, *, minutes: int = 0) -> NotificationView:
        ticket = view.ticket
        return NotificationView(
            conversation_id=ticket.conversation_id,
            peer=view.peer,
            line=view.line,
            region=self._batch.lines.region(view.line),
            why=why,
            name=contact_name(self._tx, view.peer),
            unanswered=ticket.unanswered,
            last_text=self._last_text(ticket.last_inbound),
            waiting_since=ticket.waiting_since,
            now=self._batch.now,
            minutes=minutes,
            priority=ticket.priority,
            assignees=ticket.assignees,
            names=tuple(self._batch.names.get(user, "a colleague") for user in ticket.assignees),
            target=target,
        )

    def _last_text(self, message_id: str | None) -> str | None:
        if message_id is None:
            return None
        try:
            return get_message(self._tx, message_id).text
        except NotFound:
            return None

    def _who(self, notice: Notice) -> str:
        actor, kind = notice.detail.get("actor"), notice.detail.get("kind")
        if kind in {None, OriginKind.SLACK.value}:
            return self._batch.names.get(str(actor), "a colleague")
        return f"{actor} (API)" if kind == OriginKind.API.value and actor else "a program"

    # Posts -------------------------------------------------------------------------------------------------

    def _live(self, conversation_id: str, target: str) -> list[Post]:
        posts = find_posts(self._tx, ids.notification_subject(conversation_id, target))
        return [post for post in posts if post.answered_by is None]

    def _all_live(self, conversation_id: str) -> list[Post]:
        return live_notifications(self._tx, ids.notifications_subject(conversation_id))

    def _post(self, conversation_id: str, target: str, screen: Screen, view: TicketView) -> None:
        shown = self._last_post(view)
        place: str | None = target
        if target == ORIGIN:
            thread = current_thread(self._tx, conversation_id)
            if shown is None and thread is None:
                return  # nothing of it was ever shown
            # The text's own post says where that is, once it is known.
            place = None if shown is not None or thread is None else thread.channel
        self._batch.queue(
            NewPost(
                lane=ids.notification_lane(view.line if target == ORIGIN else target),
                action=Action.POST,
                payload=self._linked(screen, view),
                subject=ids.notification_subject(conversation_id, target),
                line=view.line,
                conversation_id=conversation_id,
                channel=place,
                # After the text that it is about.
                target_id=shown.id if shown is not None else None,
            )
        )

    def _replace(self, post: Post, screen: Screen, view: TicketView) -> None:
        payload = self._linked(screen, view)
        if post.state == "waiting":
            rewrite_post(self._tx, post.id, payload)
        else:
            self._edit(post, payload)

    def _edit(self, post: Post, payload: dict[str, object]) -> None:
        """Edit a notification; an edit that waits already shows the newest."""
        subject = ids.notification_edit_subject(post.id)
        for waiting in find_posts(self._tx, subject):
            if waiting.state == "waiting":
                rewrite_post(self._tx, waiting.id, payload)
                return
        self._batch.queue(
            NewPost(
                lane=post.lane,
                action=Action.UPDATE,
                payload=payload,
                subject=subject,
                line=post.line,
                conversation_id=post.conversation_id,
                target_id=post.id,
            )
        )

    def _retire(self, post: Post, why: str) -> None:
        if post.state == "waiting":
            drop_post(self._tx, post.id, error=why)
            return
        answer_prompt(self._tx, post.id, why)
        self._delete(post)

    def _delete(self, post: Post, *, due_at: int = 0) -> None:
        self._batch.queue(
            NewPost(lane=post.lane, action=Action.DELETE, payload={}, line=post.line, target_id=post.id, due_at=due_at)
        )

    def _linked(self, screen: Screen, view: TicketView) -> dict[str, object]:
        """Return what is shown, with the message that **Reply** leads to."""
        shown = self._last_post(view)
        link = {"conversation": view.ticket.conversation_id} | ({"post": shown.id} if shown is not None else {})
        return screen.payload | {"link": link}

    def _last_post(self, view: TicketView) -> Post | None:
        if view.ticket.last_inbound is None:
            return None
        posts = find_posts(self._tx, ids.message_subject(view.ticket.last_inbound))
        return posts[-1] if posts else None


def _target_of(post: Post) -> str:
    return post.subject.rpartition(":")[2]
