"""How long to wait before trying again: full jitter, so that many who failed together do not return together."""

from __future__ import annotations

import random

FIRST_S = 1.0
MOST_S = 30.0


class Backoff:
    """Waiting times that double up to a limit; each is drawn at random below it."""

    def __init__(self, rng: random.Random, *, first_s: float = FIRST_S, most_s: float = MOST_S) -> None:
        self._rng = rng
        self._first_s = first_s
        self._most_s = most_s
        self._failures = 0

    def next_s(self, at_least: float | None = None) -> float:
        """Count a failure and return the seconds to wait; the other side's word `at_least` wins."""
        ceiling = min(self._most_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        drawn = self._rng.uniform(min(self._first_s, ceiling) / 2, ceiling)
        return drawn if at_least is None else at_least + self._rng.uniform(0, min(1.0, at_least / 4 + 0.05))

    def reset(self) -> None:
        """Forget the failures: it worked."""
        self._failures = 0
