"""What a command family gives to the dialogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clerkd.simulate.modem.grammar import Values
from clerkd.simulate.modem.results import Reply


@dataclass(frozen=True, slots=True)
class Command:
    """An extended command and its four forms; a form that is None does not exist (ERROR)."""

    name: str
    execute: Callable[[], Reply] | None = None
    read: Callable[[], Reply] | None = None
    write: Callable[[Values], Reply] | None = None
    test: Callable[[], Reply] | None = None
    message: bool = False  # of 27.005: errors are +CMS ERROR
    needs_sim: bool = True  # refused while the SIM is absent or locked, as most are (27.007 §8.3)
    needs_radio: bool = False  # refused with +CFUN=0 or 4


def says(*lines: str) -> Callable[[], Reply]:
    """Return a form that always gives the same lines."""
    return lambda: lines
