"""Screens from files, drawn as the page draws what the daemon sends: to look at all of them at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

KINDS = ("typical", "empty", "longest", "right-to-left", "hostile", "hundred")


@dataclass(frozen=True, slots=True)
class Shown:
    """One payload: a view, or a message's text and blocks.

    Its file is called `screen.kind.json`; `number` counts the payloads of a file that holds a list of them.
    """

    screen: str
    kind: str
    number: int
    payload: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.screen}.{self.kind}.{self.number}"

    @property
    def surface(self) -> str:
        """Return what it is: a modal, a home or a message."""
        return str(self.payload.get("type", "message"))


def read_screens(directory: Path) -> list[Shown]:
    """Return what the directory's JSON files hold, in order of screens and of kinds.

    Raise `msgspec.DecodeError` for a file that holds something else.
    """
    found: list[Shown] = []
    for path in directory.glob("*.json"):
        screen, _, kind = path.stem.partition(".")
        content = msgspec.json.decode(path.read_bytes(), type=dict[str, Any] | list[dict[str, Any]])
        payloads = content if isinstance(content, list) else [content]
        found += [Shown(screen, kind, number, payload) for number, payload in enumerate(payloads)]
    return sorted(found, key=lambda one: (one.screen, _place(one.kind), one.number))


def _place(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind), "") if kind in KINDS else (len(KINDS), kind)
