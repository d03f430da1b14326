"""`send 4155550142 Hello`: the number and the text, or what is wrong with it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clerkd.errors import InvalidNumber
from clerkd.model.number import read_number

_SEND = re.compile(r"send[ \t]+(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[#+(]?[\d(][\d().\-/]*")
_MOST_WORDS = 7  # "+44 (0) 20 79 46 00 00"


@dataclass(frozen=True, slots=True)
class Send:
    """A wish to send; the number is E.164."""

    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """It begins like a wish to send, but no number could be read; `typed` is what stands in its place."""

    typed: str


def read_send(text: str, region: str | None) -> Send | Unreadable | None:
    """Read a top-level message of a line's channel; None if it is ordinary talk."""
    match = _SEND.fullmatch(text.strip())
    if match is None:
        return None
    rest = match["rest"]
    words = list(re.finditer(r"\S+", rest))[: _MOST_WORDS + 1]
    digits = 0
    while digits < len(words) and _NUMBER.fullmatch(words[digits][0]):
        digits += 1
    # The first word alone, then as many words as look like a number: "send 4155550100 2 pm is fine".
    counts = (1, *range(min(digits, _MOST_WORDS), 1, -1)) if digits else ()
    for count in counts:
        end = words[count - 1].end()
        try:
            number = read_number(rest[:end].lstrip("#"), region)
        except InvalidNumber:
            continue
        return Send(number, rest[end:].strip())
    return Unreadable(words[0][0])
