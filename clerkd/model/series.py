"""What is scheduled, as people see it: one message, and the series that it is a turn of."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.message import Message, Origin
from clerkd.model.recurrence import Recurrence, Turn


@dataclass(frozen=True, slots=True)
class Series:
    """A text that repeats."""

    id: str
    line: str
    peer: str
    conversation_id: str
    text: str
    rule: Recurrence
    cancel_if_answered: bool
    origin: Origin
    message_id: str  # of the newest turn
    turn: Turn
    ended_at: int | None = None  # epoch ms
    reason: str | None = None  # why it ended before its time


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message that waits for its time, or for a person because its time was missed."""

    message: Message
    cancel_if_answered: bool = False
    series: Series | None = None
