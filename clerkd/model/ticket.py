"""A conversation as work: its ticket, and what is decided about it.

Every conversation is a ticket from its first text; nobody has to open one. People are named by the word of the edge
that they came from (Slack: their user id), and so are the places that are notified.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clerkd.model.ticket_lifecycle import Status

SUBJECT_LIMIT = 150  # characters
NOTE_LIMIT = 3000
TAG_LIMIT = 40
TAGS_LIMIT = 20  # of one ticket
NOTIFIED_LIMIT = 20
ASSIGNEES_LIMIT = 20

_MINUTE_MS = 60_000


class Priority(StrEnum):
    """How soon it matters. A ticket may have none."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Why(StrEnum):
    """Why people are notified of a conversation."""

    NEW = "new"  # the first text of a number
    WAITING = "waiting"  # texts wait for an answer
    OVERDUE = "overdue"  # they have for too long
    REFRESHED = "refreshed"  # they were told, and what they see is to be brought up to date
    SNOOZED = "snoozed"  # the time came until which it was put off


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is known of a conversation as work."""

    conversation_id: str
    status: Status = Status.NEW
    priority: Priority | None = None
    subject: str = ""
    assignees: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notified: tuple[str, ...] = ()  # empty: where the text came to
    snoozed: bool = False
    snoozed_until: int | None = None  # epoch ms; None while snoozed: until the next inbound text
    waiting_since: int | None = None  # epoch ms of the first text that has no answer
    unanswered: int = 0  # texts since the last answer
    received: int = 0  # texts ever
    activity_at: int | None = None  # epoch ms of the newest text, either way
    told_at: int | None = None  # epoch ms: people were notified of what waits
    remind_from: int | None = None  # epoch ms; None: since it waits. Later when it was put off meanwhile
    reminders: int = 0  # how often people were reminded since
    last_inbound: str | None = None  # message id
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Timers:
    """When something will happen to a ticket by itself, epoch ms; None is never."""

    notify_at: int | None = None
    remind_at: int | None = None
    close_at: int | None = None
    snooze_until: int | None = None
    refresh_at: int | None = None  # what is shown of its waiting changes


@dataclass(frozen=True, slots=True)
class TicketView:
    """What screens show of a ticket, with whom and over which line it is."""

    ticket: Ticket
    line: str
    peer: str
    notes: int


@dataclass(frozen=True, slots=True)
class Note:
    """A remark among colleagues. Notes are only ever added."""

    at: int  # epoch ms
    author: str
    name: str  # as the author was called then
    text: str


@dataclass(frozen=True, slots=True)
class TicketHistory:
    """One thing that happened to a ticket, for its history."""

    at: int
    event: str
    actor: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChange:
    """What a person wants to be different. None leaves a thing as it is."""

    subject: str | None = None
    status: Status | None = None
    priority: Priority | None = None
    clear_priority: bool = False
    assign: frozenset[str] = frozenset()
    unassign: frozenset[str] = frozenset()
    add_tags: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()
    notified: tuple[str, ...] | None = None
    note: str | None = None
    note_key: str | None = None  # the same key again adds nothing
    note_name: str = ""

    @property
    def nothing(self) -> bool:
        """Whether it changes nothing at all."""
        return self == TicketChange(note_key=self.note_key, note_name=self.note_name)


@dataclass(frozen=True, slots=True)
class TicketRules:
    """The figures and steps that an installation may change."""

    notify_after_ms: int = 180_000  # of quiet, in a conversation that goes on
    answered_ms: int = 60_000  # how long a notification says who answered
    close_after_ms: int = 4 * 24 * 3_600_000
    steps: frozenset[str] = frozenset({"first_reply", "reopen", "close_solved", "renew_closed"})
    remind_after_ms: dict[Priority | None, int] = field(
        default_factory=lambda: {
            Priority.URGENT: 5 * _MINUTE_MS,
            Priority.HIGH: 15 * _MINUTE_MS,
            Priority.NORMAL: 60 * _MINUTE_MS,
            None: 60 * _MINUTE_MS,
            Priority.LOW: 240 * _MINUTE_MS,
        }
    )  # 0: never


def tag_of(typed: str) -> str:
    """Return a tag as it is kept: one line, single spaces, cut; empty if nothing is left."""
    return " ".join(typed.split())[:TAG_LIMIT].strip()
