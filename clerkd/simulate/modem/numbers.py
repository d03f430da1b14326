"""Phone numbers as 27.007 writes them: digits and a type of address."""

from __future__ import annotations

import re

from clerkd.codec.address import Address
from clerkd.codec.errors import EncodeError
from clerkd.simulate.modem.results import ParameterFault

INTERNATIONAL, UNKNOWN, ALPHANUMERIC = 145, 129, 208  # 24.008 §10.5.4.7: type of number and numbering plan
_DIALLABLE = re.compile(r"\+?[0-9*#ABCabc]+")


def type_of_address(number: str) -> int:
    """Return <tooa>, <toda>, <type>: what kind of number it is."""
    if number.startswith("+"):
        return INTERNATIONAL
    return UNKNOWN if _DIALLABLE.fullmatch(number) else ALPHANUMERIC


def number_of(text: str, kind: int | None) -> str:
    """Return a number as the terminal gave it with its type; 145 supplies the `+`. Raise `ParameterFault`."""
    if not _DIALLABLE.fullmatch(text):
        raise ParameterFault
    number = "+" + text if kind == INTERNATIONAL and not text.startswith("+") else text
    try:
        Address.of(number)
    except EncodeError as error:
        raise ParameterFault from error
    return number
