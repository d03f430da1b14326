"""Paces: how much a SIM may send in a window of time that slides, so that a network does not take it for a machine."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Pacing:
    """Segments tried, None: any number. Before each one a pause of up to `jitter_s`."""

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    per_month: int | None = None  # thirty days
    recipients_per_day: int | None = None  # different ones
    jitter_s: float = 0.0

    @property
    def windows(self) -> dict[int, int]:
        """The limits by the length of their window in ms."""
        limits = {
            MINUTE_MS: self.per_minute,
            HOUR_MS: self.per_hour,
            DAY_MS: self.per_day,
            MONTH_MS: self.per_month,
        }
        return {window: limit for window, limit in limits.items() if limit is not None}
