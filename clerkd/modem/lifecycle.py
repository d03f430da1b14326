"""The life of a modem: a table and `advance`. Side effects belong to the line."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol


class State(Enum):
    """Where a modem is."""

    ABSENT = auto()  # there is no port
    PROBING = auto()  # the port is open; who is there?
    LOCKED = auto()  # the SIM is missing or waits for a PIN that we do not have
    CONFIGURING = auto()
    SEARCHING = auto()  # no network yet
    READY = auto()
    QUARANTINED = auto()  # another SIM than the line's: it receives and sends nothing
    WEDGED = auto()  # the port is there and nobody answers


class Event(Enum):
    """What happens to it."""

    PORT_OPENED = auto()
    PIN_REQUIRED = auto()
    UNLOCKED = auto()
    CONFIGURED = auto()
    REGISTERED = auto()
    DEREGISTERED = auto()
    RESTARTED = auto()  # it started anew by itself and forgot its settings
    STRANGE_SIM = auto()
    SILENT = auto()
    PORT_LOST = auto()


_ALIVE = (State.PROBING, State.LOCKED, State.CONFIGURING, State.SEARCHING, State.READY, State.QUARANTINED)

TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.ABSENT, Event.PORT_OPENED): State.PROBING,
    (State.WEDGED, Event.PORT_OPENED): State.PROBING,
    (State.PROBING, Event.PIN_REQUIRED): State.LOCKED,
    (State.PROBING, Event.UNLOCKED): State.CONFIGURING,
    (State.LOCKED, Event.UNLOCKED): State.CONFIGURING,
    (State.PROBING, Event.STRANGE_SIM): State.QUARANTINED,  # one that waits for a PIN, which is not given
    (State.LOCKED, Event.STRANGE_SIM): State.QUARANTINED,
    (State.CONFIGURING, Event.STRANGE_SIM): State.QUARANTINED,
    (State.CONFIGURING, Event.CONFIGURED): State.SEARCHING,
    (State.SEARCHING, Event.REGISTERED): State.READY,
    (State.READY, Event.DEREGISTERED): State.SEARCHING,
    **{(state, Event.RESTARTED): State.PROBING for state in _ALIVE},
    **{(state, Event.SILENT): State.WEDGED for state in _ALIVE},
    **{(state, Event.PORT_LOST): State.ABSENT for state in State},
}


def advance(state: State, event: Event) -> State:
    """Return the next state; an event that the table does not hold for a state changes nothing."""
    return TRANSITIONS.get((state, event), state)


class Moved(Protocol):
    """Hears of steps of the life cycle."""

    def __call__(self, event: Event, reason: str | None = None) -> None:
        """Take a step."""
        ...


class Learned(Protocol):
    """Hears of facts about the modem, named as in `LineStatus`."""

    def __call__(self, **facts: object) -> None:
        """Note them."""
        ...
