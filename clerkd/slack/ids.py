"""Every name by which something is found again: in Slack, in the store, in a click years later.

Nothing here may change its meaning. A button's value carries a version; an old button must go on working.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

BLOCK_PREFIX = "clerk:"  # block_id of a message's first block: this and the post's id
METADATA_EVENT = "clerk_post"
VALUE_VERSION = 1


class ButtonAction(StrEnum):
    """The buttons that do something: action_id."""

    RETRY = "clerk.message.retry"  # failed or expired: send again
    RESEND = "clerk.message.resend"  # unknown: send another copy
    MARK_SENT = "clerk.message.mark_sent"  # unknown: it arrived
    SEND_NOW = "clerk.written.send_now"  # written while nobody listened: send it after all
    DISCARD = "clerk.written.discard"  # or not


class CardAction(StrEnum):
    """What a conversation's card offers: action_id, or `do` of a menu's option. The value names the conversation."""

    CREATE_CHANNEL = "clerk.card.create_channel"
    ASSIGN = "clerk.card.assign"
    CONTACT = "clerk.card.contact"
    MENU = "clerk.card.menu"  # the menu itself: what was chosen is in the option's value
    MORE = "clerk.card.more"  # what the menu has no room for
    CLAIM = "clerk.card.claim"
    SOLVE = "clerk.card.solve"
    SNOOZE = "clerk.card.snooze"
    TEMPLATE = "clerk.card.template"
    SCHEDULE = "clerk.card.schedule"
    DO_NOT_DISTURB = "clerk.card.do_not_disturb"
    OPT_OUT = "clerk.card.opt_out"
    BACK_TO_THREAD = "clerk.card.back_to_thread"
    HISTORY = "clerk.card.history"


class NotificationAction(StrEnum):
    """What a notification offers besides `CardAction.ASSIGN`: action_id."""

    REPLY = "clerk.notification.reply"  # a link to the conversation
    HIDE = "clerk.notification.hide"


class Reaction(StrEnum):
    """What a message's reactions say (docs/slack.md)."""

    QUEUED = "hourglass_flowing_sand"
    SCHEDULED = "clock3"
    SENT = "heavy_check_mark"
    RECEIVED = "vibration_mode"
    FAILED = "x"
    UNKNOWN = "question"
    INTERNAL = "lock"
    ASKED = "warning"  # not sent: its writer has to decide


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack. `thread_ts` is its thread's root, None at top level."""

    channel: str
    ts: str
    thread_ts: str | None = None

    @property
    def root(self) -> str:
        """The root of the thread that it is in, or would begin."""
        return self.thread_ts or self.ts

    @property
    def ref(self) -> str:
        """The word by which a message's origin names it: `CHANNEL:TS`, and `:ROOT` for a reply."""
        return ":".join(part for part in (self.channel, self.ts, self.thread_ts) if part)

    @property
    def key(self) -> str:
        """The idempotency key of the text that was written here."""
        return f"slack:{self.channel}:{self.ts}"

    @classmethod
    def of(cls, ref: str | None) -> Place | None:
        """Return the place that a message's origin names."""
        parts = (ref or "").split(":")
        return cls(*parts) if len(parts) in {2, 3} and all(parts) else None


def block_id(post_id: str) -> str:
    """Return the block_id that marks a post of ours."""
    return BLOCK_PREFIX + post_id


def post_id_of(message: dict[str, Any]) -> str | None:
    """Return which post of ours a message from Slack is, by its first block or its metadata."""
    blocks = message.get("blocks")
    for block in blocks if isinstance(blocks, list) else ():
        found = block.get("block_id", "") if isinstance(block, dict) else ""
        if isinstance(found, str) and found.startswith(BLOCK_PREFIX):
            return found.removeprefix(BLOCK_PREFIX)
    metadata = message.get("metadata")
    if isinstance(metadata, dict) and metadata.get("event_type") == METADATA_EVENT:
        payload = metadata.get("event_payload")
        found = payload.get("id") if isinstance(payload, dict) else None
        return found if isinstance(found, str) else None
    return None


