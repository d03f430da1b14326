"""Text that came from outside and must never reach Slack's parser."""

from __future__ import annotations

import re
from typing import Any

from clerkd.simulate.slack.records import Json

_CONTROL_SEQUENCE = re.compile(r"<[^<>\s][^<>]*>")
_PARSED_OBJECTS = {"mrkdwn", "markdown"}


class Tripwire:
    """Find registered hostile strings, or their control sequences, where Slack would give them a meaning."""

    def __init__(self) -> None:
        self._hostile: set[str] = set()
        self._sequences: set[str] = set()

    def watch_for(self, hostile: str) -> None:
        """Register a string. It may reach Slack only escaped or where nothing is parsed (rich_text, plain_text)."""
        self._hostile.add(hostile)
        self._sequences.update(_CONTROL_SEQUENCE.findall(hostile))

    def find(self, payload: Json) -> list[str]:
        """Return a sentence for each place of an outbound message or view in which a hostile string is alive."""
        found: list[str] = []
        for name in ("text", "markdown_text", "topic", "purpose", "initial_comment"):
            value = payload.get(name)
            if isinstance(value, str):
                found += self._alive(value, name, formatting=name == "markdown_text")
        for name in ("blocks", "attachments", "view"):
            found += self._search(payload.get(name), name)
        return found

    def _search(self, node: Any, where: str) -> list[str]:
        if isinstance(node, list):
            return [hit for index, item in enumerate(node) for hit in self._search(item, f"{where}/{index}")]
        if not isinstance(node, dict):
            return []
        if node.get("type") in _PARSED_OBJECTS and isinstance(node.get("text"), str):
            return self._alive(node["text"], where, formatting=True)
        return [hit for key, item in node.items() for hit in self._search(item, f"{where}/{key}")]

    def _alive(self, text: str, where: str, *, formatting: bool) -> list[str]:
        alive = {sequence for sequence in self._sequences if sequence in text}
        alive |= {hostile for hostile in self._hostile if hostile in text and (formatting or set(hostile) & set("<>&"))}
        return [f"hostile text {hostile!r} unescaped in {where}" for hostile in sorted(alive)]
