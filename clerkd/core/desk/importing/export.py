"""Contacts as a file: CSV that spreadsheets open, or vCard; both can be imported again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable
from enum import StrEnum

from clerkd.core.desk.importing.columns import Column
from clerkd.core.desk.importing.vcard import write_vcard
from clerkd.model.contact import Contact, folded
from clerkd.ports.store import Store
from clerkd.store.ops.contacts_search import list_contacts

PAGE = 200  # contacts read at once: an export needs no more memory than that

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


class ContactsFormat(StrEnum):
    """What contacts are exported as."""

    CSV = "csv"
    VCARD = "vcard"


async def contact_pieces(store: Store, form: ContactsFormat) -> AsyncIterator[str]:
    """Yield the file of all contacts by name, piece by piece."""
    is_csv = form is ContactsFormat.CSV
    if is_csv:
        yield csv_header()
    after: tuple[str, str] | None = None
    while page := await store.read(list_contacts, after=after, limit=PAGE):
        yield "".join(csv_line(contact) if is_csv else write_vcard(contact) for contact in page)
        after = folded(page[-1].name), page[-1].id


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
