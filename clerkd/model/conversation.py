"""A conversation: one line and one peer, for ever."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything between one line and one peer."""

    id: str
    line: str
    peer: str
    created_at: int  # epoch ms
    last_at: int  # epoch ms of its newest message
    messages: int  # how many
