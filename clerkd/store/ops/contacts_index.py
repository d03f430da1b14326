"""The words by which contacts are found; `contacts_search` looks them up."""

from __future__ import annotations

from clerkd.model.contact import ContactFields, folded
from clerkd.ports.store import Tx

DIGITS_LEAST = 3  # digits from the middle of a number find it from this many on


def index_contact(tx: Tx, contact_id: str, fields: ContactFields) -> None:
    """Make a contact findable; part of the op that stores it."""
    for word in sorted(_words_of(fields)):
        tx.run("INSERT INTO contact_words (word, contact_id) VALUES (:word, :id)", word=word, id=contact_id)


def unindex_contact(tx: Tx, contact_id: str) -> None:
    """Take a contact out of the index."""
    tx.run("DELETE FROM contact_words WHERE contact_id = :id", id=contact_id)


def _words_of(fields: ContactFields) -> set[str]:
    words = set(folded(" ".join((fields.name, fields.company, fields.email, *fields.tags))).split())
    for number in fields.numbers:
        digits = number.removeprefix("+")
        words |= {digits[start:] for start in range(len(digits) - DIGITS_LEAST + 1)}
    return words
