"""What the Slack side knows of a line: its name, number, country and channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clerkd.model.number import is_e164, region_of


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A line as configured. `channel` is a name with or without `#`, or an id."""

    name: str
    number: str
    channel: str

    @property
    def region(self) -> str | None:
        """The country in which its national numbers are read and shown."""
        return region_of(self.number) if is_e164(self.number) else None


class DeskLines:
    """All lines, in the order of the configuration."""

    def __init__(self, lines: Sequence[DeskLine]) -> None:
        self._lines = {line.name: line for line in lines}

    def __iter__(self) -> Iterator[DeskLine]:
        return iter(self._lines.values())

    def get(self, name: str) -> DeskLine | None:
        """Return a line; one that is not configured any more is shown where the first one is."""
        found = self._lines.get(name)
        if found is not None or not self._lines:
            return found
        first = next(iter(self._lines.values()))
        return DeskLine(name, "", first.channel)

    def region(self, name: str) -> str | None:
        """Return the country of a line."""
        found = self._lines.get(name)
        return found.region if found is not None else None

    @property
    def channels(self) -> list[str]:
        """The channels that are named, each once."""
        return list(dict.fromkeys(line.channel for line in self._lines.values()))

    def of_channel(self, channel: str) -> DeskLine | None:
        """Return the first line that is shown in a channel (by its configured name)."""
        return next((line for line in self._lines.values() if line.channel == channel), None)
