"""How many attempts the SIM PIN has left: one standard answer and one of each vendor's own.

A wrong reading costs a SIM, so an answer that is not known word by word gives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clerkd.at.fields import fields
from clerkd.at.urc import head_of

_Read = Callable[[list[str]], str | None]


def _nth(position: int) -> _Read:
    return lambda values: values[position] if len(values) > position else None


def _named(name: str) -> _Read:
    return lambda values: values[1] if len(values) > 1 and values[0] == name else None


_READERS: dict[str, _Read] = {
    "+CPINR": _named("SIM PIN"),  # +CPINR: SIM PIN,3,3 and a line for each other code, 27.007 §8.65
    "^CPIN": _nth(3),  # Huawei: <code>,[<for that code>],<PUK>,<PIN>,<PUK2>,<PIN2>
    "+SPIC": _nth(0),  # SIMCom: <PIN>,<PIN2>,<PUK>,<PUK2>
    "+QPINC": _named("SC"),  # Quectel: "SC",<PIN>,<PUK> and a line for "P2"
    "+UPINCNT": _nth(0),  # u-blox: <PIN>,<PIN2>,<PUK>,<PUK2>
    "#PCT": _nth(0),  # Telit: of the code that is asked for
    "+ZPINPUK": _nth(0),  # ZTE: <PIN>,<PUK>
    "^SPIC": _nth(0),  # Cinterion: of the code that is asked for or named
}


def pin_attempts_of(lines: Iterable[str]) -> int | None:
    """Return the attempts left for the SIM PIN that an answer tells, or None if it tells none."""
    for line in lines:
        head, parameters = head_of(line)
        reader = _READERS.get(head)
        number = reader(fields(parameters)) if reader is not None else None
        if number is not None and number.isdecimal():
            return int(number)
    return None
