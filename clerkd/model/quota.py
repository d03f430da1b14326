"""Quotas: how many segments a line may send from one reset to the next."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

UTC_NAME = "UTC"


class HoldRule(StrEnum):
    """The rule that holds a message back until it lets go by itself."""

    QUOTA = "quota"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a line may send in one period, packs not counted; times are epoch ms, `until` is the next reset."""

    segments: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that begins anew at midnight of `reset_day`, or of the month's last day where it has no such day."""

    segments: int
    reset_day: int = 1  # 1..31
    time_zone: str = UTC_NAME  # IANA

    def at(self, now: int) -> Allowance:
        """Return the allowance of the period that holds `now`."""
        zone = zone_named(self.time_zone)
        local = datetime.fromtimestamp(now / 1000, zone)
        this = self._reset(local.year, local.month, zone)
        if now >= this:
            return Allowance(self.segments, this, self._reset(*_following(local.year, local.month), zone))
        return Allowance(self.segments, self._reset(*_preceding(local.year, local.month), zone), this)

    def _reset(self, year: int, month: int, zone: tzinfo) -> int:
        # Of a midnight that a clock change leaves out this is the change, of one that comes twice the first.
        day = min(self.reset_day, monthrange(year, month)[1])
        return round(datetime(year, month, day, tzinfo=zone).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class QuotaStatus:
    """How a quota stands."""

    segments: int  # the limit, packs not counted
    used: int
    packs: int  # segments that packs added in this period
    resets_at: int  # epoch ms

    @property
    def total(self) -> int:
        """The limit, packs counted."""
        return self.segments + self.packs

    @property
    def left(self) -> int:
        """How many segments may still go out; never negative."""
        return max(self.total - self.used, 0)


def zone_named(name: str) -> tzinfo:
    """Return a time zone by its IANA name; raise `zoneinfo.ZoneInfoNotFoundError` or `ValueError`."""
    return UTC if name == UTC_NAME else ZoneInfo(name)  # UTC needs no time zone database


def _following(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _preceding(year: int, month: int) -> tuple[int, int]:
    return (year - 1, 12) if month == 1 else (year, month - 1)
