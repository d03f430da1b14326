"""What each kind of notice means in Slack. Runs inside one transaction and only queues."""

from __future__ import annotations

from collections.abc import Sequence

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Message, OriginKind
from clerkd.model.notice import Notice, NoticeKind
from clerkd.slack import ids
from clerkd.slack.backlog import shown_together
from clerkd.slack.cards import Cards
from clerkd.slack.direct_steps import DirectSteps
from clerkd.slack.ids import Place, Reaction
from clerkd.slack.narration import SETTLED_BY, Narration
from clerkd.slack.render import Screen
from clerkd.slack.ruling import held_prompt, is_told_together, ruling
from clerkd.slack.screens import line as line_screen
from clerkd.slack.screens import message as message_screen
from clerkd.slack.screens import outcome, scheduled
from clerkd.slack.telling_lines import LineNews
from clerkd.slack.telling_sims import SIM_NEWS, SimNews
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.messages import get_message
from clerkd.store.ops.rules import match_dnd
from clerkd.store.ops.slack_direct import open_direct
from clerkd.store.ops.slack_posts import (
    Action,
    NewPost,
    Post,
    answer_prompt,
    drop_post,
    find_posts,
    get_post,
    rewrite_post,
)

REACTIONS: dict[MessageState, Reaction] = {
    MessageState.ACCEPTED: Reaction.QUEUED,
    MessageState.SCHEDULED: Reaction.SCHEDULED,
    MessageState.SUBMITTED: Reaction.SENT,
    MessageState.DELIVERED: Reaction.RECEIVED,
    MessageState.FAILED: Reaction.FAILED,
    MessageState.EXPIRED: Reaction.FAILED,
    MessageState.UNKNOWN: Reaction.UNKNOWN,
}
ON_ITS_WAY = [MessageState.ACCEPTED.value, MessageState.SUBMITTING.value]
WORDED = {MessageState.FAILED, MessageState.EXPIRED, MessageState.UNKNOWN, MessageState.HELD, MessageState.CANCELLED}
SECOND_THOUGHTS_MS = 300_000  # no installation waits longer (`slack.undo_s`)


