"""One row of a file as a contact to be, or the reason why it cannot be one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clerkd.core.desk.importing.columns import Column
from clerkd.core.desk.importing.export import unguarded
from clerkd.errors import InvalidNumber
from clerkd.model.contact import NOTE_LIMIT, ContactFields, InvalidContact, checked, one_line
from clerkd.model.number import read_number

_NUMBER_BREAK = re.compile(r"\s*(?::::|[;,|\n]|\s/\s)\s*")
_TAG_BREAK = re.compile(r"\s*(?::::|[;,|\n])\s*")
_NOISE = re.compile(r"(?i)^(tel:|p:)|(\.0$)")  # a spreadsheet that took a number for a number
_EXTRAS = {
    "company": Column.COMPANY,
    "email": Column.EMAIL,
    "time_zone": Column.TIME_ZONE,
    "language": Column.LANGUAGE,
}
_FILLED: dict[str, Callable[[ContactFields, str], ContactFields]] = {
    "company": lambda fields, value: replace(fields, company=value),
    "email": lambda fields, value: replace(fields, email=value),
    "time_zone": lambda fields, value: replace(fields, time_zone=value),
    "language": lambda fields, value: replace(fields, language=value),
}


@dataclass(frozen=True, slots=True)
class Readable:
    """A row that can become a contact. `remarks` say what of it could not be used."""

    fields: ContactFields
    note: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that cannot."""

    reason: str


def read_row(cells: Sequence[str], columns: Sequence[Column], region: str | None) -> Readable | Bad:
    """Return what a row says; national numbers are read in `region`."""
    found: defaultdict[Column, list[str]] = defaultdict(list)
    for column, cell in zip(columns, cells, strict=False):
        if text := unguarded(cell).strip():
            found[column].append(text)
    numbers, remarks = _numbers(found[Column.NUMBER], region)
    if not numbers:
        return Bad(remarks[0] if remarks else "There is no phone number.")
    fields = ContactFields(
        name=_name(found),
        numbers=tuple(numbers),
        tags=tuple(tag for cell in found[Column.TAGS] for tag in _TAG_BREAK.split(cell) if _is_tag(tag)),
    )
    if not fields.name:
        return Bad("There is no name.")
    for name, column in _EXTRAS.items():
        fields = _with(fields, name, next(iter(found[column]), ""), remarks)
    try:
        return Readable(checked(fields), "\n".join(found[Column.NOTE])[:NOTE_LIMIT], tuple(remarks))
    except InvalidContact as fault:
        return Bad(f"{fault.details['field']}: {fault.message}")


def _with(fields: ContactFields, name: str, value: str, remarks: list[str]) -> ContactFields:
    """Return the fields with one more that is not worth losing the contact for."""
    filled = _FILLED[name](fields, value)
    try:
        checked(filled)
    except InvalidContact as fault:
        if fault.details["field"] != name:
            return filled
        remarks.append(f"left out: {fault.message}")
        return fields
    return filled


def _name(found: defaultdict[Column, list[str]]) -> str:
    if found[Column.NAME]:
        return one_line(found[Column.NAME][0])
    parts = [*found[Column.FIRST_NAME][:1], *found[Column.LAST_NAME][:1]]
    if parts:
        return one_line(" ".join(parts))
    return one_line(next(iter([*found[Column.COMPANY], *found[Column.EMAIL]]), ""))


def _numbers(cells: Sequence[str], region: str | None) -> tuple[list[str], list[str]]:
    numbers: list[str] = []
    remarks: list[str] = []
    for typed in (piece for cell in cells for piece in _NUMBER_BREAK.split(cell) if piece):
        try:
            numbers.append(read_number(_NOISE.sub("", typed), region))
        except InvalidNumber:
            remarks.append(f"“{one_line(typed)[:40]}” is not a phone number that can be dialled.")
    return numbers, remarks


def _is_tag(tag: str) -> bool:
    return bool(tag) and not tag.startswith("*")  # Google's own groups: * myContacts
