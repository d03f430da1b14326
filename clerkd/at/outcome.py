"""What an exchange tells its owner, besides what the modem says unasked."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.at.commands import Command
from clerkd.at.events import Event
from clerkd.at.results import FinalResult


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended. `final` is None when its deadline passed or it was given up."""

    command: Command
    final: FinalResult | None
    lines: tuple[str, ...]  # information text, in order
    handed_over: bool  # the PDU was written: without a verdict nobody knows what became of it

    @property
    def ok(self) -> bool:
        """Whether the modem said OK."""
        return self.final is not None and self.final.ok


@dataclass(frozen=True, slots=True)
class Write:
    """Octets that must be written now; `pdu` when a message is thereby handed over."""

    octets: bytes
    pdu: bool = False


@dataclass(frozen=True, slots=True)
class Trailing:
    """The reference of a submission came, or an answer that may lack its OK: `Deadline.TRAILER` is left for the OK."""


@dataclass(frozen=True, slots=True)
class Drained:
    """Late answers are behind us: the exchange is idle again."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A final result that belongs to nothing that is waited for."""


Output = Event | Answer | Write | Trailing | Drained | Stale
