"""API tokens: what they allow and what is kept of them. 256 random bits need no slow hash: nothing can be guessed."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_MARK = "clk_"
_SECRET_OCTETS = 32
_PREFIX_CHARACTERS = len(_MARK) + 8  # 48 of the 256 bits: enough to find a row, useless to guess the rest


class Scope(StrEnum):
    """What a token allows."""

    SEND = "send"  # accept and cancel messages
    READ = "read"  # see messages, conversations, lines
    ADMIN = "admin"  # everything, AT commands included


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token, and what is kept of it."""

    token: str
    prefix: str
    digest: str  # SHA-256, hex


def mint(random: Callable[[int], str] = secrets.token_urlsafe) -> Minted:
    """Make a token: `clk_` and 43 characters."""
    token = _MARK + random(_SECRET_OCTETS)
    return Minted(token, prefix_of(token), digest_of(token))


def prefix_of(token: str) -> str:
    """Return the part of a token that may be kept and shown."""
    return token[:_PREFIX_CHARACTERS]


def digest_of(token: str) -> str:
    """Return what is kept and compared instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()
