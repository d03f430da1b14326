"""Texts that waited, several in one message: each as it would stand alone, with the time at which it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from clerkd.slack.render import Screen, context, moment, rich_text, section, words


@dataclass(frozen=True, slots=True)
class Waited:
    """What one text shows by itself, and when it came (epoch ms)."""

    payload: Mapping[str, Any]
    at: int


def together(texts: Sequence[Waited]) -> Screen:
    """Show texts in one message."""
    blocks = [context(f"{len(texts)} texts that could not be shown when they came")]
    for text in texts:
        blocks.append(rich_text(section(words("🕘 "), moment(text.at // 1000, _utc(text.at)))))
        blocks += text.payload.get("blocks") or [rich_text(section(words(str(text.payload.get("text", "")))))]
    lines = [f"{_utc(text.at)} {text.payload.get('text', '')}" for text in texts]
    return Screen("\n".join(lines), tuple(_merged(blocks)))


def _merged(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make one block of rich texts that follow each other: a message has room for fifty blocks."""
    merged: list[dict[str, Any]] = []
    for block in blocks:
        if merged and block["type"] == merged[-1]["type"] == "rich_text":
            merged[-1] = rich_text(*merged[-1]["elements"], *block["elements"])
        else:
            merged.append(block)
    return merged


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%d %b %H:%M} UTC"
