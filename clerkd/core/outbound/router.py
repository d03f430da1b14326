"""Which lines may carry a message, the preferred one first."""

from __future__ import annotations

from collections.abc import Mapping

from clerkd.errors import UnknownLine
from clerkd.model.rules import LineRules
from clerkd.ports.line import Line


class Router:
    """One line for now: the one whose rules were applied. A conversation keeps its number."""

    def __init__(self, lines: Mapping[str, Line]) -> None:
        self._lines = dict(lines)

    def route(self, rules: LineRules) -> list[Line]:
        """Return the lines to try in order, at least one; raise `UnknownLine`."""
        line = self._lines.get(rules.name)
        if line is None:
            raise UnknownLine(f"{rules.name} has nothing to send with", line=rules.name, lines=list(self._lines))
        return [line]
