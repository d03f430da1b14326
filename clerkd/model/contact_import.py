"""A file of contacts on its way in: what it holds, and what became of each row."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ImportState(StrEnum):
    """How far an import is."""

    READY = "ready"  # read; somebody looks at the preview
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class RowOutcome(StrEnum):
    """What became, or would become, of a row."""

    NEW = "new"  # a contact of its own
    MERGED = "merged"  # one of its numbers was known: that contact learned something
    UNCHANGED = "unchanged"  # as MERGED, but nothing in it was new
    BAD = "bad"  # nothing was kept; the reason says why


@dataclass(frozen=True, slots=True)
class ContactImport:
    """One file."""

    id: str
    source: str  # the file's name
    actor: str
    region: str | None  # in which national numbers are read
    overwrite: bool  # what the file says takes the place of what is known
    headers: tuple[str, ...]
    columns: tuple[str, ...]  # `clerkd.core.desk.importing.columns.Column`
    state: ImportState
    rows: int
    created_at: int  # epoch ms
    ended_at: int | None
    counts: dict[RowOutcome, int] = field(default_factory=dict)  # of the rows that had their turn

    @property
    def done(self) -> int:
        """How many rows had their turn."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row, by its position in the file: the first after the titles is 1."""

    position: int
    cells: tuple[str, ...]
    outcome: RowOutcome | None = None
    reason: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do."""

    counts: dict[RowOutcome, int]
    bad: tuple[ImportRow, ...]  # the first of them, with their reasons
    sample: tuple[tuple[str, tuple[str, ...]], ...]  # names and numbers of the first rows that can be read
