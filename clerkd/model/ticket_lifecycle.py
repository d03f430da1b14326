"""The status of a ticket, and how it moves by itself.

People may set any status at any time. Besides that a status moves when something happens; the steps that an
installation can switch off have a name.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from enum import StrEnum


class Status(StrEnum):
    """Where a conversation stands."""

    NEW = "new"  # nobody did anything yet
    OPEN = "open"  # somebody works on it
    PENDING = "pending"  # waits for the contact
    ON_HOLD = "on_hold"  # waits for somebody else
    SOLVED = "solved"  # somebody thinks that it is done
    CLOSED = "closed"  # it stayed solved


class TicketEvent(StrEnum):
    """What moves a status."""

    REPLIED = "replied"  # a colleague answered
    RECEIVED = "received"  # the contact wrote
    RESTED = "rested"  # it stayed solved long enough
    CLAIMED = "claimed"  # a colleague took it
    SOLVED = "solved"  # a colleague says so in one click
    UNSOLVED = "unsolved"  # and takes that back


class Step(StrEnum):
    """The moves that can be switched off."""

    FIRST_REPLY = "first_reply"
    REOPEN = "reopen"
    CLOSE_SOLVED = "close_solved"
    RENEW_CLOSED = "renew_closed"


_S, _E = Status, TicketEvent

TRANSITIONS: dict[tuple[Status, TicketEvent], Status] = {
    (_S.NEW, _E.REPLIED): _S.OPEN,
    (_S.PENDING, _E.RECEIVED): _S.OPEN,
    (_S.ON_HOLD, _E.RECEIVED): _S.OPEN,
    (_S.SOLVED, _E.RECEIVED): _S.OPEN,
    (_S.SOLVED, _E.RESTED): _S.CLOSED,
    (_S.CLOSED, _E.RECEIVED): _S.NEW,
    (_S.NEW, _E.CLAIMED): _S.OPEN,
    (_S.NEW, _E.SOLVED): _S.SOLVED,
    (_S.OPEN, _E.SOLVED): _S.SOLVED,
    (_S.PENDING, _E.SOLVED): _S.SOLVED,
    (_S.ON_HOLD, _E.SOLVED): _S.SOLVED,
    (_S.SOLVED, _E.UNSOLVED): _S.OPEN,
}

STEPS: dict[tuple[Status, TicketEvent], Step] = {
    (_S.NEW, _E.REPLIED): Step.FIRST_REPLY,
    (_S.PENDING, _E.RECEIVED): Step.REOPEN,
    (_S.ON_HOLD, _E.RECEIVED): Step.REOPEN,
    (_S.SOLVED, _E.RECEIVED): Step.REOPEN,
    (_S.SOLVED, _E.RESTED): Step.CLOSE_SOLVED,
    (_S.CLOSED, _E.RECEIVED): Step.RENEW_CLOSED,
}


def advance(status: Status, event: TicketEvent, steps: AbstractSet[str] = frozenset(Step)) -> Status:
    """Return the status after `event` where only `steps` are switched on; what is out of place changes nothing."""
    step = STEPS.get((status, event))
    if step is not None and step.value not in steps:
        return status
    return TRANSITIONS.get((status, event), status)
