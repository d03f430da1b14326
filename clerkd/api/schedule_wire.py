"""What travels about texts at a later time: how they repeat, and whether an answer takes them back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from clerkd.clock import iso
from clerkd.model.recurrence import MOST_EVERY, MOST_TIMES, Frequency, Recurrence, beginning, next_times
from clerkd.model.series import Series


class RecurrenceBody(Struct, forbid_unknown_fields=True):
    """How a text repeats: its first time is `send_at`, which counts as a time on the clock in `zone`."""

    frequency: Frequency
    zone: str  # IANA
    every: Annotated[int, Meta(ge=1, le=MOST_EVERY)] = 1
    until: date | None = None  # the last local date
    count: Annotated[int, Meta(ge=1, le=MOST_TIMES)] | None = None


class RecurrenceOut(Struct):
    """The same, with the times that follow the one that waits."""

    frequency: str
    zone: str
    every: int
    until: str | UnsetType
    count: int | UnsetType
    next: list[str]


def recurrence_of(wish: RecurrenceBody, send_at: int) -> Recurrence:
    """Return the rule that begins at `send_at`, epoch ms; raise `BadRecurrence`."""
    return beginning(send_at, wish.zone, frequency=wish.frequency, every=wish.every, until=wish.until, count=wish.count)


def recurrence_out(series: Series) -> RecurrenceOut:
    """Return how a text repeats as JSON has it."""
    rule = series.rule
    return RecurrenceOut(
        rule.frequency.value,
        rule.zone,
        rule.every,
        UNSET if rule.until is None else rule.until.isoformat(),
        UNSET if rule.count is None else rule.count,
        [iso(at) for at in next_times(rule, after=series.turn.at)],
    )
