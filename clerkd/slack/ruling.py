"""What rules decided, as it is said in Slack. Read in the narrator's transaction."""

from __future__ import annotations

from collections.abc import Mapping

from clerkd.errors import OptedOut
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message
from clerkd.model.notice import Notice, NoticeKind
from clerkd.ports.store import Tx
from clerkd.slack.lines import DeskLines
from clerkd.slack.render import Screen
from clerkd.slack.screens import optout, quota
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.optouts import CANCELLED_TOGETHER
from clerkd.store.ops.quota import EXHAUSTED, held_until


def ruling(notice: Notice, lines: DeskLines, names: Mapping[str, str]) -> Screen | None:
    """Return what to say about a rule; None if the notice is not about one. Without a conversation: in the channel."""
    detail, region = notice.detail, lines.region(notice.line)
    name = names.get(str(detail.get("actor") or ""))
    match notice.kind:
        case NoticeKind.QUOTA_WARNED:
            return quota.warning(notice.line, detail)
        case NoticeKind.OPTED_OUT:
            return optout.opted_out(detail, region, name)
        case NoticeKind.OPTED_IN:
            return optout.opted_in(detail, region, name)
        case NoticeKind.OPT_OUT_SUSPECTED if notice.conversation_id is not None:
            return optout.suspected(detail, region, notice.conversation_id)
        case _:
            return None


def is_told_together(notice: Notice) -> bool:
    """Tell whether a message was cancelled with others by an opt-out, which lists them all in one."""
    detail = notice.detail
    return detail.get("event") == CANCELLED_TOGETHER and detail.get("actor") == OptedOut.code


def held_prompt(tx: Tx, message: Message, lines: DeskLines) -> Screen | None:
    """Return what is said of a text that its line's quota holds; None for every other message."""
    if message.state is not MessageState.HELD or message.error is None or message.error.code != EXHAUSTED:
        return None
    others = [line.name for line in lines if line.name != message.line]
    return quota.held(
        message,
        lines.region(message.line),
        until=held_until(tx, message.id),
        other_lines=others,
        contact=contact_name(tx, message.peer),
    )
