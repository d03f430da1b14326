"""The port that every modem and carrier implements, and the one through which they report.

A line is driven by exactly one dispatcher task: `submit` is never called twice at the same time.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from clerkd.model.inbound import Inbound
from clerkd.model.line import LineStatus, Measure, Outgoing, Plan, PlannedSegment, Receipt

Payload_co = TypeVar("Payload_co", covariant=True)


class Envelope(Protocol, Generic[Payload_co]):
    """Something received that its source keeps until it is acknowledged."""

    @property
    def payload(self) -> Payload_co:
        """What arrived."""
        ...

    async def acknowledge(self) -> None:
        """Let the source forget it (AT+CMGD, AT+CNMA, HTTP 200). Called after the commit, at most once.

        Never raises: a source that could not forget offers the same thing again, and the inbox drops it.
        """
        ...


class Line(Protocol):
    """Something that sends and receives under one number."""

    @property
    def name(self) -> str:
        """The line's name in the configuration."""
        ...

    def status(self) -> LineStatus:
        """Return a snapshot; never waits."""
        ...

    def plan(self, outgoing: Outgoing) -> Plan:
        """Cut and encode a text; pure, the same for the same argument. Raise `Permanent` if it cannot be sent."""
        ...

    def measure(self, text: str) -> Measure:
        """Return what `plan` would make of a text, however long; pure. Raise `Permanent` if it cannot be sent."""
        ...

    async def wait_ready(self) -> None:
        """Return when a segment can be submitted; wait for ever if need be."""
        ...

    async def submit(self, segment: PlannedSegment, *, more: bool) -> Receipt:
        """Put one segment on the air and return the network's receipt.

        `more` says that another segment waits, so a radio link may be kept open.
        Raise `Temporary` or `Permanent` only when certainly nothing went out, `Indeterminate` otherwise; a
        cancelled call has the outcome of an `Indeterminate` one. The `later` of an `Indeterminate`, if it has one,
        gives the receipt should it come after all; it is cancelled when it cannot come any more.
        """
        ...


class SimBook(Protocol):
    """Knows which SIM is a line's."""

    async def admit(self, line: str, sim: str | None) -> str | None:
        """Return None if the line may use the SIM in its modem, else why not and what to do, in words.

        `sim` is an ICCID, or an IMSI where the modem tells no more; None if it tells neither.
        """
        ...


class Receiver(Protocol):
    """What a line calls when something arrives. The core implements it."""

    async def receive(self, envelope: Envelope[Inbound]) -> None:
        """Keep, acknowledge, act. Returns after the acknowledgement; raises only if nothing was kept."""
        ...

    def line_changed(self, status: LineStatus) -> None:
        """Hear that a line's status is another one now. Returns at once."""
        ...
