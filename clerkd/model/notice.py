"""Notices: facts that sinks (Slack, later webhooks) are told, in the order in which they were committed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class NoticeKind(StrEnum):
    """What a notice tells."""

    MESSAGE_RECEIVED = "message.received"  # an inbound message is complete (or its wait for parts ended)
    MESSAGE_AMENDED = "message.amended"  # a late part completed a message that was told in part
    MESSAGE_ACCEPTED = "message.accepted"  # an outbound message was accepted
    MESSAGE_CHANGED = "message.changed"  # an outbound message's derived state is another one; detail: state
    MESSAGE_MOVED = "message.moved"  # another line sends an outbound message; detail: by, reason
    MESSAGE_UNREADABLE = "message.unreadable"  # octets that no decoder could read; detail: pdu, reason
    CALL_RECEIVED = "call.received"  # detail: caller
    TEXT_BACK_WITHHELD = "call.text-back-withheld"  # a missed call is not answered by a text; detail: reason
    CONVERSATION_CHANGED = "conversation.changed"  # what is known of it: its contact, its ticket, a rule
    ANSWER_AWAITED = "answer.awaited"  # people are to be told that texts wait; detail: why, minutes
    ANSWER_GIVEN = "answer.given"  # nothing waits any more; detail: how, actor, kind
    NUMBER_ERASED = "number.erased"  # all that was said with somebody is gone; detail: posts: [channel, ts] in Slack
    CONTACT_CHANGED = "contact.changed"  # a conversation's peer has another name, or none any more
    LINE_LOST = "line.lost"  # detail: state, reason
    LINE_BACK = "line.back"
    SIM_CHANGED = "line.sim-changed"  # another SIM is in the modem; detail: bound, sim
    BALANCE_CHANGED = "line.balance-changed"  # detail: state (enough, low, unread), amount, below, answer
    SIM_SETTLED = "line.sim-settled"  # it is the line's now, or the line's own is back; detail: sim, how, bound, actor
    SERIES_STOPPED = "series.stopped"  # a text repeats no more, before its time; detail: reason
    OPTED_OUT = "peer.opted-out"  # detail: peer, keyword or reason and actor, cancelled (how many), texts
    OPTED_IN = "peer.opted-in"  # detail: peer, keyword or reason and actor
    OPT_OUT_SUSPECTED = "peer.opt-out-suspected"  # a person is to decide; detail: peer, words
    QUOTA_WARNED = "quota.warned"  # detail: percent, used, segments (packs counted), resets_at


class Topic(StrEnum):
    """What is announced besides the kinds of notices: work for one task, which nobody else needs to wake for."""

    TEXT_BACK_OWED = "text-back.owed"  # somebody called and was hung up on
    ANSWER_OWED = "answer.owed"  # somebody texted a keyword
    TICKET_CONCERNED = "ticket.concerned"  # a message went or was lost where an answer is waited for
    QUEUE_GREW = "queue.grew"  # what waited behind a doubt may go


@dataclass(frozen=True, slots=True)
class Notice:
    """One fact, told once to each sink."""

    seq: int  # increases with the commits
    kind: NoticeKind
    at: int  # epoch ms
    line: str
    conversation_id: str | None = None
    message_id: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