class Telling:
    """Queue what notices of one batch mean."""

    def __init__(self, batch: Narration, *, cards: Cards, steps: DirectSteps) -> None:
        self._batch = batch
        self._tx = batch.tx
        self._news = LineNews(batch)
        self._cards = cards
        self._steps = steps

    def tell(self, notice: Notice) -> None:
        """Queue what one notice means."""
        match notice.kind:
            case NoticeKind.MESSAGE_RECEIVED:
                message = get_message(self._tx, notice.message_id or "")
                self._post_all(message, self._inbound(message, notice))
            case NoticeKind.MESSAGE_AMENDED:
                message = get_message(self._tx, notice.message_id or "")
                if message.direction is Direction.INBOUND:
                    self._amend(message, self._inbound(message, notice))
                else:
                    self._show_again(message)
            case NoticeKind.MESSAGE_ACCEPTED:
                self._accepted(get_message(self._tx, notice.message_id or ""))
            case NoticeKind.MESSAGE_CHANGED:
                message = get_message(self._tx, notice.message_id or "")
                if is_told_together(notice):
                    self._settle_prompts(message)
                    return
                self._changed(message, MessageState(notice.detail.get("state", message.state)))
                if notice.detail.get("event") == "released" and message.send_at is not None:
                    self._show_again(message)  # it was scheduled, now it is sent
            case kind if kind in SIM_NEWS:
                SimNews(self._batch, self._replace).tell(notice)
            case _:
                self._tell_besides(notice)

    def _tell_besides(self, notice: Notice) -> None:
        """Queue what a notice means that is not about what became of a message."""
        match notice.kind:
            case NoticeKind.MESSAGE_UNREADABLE | NoticeKind.CALL_RECEIVED | NoticeKind.TEXT_BACK_WITHHELD:
                self._news.arrived(notice)
            case NoticeKind.LINE_LOST | NoticeKind.LINE_BACK:
                self._news.changed(notice)
            case NoticeKind.MESSAGE_MOVED:
                by, reason = str(notice.detail.get("by", "")), str(notice.detail.get("reason", ""))
                number = line.number if (line := self._batch.lines.get(by)) is not None else ""
                self._in_thread(get_message(self._tx, notice.message_id or ""), line_screen.moved(by, number, reason))
            case NoticeKind.SERIES_STOPPED:
                message = get_message(self._tx, notice.message_id or "")
                self._in_thread(message, scheduled.stopped(message, str(notice.detail.get("reason", ""))))
            case (
                NoticeKind.QUOTA_WARNED | NoticeKind.OPTED_OUT | NoticeKind.OPTED_IN | NoticeKind.OPT_OUT_SUSPECTED
            ) if (
                not self._is_kept_back(notice)
                and (screen := ruling(notice, self._batch.lines, self._batch.names)) is not None
            ):
                self._batch.say(notice.line, screen, conversation_id=self._news.known(notice.conversation_id))
            case NoticeKind.NUMBER_ERASED:
                self._take_back(notice)
            case NoticeKind.CONVERSATION_CHANGED | NoticeKind.CONTACT_CHANGED:
                self._batch.lanes.update(self._cards.refresh(self._tx, notice.conversation_id, now=self._batch.now))
                self._batch.lanes.update(self._steps.changed(self._tx, notice.conversation_id))

    def _is_kept_back(self, notice: Notice) -> bool:
        """Tell whether a notice is about the word of a peer on the Do Not Disturb list, whose texts are not shown."""
        peer = notice.detail.get("peer")
        by_keyword = peer is not None and notice.detail.get("keyword") is not None
        return by_keyword and match_dnd(self._tx, str(peer), now=self._batch.now) is not None

    # Messages ----------------------------------------------------------------------------------------------

    def _inbound(self, message: Message, notice: Notice) -> list[Screen]:
        return message_screen.inbound(message, remarks=message_screen.remarks(notice.detail))

    def _post_all(self, message: Message, screens: Sequence[Screen], *, start: int = 0) -> None:
        for part, screen in enumerate(screens[start:], start):
            self._batch.queue(
                NewPost(
                    lane=ids.line_lane(message.line),
                    action=Action.POST,
                    payload=screen.payload,
                    subject=ids.message_subject(message.id, part),
                    line=message.line,
                    conversation_id=message.conversation_id,
                )
            )

    def _amend(self, message: Message, screens: Sequence[Screen]) -> None:
        for part, screen in enumerate(screens):
            shown = find_posts(self._tx, ids.message_subject(message.id, part))
            if not shown:
                self._post_all(message, screens, start=part)
                return
            self._replace(shown[0], screen)

    def _replace(self, post: Post, screen: Screen) -> None:
        """Show something else in a post: rewrite it while it waits, edit it once it may be there."""
        payload = screen.payload
        if post.joined_id is not None and (joint := get_post(self._tx, post.joined_id)) is not None:
            rewrite_post(self._tx, post.id, payload)
            post, payload = joint, shown_together(self._tx, joint.id)
        if post.state == "waiting":
            rewrite_post(self._tx, post.id, payload)
            return
        self._batch.queue(
            NewPost(
                lane=ids.touch_lane(post.line or ""),
                action=Action.UPDATE,
                payload=payload,
                line=post.line,
                channel=post.channel,
                target_ts=post.ts,
                target_id=post.id,
            )
        )

    def _accepted(self, message: Message) -> None:
        if not self._was_written_there(message):
            self._post_all(message, self._mirrored(message))
        if message.state.value in (*ON_ITS_WAY, MessageState.SCHEDULED):
            reaction = Reaction.QUEUED if _can_be_taken_back(message) else REACTIONS.get(message.state, Reaction.QUEUED)
            self._react(message, reaction)

    def _mirrored(self, message: Message) -> list[Screen]:
        who = message_screen.sender(message.origin, self._batch.names.get(_actor(message)))
        return message_screen.mirrored(message, who)

    def _show_again(self, message: Message) -> None:
        """Show what was sent from elsewhere as it is now."""
        if not self._was_written_there(message):
            self._amend(message, self._mirrored(message))

    def _in_thread(self, message: Message, screen: Screen) -> None:
        self._batch.queue(
            NewPost(
                lane=ids.line_lane(message.line),
                action=Action.POST,
                payload=screen.payload,
                line=message.line,
                conversation_id=message.conversation_id,
            )
        )

    def _was_written_there(self, message: Message) -> bool:
        """Whether whoever reads the conversation has seen the text as it was written."""
        place = _place(message)
        direct = open_direct(self._tx, message.conversation_id)
        if place is None or direct is None:
            return place is not None and place.thread_ts is not None
        return place.channel == direct.channel

    def _changed(self, message: Message, state: MessageState) -> None:
        if state is MessageState.SUBMITTING:
            return
        if state is not MessageState.ACCEPTED and (reaction := REACTIONS.get(state)) is not None:
            self._react(message, reaction)
        if message.state is state and state in WORDED:
            self._settle_prompts(message, drop_only=True)
            self._say_outcome(message)
        elif state not in WORDED:
            self._settle_prompts(message)

    def _say_outcome(self, message: Message) -> None:
        if message.state is MessageState.CANCELLED and _place(message) is not None and message.error is None:
            return  # whoever deleted or edited their message is told so privately
        said = find_posts(self._tx, ids.prompt_subject(message.id))
        if message.state is MessageState.CANCELLED and any(post.answered_by is not None for post in said):
            return  # it was asked what to do, and the answer stands there
        self._batch.queue(
            NewPost(
                lane=ids.line_lane(message.line),
                action=Action.POST,
                payload=(
                    held_prompt(self._tx, message, self._batch.lines)
                    or outcome.prompt(
                        message, self._batch.lines.region(message.line), contact_name(self._tx, message.peer)
                    )
                ).payload,
                subject=ids.prompt_subject(message.id),
                line=message.line,
                conversation_id=message.conversation_id,
            )
        )

    def _settle_prompts(self, message: Message, *, drop_only: bool = False) -> None:
        """Take back what was said about an outcome that is not the outcome any more."""
        for post in find_posts(self._tx, ids.prompt_subject(message.id)):
            if post.answered_by is not None:
                continue
            answer_prompt(self._tx, post.id, SETTLED_BY)
            if post.state == "waiting":
                drop_post(self._tx, post.id, error="settled before it was said")
            elif not drop_only or message.state is MessageState.CANCELLED:
                self._replace(post, outcome.settled(message))
            else:
                self._replace(post, outcome.answered(message, self._batch.lines.region(message.line), "See below."))

    def _react(self, message: Message, reaction: Reaction) -> None:
        payload: dict[str, object] = {"name": reaction.value}
        if reaction is Reaction.QUEUED:  # by the time it can be added it may not be true any more
            payload |= {"message": message.id, "while": [*ON_ITS_WAY, MessageState.SCHEDULED.value]}
        place = _place(message)
        target_id = None
        if place is None:
            shown = find_posts(self._tx, ids.message_subject(message.id))
            if not shown:
                return
            target_id = shown[0].id
        self._batch.queue(
            NewPost(
                lane=ids.touch_lane(message.line),
                action=Action.REACT,
                payload=payload,
                line=message.line,
                channel=place.channel if place else None,
                target_ts=place.ts if place else None,
                target_id=target_id,
            )
        )

    def _take_back(self, notice: Notice) -> None:
        """Delete what we had posted of a conversation that was erased; what people wrote there is theirs to delete."""
        for channel, ts in notice.detail.get("posts", ()):
            self._batch.queue(
                NewPost(
                    lane=ids.touch_lane(notice.line),
                    action=Action.DELETE,
                    payload={},
                    channel=str(channel),
                    target_ts=str(ts),
                )
            )


def _place(message: Message) -> Place | None:
    origin = message.origin
    return Place.of(origin.ref) if origin is not None and origin.kind is OriginKind.SLACK else None


def _can_be_taken_back(message: Message) -> bool:
    """Whether it waits because its writer may have second thoughts, and not for a time that somebody chose."""
    return _place(message) is not None and (message.send_at or 0) <= message.created_at + SECOND_THOUGHTS_MS


def _actor(message: Message) -> str:
    return (message.origin.actor if message.origin is not None else None) or ""
