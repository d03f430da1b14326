"""What a carrier with an HTTP interface must be able to do. One file each; `CarrierLine` does the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from clerkd.model.inbound import ReportStatus


@dataclass(frozen=True, slots=True)
class Text:
    """A text for a carrier."""

    to: str  # E.164
    text: str
    reference: str  # ours, for carriers that give it back; not unique for ever


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a text for good."""

    status: ReportStatus
    at: int  # epoch ms, the carrier's word
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A text that arrived at the carrier."""

    carrier_id: str
    sender: str
    text: str
    sent_at: int  # epoch ms, the carrier's word


class Carrier(AbstractAsyncContextManager[Any], Protocol):
    """An account and one of its numbers. In service between enter and exit.

    Every method but `submit` raises `Unreachable`, `RateLimited` or `AccountRefused` and nothing else.
    """

    @property
    def title(self) -> str:
        """The carrier's name, for people."""
        ...

    @property
    def longest(self) -> int:
        """How many characters a text may have."""
        ...

    async def check(self) -> int:
        """Return if the account can be used, with the carrier's time in epoch ms."""
        ...

    async def submit(self, text: Text) -> str:
        """Hand a text over and return the carrier's id for it.

        Raise `Temporary` or `Permanent` only when the carrier certainly did not take it, `NoAnswer` otherwise.
        """
        ...

    async def find(self, text: Text, *, since: int, until: int, not_these: Collection[str]) -> str | None:
        """Return the id of a text that the carrier took between two moments of its clock (epoch ms), if it did."""
        ...

    async def fate(self, carrier_id: str) -> Fate | None:
        """Return what became of a text; None while that is open."""
        ...

    async def received(self, since: int, seen: Collection[str]) -> Sequence[Received]:
        """Return what arrived at `since` (epoch ms) or later, oldest first; what was `seen` may be left out."""
        ...
