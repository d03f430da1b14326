"""What happened in one seed's world, from all sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from clerkd.model.message import Message, OutcomePolicy, SendRequest
from clerkd.simulate.network.phone import Text

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text for which the daemon said that it will see to it."""

    message: Message
    request: SendRequest
    at: float  # simulated seconds

    @property
    def policy(self) -> OutcomePolicy:
        return self.request.outcome_policy or OutcomePolicy.HOLD


@dataclass(slots=True)
class History:
    """The log of everything that was done to the daemon and that it did."""

    seed: int
    accepted: dict[str, Accepted] = field(default_factory=dict)  # by text, in the order of their acceptance
    offered: set[str] = field(default_factory=set)  # texts that the daemon was asked to send, accepted or not
    sent_in: dict[str, tuple[str, str]] = field(default_factory=dict)  # text: peer, line
    stops: list[tuple[str, str]] = field(default_factory=list)  # peer and line of each STOP
    unreadable: int = 0  # PDUs that were put into modems
    read: list[tuple[str, Text]] = field(default_factory=list)  # what phones got
    clocks: list[tuple[float, int]] = field(default_factory=lambda: [(0.0, 0)])  # since when how wrong, ms
    events: list[str] = field(default_factory=list)  # what was done to the world
    log: Any = field(default_factory=hashlib.sha256)
    lives: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, now: float, what: str) -> None:
        """Write down what was done to the world."""
        self.events.append(f"{now / DAY_S:8.5f} {what}")
        self.log.update(f"{now:.6f} {what}\n".encode())

    @property
    def digest(self) -> str:
        """A fingerprint of everything: two runs of one seed have the same."""
        return str(self.log.hexdigest())

    def latest_clock(self, since: float, until: float, start_ms: int) -> int:
        """Return the latest time of day that the daemon's clock showed between two moments, epoch ms."""
        shown = []
        for (begin, offset), (end, _) in zip(self.clocks, [*self.clocks[1:], (until, 0)], strict=True):
            if end >= since and begin <= until:
                shown.append(start_ms + offset + round(min(end, until) * 1000))
        return max(shown)

    def clock_was_right(self, since: float, until: float) -> bool:
        """Tell whether the daemon's clock was never wrong between two moments."""
        ends = [*(begin for begin, _ in self.clocks[1:]), until]
        return all(
            offset == 0 or end < since or begin > until for (begin, offset), end in zip(self.clocks, ends, strict=True)
        )
