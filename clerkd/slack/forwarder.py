"""What call forwarding needs of a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clerkd.model.call import Forwarding, Reason


class Forwarder(Protocol):
    """A line whose network can be asked; each method raises `Permanent` or `Temporary`."""

    async def forwarding(self) -> Sequence[Forwarding]:
        """Return the network's word for each reason."""
        ...

    async def forward_calls(self, reason: Reason, number: str, after_s: int | None = None) -> Sequence[Forwarding]:
        """Forward calls and return the network's word on it."""
        ...

    async def stop_forwarding(self, reason: Reason | None) -> Sequence[Forwarding]:
        """Forward them no more and return the network's word on it."""
        ...
