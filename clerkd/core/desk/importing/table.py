"""A file of contacts as a table: titles and rows of cells, whether it was CSV or vCard."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.core.desk.importing.columns import Column, guess_columns, looks_like_values
from clerkd.core.desk.importing.encoding import UnreadableFile, decode
from clerkd.core.desk.importing.vcard import VCARD_COLUMNS, is_vcard, read_vcards

ROWS_LIMIT = 50_000
COLUMNS_LIMIT = 100
CELL_LIMIT = 10_000  # characters: longer notes are cut
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Table:
    """What is in the file, and what its columns probably mean."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # each as long as the headers
    columns: tuple[Column, ...]


def read_table(octets: bytes) -> Table:
    """Read a CSV or vCard file; which of the two is told by its content. Raise `UnreadableFile`."""
    text = decode(octets)
    if is_vcard(text):
        cards = read_vcards(text)
        headers = tuple(column.value for column in VCARD_COLUMNS)
        return _table(headers, cards, VCARD_COLUMNS)
    return _read_csv(text)


def _read_csv(text: str) -> Table:
    text, delimiter = _delimiter(text)
    rows = _parse(text, delimiter)
    if not rows:
        raise UnreadableFile("There is no row in the file.")
    width = max(len(row) for row in rows)
    if width > COLUMNS_LIMIT:
        raise UnreadableFile(f"The file has {width} columns; at most {COLUMNS_LIMIT} can be read.")
    if looks_like_values(rows[0]):
        headers = [f"Column {number}" for number in range(1, width + 1)]
    else:
        headers = [cell.strip() or f"Column {number}" for number, cell in enumerate(rows[0], 1)]
        headers += [f"Column {number}" for number in range(len(headers) + 1, width + 1)]
        rows = rows[1:]
    if not rows:
        raise UnreadableFile("There are titles in the file, but no row under them.")
    return _table(headers, rows, guess_columns(headers, rows[:_SAMPLE_ROWS]))


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> Table:
    if len(rows) > ROWS_LIMIT:
        raise UnreadableFile(f"There are {len(rows)} rows; at most {ROWS_LIMIT} are taken at once. Split the file.")
    width = len(headers)
    cut = tuple(tuple(cell[:CELL_LIMIT] for cell in (*row, *[""] * (width - len(row)))) for row in rows)
    return Table(tuple(headers), cut, tuple(columns))


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text without a line that says what separates the cells, and what does."""
    first, _, rest = text.lstrip("\ufeff").partition("\n")
    said = first.strip().lower()
    if len(said) == len("sep=") + 1 and said.startswith("sep="):  # Excel's own word
        return rest, said[-1]
    return text, max(_DELIMITERS, key=lambda one: _regularity(text, one))


def _regularity(text: str, delimiter: str) -> tuple[float, int]:
    """Return how alike the first rows are when cut by a delimiter: the share with as many cells as the first one."""
    rows = _parse(text, delimiter, _SAMPLE_ROWS)
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    return sum(1 for row in rows if len(row) == width) / len(rows), width


def _parse(text: str, delimiter: str, most: int | None = None) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if most is not None and len(rows) == most:
                break
    except csv.Error as reason:
        raise UnreadableFile(f"The file breaks off in row {len(rows) + 1}: {reason}.") from reason
    return rows
