"""What the core tells: notices, written in the transaction of the fact that they tell.

A sink (Slack, later webhooks) reads the notices addressed to it in order, at its own pace, and remembers in the
same store how far it came. `wake` is only a hint that there is something new.
"""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """Someone who is told."""

    @property
    def name(self) -> str:
        """The key under which its progress is kept."""
        ...

    def wake(self) -> None:
        """Hear that a notice was committed. Returns at once, may be called too often."""
        ...
