"""Contacts as a CSV file that spreadsheets open and that can be imported again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from clerkd.core.desk.importing.columns import Column
from clerkd.model.contact import Contact

COLUMNS = (
    Column.NAME,
    Column.NUMBER,
    Column.COMPANY,
    Column.EMAIL,
    Column.TIME_ZONE,
    Column.LANGUAGE,
    Column.TAGS,
    Column.NOTE,
)
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = re.compile(r"\+[0-9]+(; \+[0-9]+)*", re.ASCII)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def csv_header() -> str:
    """Return the first line."""
    return _line([column.value for column in COLUMNS])


def csv_line(contact: Contact) -> str:
    """Return a contact's line."""
    fields = contact.fields
    return _line(
        [
            fields.name,
            "; ".join(fields.numbers),
            fields.company,
            fields.email,
            fields.time_zone,
            fields.language,
            ", ".join(fields.tags),
            "\n".join(note.text for note in contact.notes),
        ]
    )


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe precedes what would begin one.

    Numbers in E.164 stay as they are: a plus sign and digits can do nothing, and other programs read them.
    """
    if _NUMBERS.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) or _GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return the cell without the apostrophe of `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return line.getvalue()
