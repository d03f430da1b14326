"""Texts that repeat: every day, week or month at the same time on a wall clock somewhere.

A rule is kept as people said it, a local time and a zone, never as instants: zones change their minds. The n-th time
is counted from the first one, so that a month without a 31st does not turn the 31st into the 28th for ever.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from zoneinfo import ZoneInfo

from clerkd.errors import Refused

MOST_TIMES = 1000
MOST_EVERY = 99
_LAST_YEAR = 9998  # `datetime` ends with the year 9999, and zones shift by a day


class BadRecurrence(Refused):
    """A rule that cannot be followed; details: `field`."""

    code = "recurrence.invalid"


class Frequency(StrEnum):
    """What is counted from one time to the next."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When a text repeats. It ends after `count` times or with the local date `until`, whichever is first."""

    frequency: Frequency
    starts: datetime  # the first time, local and without an offset, to the minute
    zone: str  # IANA
    every: int = 1
    until: date | None = None  # the last local date on which it may go out
    count: int | None = None

    def __post_init__(self) -> None:
        """Raise `BadRecurrence`."""
        if self.starts.tzinfo is not None:
            raise BadRecurrence("the first time is a local one, without an offset", field="starts")
        if not 1 <= self.every <= MOST_EVERY:
            raise BadRecurrence(f"every 1 to {MOST_EVERY} days, weeks or months", field="every")
        if self.count is not None and not 1 <= self.count <= MOST_TIMES:
            raise BadRecurrence(f"1 to {MOST_TIMES} times", field="count")
        if self.until is not None and self.until < self.starts.date():
            raise BadRecurrence("the last day is before the first", field="until")
        _zone(self.zone)


@dataclass(frozen=True, slots=True)
class Turn:
    """One time of a series: its number from 0, and when the rule has it."""

    series: str
    number: int
    at: int  # epoch ms


def instant(local: datetime, zone: str) -> int:
    """Return the epoch ms of a local time.

    A time that the clocks skip in spring is as much later as they skip, and of a time that comes twice in autumn the
    first one counts (RFC 5545 §3.3.5).
    """
    moment = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    return round(moment.astimezone(UTC).timestamp() * 1000)


def local_time(epoch_ms: int, zone: str) -> datetime:
    """Return what a clock on the wall in `zone` shows, to the minute and without an offset."""
    moment = datetime.fromtimestamp(epoch_ms / 1000, ZoneInfo(zone))
    return moment.replace(second=0, microsecond=0, tzinfo=None, fold=0)


def beginning(
    at: int,
    zone: str,
    *,
    frequency: Frequency,
    every: int = 1,
    until: date | None = None,
    count: int | None = None,
) -> Recurrence:
    """Return the rule whose first time is `at` (epoch ms) on the clock in `zone`; raise `BadRecurrence`."""
    _zone(zone)
    return Recurrence(frequency, local_time(at, zone), zone, every=every, until=until, count=count)


def times(rule: Recurrence) -> Iterator[int]:
    """Yield when the text goes out, epoch ms, each later than the one before."""
    turn = 0
    while rule.count is None or turn < rule.count:
        local = _local(rule, turn)
        if local is None or (rule.until is not None and local.date() > rule.until):
            return
        yield instant(local, rule.zone)
        turn += 1


def next_times(rule: Recurrence, *, after: int, limit: int = 5) -> list[int]:
    """Return the next times later than `after` (epoch ms), at most `limit`."""
    return [at for _, at in next_turns(rule, after=after, limit=limit)]


def next_turns(rule: Recurrence, *, after: int, limit: int = 1) -> list[tuple[int, int]]:
    """Return the next times later than `after`, each with its number from 0."""
    return list(islice(((turn, at) for turn, at in enumerate(times(rule)) if at > after), limit))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as reason:  # not found, a directory, a path that leads outside
        raise BadRecurrence(f"{name!r} is not a time zone", field="zone") from reason


def _local(rule: Recurrence, turn: int) -> datetime | None:
    steps = turn * rule.every
    if rule.frequency is Frequency.MONTHLY:
        months = rule.starts.year * 12 + rule.starts.month - 1 + steps
        year, month = months // 12, months % 12 + 1
        if year > _LAST_YEAR:
            return None
        # The last day where the month is too short: a bill of the 31st is due on the 30th of June, too.
        return rule.starts.replace(year=year, month=month, day=min(rule.starts.day, monthrange(year, month)[1]))
    days = steps * (7 if rule.frequency is Frequency.WEEKLY else 1)
    if days > (date(_LAST_YEAR, 12, 31) - rule.starts.date()).days:
        return None
    return rule.starts + timedelta(days=days)
