"""What the columns of a file mean: by their titles in the words of usual programs, otherwise by what is in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from clerkd.model.contact import folded


class Column(StrEnum):
    """What a column holds."""

    IGNORED = "ignored"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    NUMBER = "number"
    COMPANY = "company"
    EMAIL = "email"
    TIME_ZONE = "time_zone"
    LANGUAGE = "language"
    TAGS = "tags"
    NOTE = "note"


# Titles, folded: ours, those of Google Contacts, Outlook and Apple, and the same words in French, Spanish and German.
_TITLES: dict[Column, str] = {
    Column.NAME: "name|full name|display name|contact|contact name|file as|nom complet|nombre completo"
    "|nombre y apellidos|vollstandiger name|kunde|client|customer|customer name|fn",
    Column.FIRST_NAME: "first name|given name|firstname|forename|prenom|nombre|nombre de pila|vorname",
    Column.LAST_NAME: "last name|family name|lastname|surname|nom|nom de famille|apellido|apellidos|nachname"
    "|familienname",
    Column.COMPANY: "company|organization|organisation|organization name|organization 1 name|company name|employer|org"
    "|societe|entreprise|empresa|compania|firma|unternehmen",
    Column.TIME_ZONE: "time zone|timezone|tz|fuseau horaire|zona horaria|zeitzone",
    Column.LANGUAGE: "language|lang|locale|langue|idioma|sprache",
    Column.TAGS: "tags|tag|labels|label|categories|category|groups|group|group membership|etiquettes|etiquetas|gruppen",
    Column.NOTE: "note|notes|comment|comments|remark|remarks|remarque|nota|notas|notiz|notizen|bemerkung",
}
_BY_TITLE = {title: column for column, titles in _TITLES.items() for title in titles.split("|")}
_NUMBER = re.compile(
    r"(primary |other |home |work |business |company |car |mobile |cell |main |privat |numero )*"
    r"(phone|telephone|mobile|cell|cellphone|tel|number|numbers|phone number|phone numbers|mobile number|mobile phone"
    r"|cell phone|msisdn|sms|whatsapp|gsm|portable|numero|numero de telephone|telefono|movil|telefon|handy|mobil"
    r"|telefonnummer|handynummer|rufnummer|de telephone|de telefono)"
    r"( movil| mobile| portable| fixe)?( \d+)?( value| number| numbers)?"
)
_EMAIL = re.compile(r"(e mail|email|mail|courriel|correo|correo electronico)( \d+)?( address| value)?( \d+)?")
_NUMBER_CELL = re.compile(r"(tel:)?[+(]?[\d][\d\s().\-–/]{5,22}\d", re.IGNORECASE)
_EMAIL_CELL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHARE = 0.6  # of the cells that are filled in must look alike


def guess_column(title: str) -> Column:
    """Return what a column with this title holds."""
    words = folded(title).replace("_", " ")
    if words in _BY_TITLE:
        return _BY_TITLE[words]
    if _NUMBER.fullmatch(words):
        return Column.NUMBER
    return Column.EMAIL if _EMAIL.fullmatch(words) else Column.IGNORED


def guess_columns(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Return what each column holds. Titles decide; where none says so, a column full of numbers is one of numbers."""
    found = [guess_column(title) for title in headers]
    if Column.NUMBER not in found:
        found = [
            Column.NUMBER if column is Column.IGNORED and _mostly(_NUMBER_CELL, rows, index) else column
            for index, column in enumerate(found)
        ]
    if Column.EMAIL not in found:
        found = [
            Column.EMAIL if column is Column.IGNORED and _mostly(_EMAIL_CELL, rows, index) else column
            for index, column in enumerate(found)
        ]
    if not {Column.NAME, Column.FIRST_NAME, Column.LAST_NAME} & set(found) and Column.IGNORED in found:
        found[found.index(Column.IGNORED)] = Column.NAME
    return found


def looks_like_values(cells: Sequence[str]) -> bool:
    """Tell whether a file's first line is a contact already and not the columns' titles."""
    return any(_NUMBER_CELL.fullmatch(cell.strip()) or _EMAIL_CELL.fullmatch(cell.strip()) for cell in cells)


def _mostly(pattern: re.Pattern[str], rows: Sequence[Sequence[str]], index: int) -> bool:
    cells = [row[index].strip() for row in rows if index < len(row) and row[index].strip()]
    return bool(cells) and sum(1 for cell in cells if pattern.fullmatch(cell)) >= _SHARE * len(cells)
