"""Contacts: who is behind a number. A number belongs to one contact at most."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass, replace
from functools import cache

from clerkd.errors import Conflict, Refused
from clerkd.model.number import is_e164

NAME_LIMIT = 150
COMPANY_LIMIT = 150
EMAIL_LIMIT = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
NOTE_LIMIT = 3000  # what one Slack input takes
TAG_LIMIT = 40
TAGS_LIMIT = 20
NUMBERS_LIMIT = 10

_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\".]+(\.[^@\s<>,;:\".]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?", re.ASCII | re.IGNORECASE)  # RFC 5646, in part


class InvalidContact(Refused):
    """A field cannot be kept as it is; details: `field`."""

    code = "contact.invalid"


class NumberTaken(Conflict):
    """The number belongs to another contact; details: `field`, `number`, `contact` (its id), `name`."""

    code = "contact.number-taken"


class ErasedNumber(Refused):
    """Whoever has the number was erased at their wish and is not taken in again; details: `field`, `number`."""

    code = "contact.erased"


@dataclass(frozen=True, slots=True)
class ContactNote:
    """Something that a colleague wrote down; never changed afterwards."""

    author: str  # a name, as it was then
    at: int  # epoch ms
    text: str


@dataclass(frozen=True, slots=True)
class ContactFields:
    """What people can change about a contact."""

    name: str = ""
    numbers: tuple[str, ...] = ()  # E.164, the usual one first
    company: str = ""
    email: str = ""
    time_zone: str = ""  # an IANA name
    language: str = ""  # a BCP 47 tag
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody with at least one number."""

    id: str
    fields: ContactFields
    revision: int  # increases with each change
    created_at: int  # epoch ms
    updated_at: int
    notes: tuple[ContactNote, ...] = ()  # oldest first

    @property
    def name(self) -> str:
        """What they are called."""
        return self.fields.name

    @property
    def numbers(self) -> tuple[str, ...]:
        """Their numbers in E.164, the usual one first."""
        return self.fields.numbers


def checked(fields: ContactFields) -> ContactFields:
    """Return the fields as they are kept: spaces collapsed, repetitions dropped, zone and language in their usual
    spelling. Raise `InvalidContact` naming the field.
    """
    name = _required(one_line(fields.name), "name", NAME_LIMIT)
    return ContactFields(
        name=name,
        numbers=_numbers(fields.numbers),
        company=_at_most(one_line(fields.company), "company", COMPANY_LIMIT),
        email=_email(one_line(fields.email)),
        time_zone=_time_zone(one_line(fields.time_zone)),
        language=_language(one_line(fields.language)),
        tags=_tags(fields.tags),
    )


def checked_note(text: str) -> str:
    """Return a note as it is kept; raise `InvalidContact` for one that is empty or too long."""
    kept = "\n".join(_printable(line).rstrip() for line in text.splitlines()).strip()
    return _required(kept, "note", NOTE_LIMIT)


def combined(kept: ContactFields, other: ContactFields) -> ContactFields:
    """Return one contact's fields made of two: `other` fills what is empty, adds its numbers and tags."""
    return replace(
        kept,
        name=kept.name or other.name,
        numbers=_unique((*kept.numbers, *other.numbers))[:NUMBERS_LIMIT],
        company=kept.company or other.company,
        email=kept.email or other.email,
        time_zone=kept.time_zone or other.time_zone,
        language=kept.language or other.language,
        tags=_unique_tags((*kept.tags, *other.tags))[:TAGS_LIMIT],
    )


def one_line(text: str) -> str:
    """Return a text without control characters and with single spaces."""
    return " ".join(_printable(" ".join(text.split())).split())


def folded(text: str) -> str:
    """Return the form by which texts are compared and sorted: without case, accents and punctuation."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(re.findall(r"\w+", bare.casefold()))


def _printable(text: str) -> str:
    kept = (char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char) not in {"Cc", "Cs"})
    return "".join(kept)


def _required(text: str, field: str, limit: int) -> str:
    if not text:
        raise InvalidContact(f"A {field} is needed.", field=field)
    return _at_most(text, field, limit)


def _at_most(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidContact(f"At most {limit} characters; this has {len(text)}.", field=field)
    return text


def _numbers(numbers: tuple[str, ...]) -> tuple[str, ...]:
    found = _unique(numbers)
    if not found:
        raise InvalidContact("At least one phone number is needed.", field="numbers")
    if len(found) > NUMBERS_LIMIT:
        raise InvalidContact(f"At most {NUMBERS_LIMIT} numbers; these are {len(found)}.", field="numbers")
    for number in found:
        if not is_e164(number):
            raise InvalidContact(f"“{number}” is not a full international number.", field="numbers")
    return found


def _email(text: str) -> str:
    if text and (_EMAIL.fullmatch(text) is None or len(text) > EMAIL_LIMIT):
        raise InvalidContact(f"“{text[:80]}” is not an e-mail address. Example: ann@example.org", field="email")
    return text


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): zone for zone in zoneinfo.available_timezones()}


def _time_zone(text: str) -> str:
    if not text:
        return ""
    zone = _zones().get(text.replace(" ", "_").lower())
    if zone is None:
        raise InvalidContact(f"“{text[:80]}” is not a time zone. Example: America/New_York", field="time_zone")
    return zone


def _language(text: str) -> str:
    tag = text.replace("_", "-")
    if not tag:
        return ""
    if _LANGUAGE.fullmatch(tag) is None:
        raise InvalidContact(f"“{text[:80]}” is not a language code. Examples: en, fr-CA", field="language")
    head, *rest = tag.split("-")
    return "-".join([head.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def _tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    found = _unique_tags(tuple(filter(None, (one_line(tag.replace(",", " ")) for tag in tags))))
    if len(found) > TAGS_LIMIT:
        raise InvalidContact(f"At most {TAGS_LIMIT} tags; these are {len(found)}.", field="tags")
    for tag in found:
        if len(tag) > TAG_LIMIT:
            raise InvalidContact(f"A tag has at most {TAG_LIMIT} characters: “{tag[:TAG_LIMIT]}…”.", field="tags")
    return found


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _unique_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag.casefold(), tag)
    return tuple(first.values())
