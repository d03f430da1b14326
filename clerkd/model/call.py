"""Calls: where the network sends them, and how a missed one is answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REPLY_TIMES_S = range(5, 31, 5)  # how long it may ring before `NO_REPLY` counts, 22.082 §2.1


class Reason(StrEnum):
    """When the network forwards a call, 22.082."""

    UNCONDITIONAL = "unconditional"
    BUSY = "busy"
    NO_REPLY = "no-reply"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What the network says about the forwarding of voice calls for one reason."""

    reason: Reason
    active: bool
    number: str | None = None  # as the network writes it
    after_s: int | None = None  # of `NO_REPLY`: how long it rings first


@dataclass(frozen=True, slots=True)
class TextBack:
    """The text that whoever called and was hung up on gets, at most once in so many hours."""

    text: str
    every_ms: int


@dataclass(frozen=True, slots=True)
class CallRules:
    """What the core does about one line's calls."""

    region: str | None  # ISO 3166 alpha-2 of the line's own number: how callers' national numbers are read
    text_back: TextBack | None = None


def same_number(one: str, other: str) -> bool:
    """Tell whether two spellings can be the same number: networks answer `0415…` for what was set as `+41 415…`."""
    first, second = ("".join(filter(str.isdecimal, text)).lstrip("0") for text in (one, other))
    shorter, longer = sorted((first, second), key=len)
    return bool(shorter) and longer.endswith(shorter)