def button_value(**ids: str) -> str:
    """Return a button's value: a version and ids, nothing else."""
    return json.dumps({"v": VALUE_VERSION, **ids}, separators=(",", ":"))


def read_button_value(value: str) -> dict[str, str] | None:
    """Return the ids of a button's value; None if it is not one of ours or from the future."""
    try:
        found = json.loads(value)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("v") != VALUE_VERSION:
        return None
    return {name: word for name, word in found.items() if isinstance(word, str)}


# Lanes: within one, one thing after the other.


def line_lane(line: str) -> str:
    """What is said in a line's channel and threads."""
    return f"line:{line}"


def touch_lane(line: str) -> str:
    """Reactions and edits: they have limits of their own and must not hold up messages."""
    return f"touch:{line}"


def notification_lane(place: str) -> str:
    """Notifications in one place: a line's channel, or a channel or person by id."""
    return f"notify:{place}"


LIVE_ACTIONS = frozenset({"clerk.send_text.text", "clerk.templates.body"})  # told of every character


def live_lane(view_id: str) -> str:
    """What is typed into a modal: only the last of it counts."""
    return f"typed:{view_id}"


HINT_LANE = "hint"  # ephemeral explanations


def direct_lane(conversation_id: str) -> str:
    """The making of a conversation's direct channel, which must not hold up anybody's texts."""
    return f"direct:{conversation_id}"


# Subjects: what a post shows.


def message_subject(message_id: str, part: int = 0) -> str:
    """A message's text, or a further part of a long one."""
    return f"message:{message_id}" if part == 0 else f"message:{message_id}:{part}"


def backlog_subject(joint_id: str) -> str:
    """Texts that waited, shown in one message."""
    return f"backlog:{joint_id}"


def prompt_subject(message_id: str) -> str:
    """What is said about an outcome, with its buttons."""
    return f"prompt:{message_id}"


def asked_subject(received_id: str) -> str:
    """The question whether to send after all."""
    return f"asked:{received_id}"


def card_subject(conversation_id: str) -> str:
    """A conversation's contact card, the root of its thread."""
    return f"card:{conversation_id}"


def direct_card_subject(conversation_id: str) -> str:
    """The card in a conversation's direct channel."""
    return f"direct-card:{conversation_id}"


def card_edit_subject(conversation_id: str, where: str) -> str:
    """The edit of a card: `where` is thread or direct."""
    return f"{'card' if where == 'thread' else 'direct-card'}-edit:{conversation_id}"


CARD_KINDS = {
    "card": "thread", "card-edit": "thread", "direct-card": "direct", "direct-card-edit": "direct",
}  # fmt: skip


def making_subject(direct_id: str) -> str:
    """The making of a direct channel."""
    return f"make:{direct_id}"


def invitation_subject(direct_id: str, user: str) -> str:
    """The invitation of a person to a direct channel."""
    return f"invite:{direct_id}:{user}"


def renaming_subject(direct_id: str) -> str:
    """The renaming of a direct channel after its contact."""
    return f"rename:{direct_id}"


def notifications_subject(conversation_id: str) -> str:
    """What all notifications of a conversation begin with."""
    return f"notify:{conversation_id}"


def notification_subject(conversation_id: str, target: str) -> str:
    """A conversation's notification in one place."""
    return f"notify:{conversation_id}:{target}"


def notification_edit_subject(post_id: str) -> str:
    """The edit of a notification."""
    return f"notify-edit:{post_id}"


def gone_subject(conversation_id: str, user: str) -> str:
    """That somebody who was to hear of a conversation left the workspace."""
    return f"gone:{conversation_id}:{user}"


def sim_subject(line: str) -> str:
    """That another SIM is in a line's modem."""
    return f"sim:{line}"


def lost_subject(line: str) -> str:
    """That a line was lost."""
    return f"lost:{line}"
