"""What the network says to a USSD code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UssdReply:
    """An answer, in plain text."""

    text: str
    wants_reply: bool  # a menu: the session stays open for the next code
