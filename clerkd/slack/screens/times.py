"""Times and numbers in words, in the reader's zone."""

from __future__ import annotations

from datetime import datetime, tzinfo

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
JUST_NOW = "just now"
_MARKS_MIN = (1, 2, 5, 10, 15, 20, 30, 45)  # a screen that is looked at changes at these and not every minute


def age(since: int, now: int) -> str:
    """Return how long ago a moment was, in words that change seldom: `10 min`, `3 h`, `2 days`."""
    passed = max(0, now - since)
    if passed < _HOUR_MS:
        minutes = max((mark for mark in _MARKS_MIN if mark * _MINUTE_MS <= passed), default=0)
        return f"{minutes} min" if minutes else JUST_NOW
    if passed < 2 * _DAY_MS:
        return f"{passed // _HOUR_MS} h"
    return f"{passed // _DAY_MS} days"


def day(moment: int, zone: tzinfo, now: int) -> str:
    """Return a day, `1 Dec`, with the year where it is another one."""
    local, today = datetime.fromtimestamp(moment / 1000, zone), datetime.fromtimestamp(now / 1000, zone)
    words = f"{local.day} {local:%b}"
    return words if local.year == today.year else f"{words} {local.year}"


def clock(moment: int, zone: tzinfo, now: int) -> str:
    """Return a day and a time, `22 Nov 17:30`; today only the time."""
    local, today = datetime.fromtimestamp(moment / 1000, zone), datetime.fromtimestamp(now / 1000, zone)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{day(moment, zone, now)} {local:%H:%M}"


def count(number: int, one: str, several: str | None = None) -> str:
    """Return `1 text`, `1,204 texts`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
