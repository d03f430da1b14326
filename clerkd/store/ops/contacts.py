"""Contacts: kept, changed, put together, looked up by id and number. Finding them by words is in `contacts_search`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from clerkd.errors import Conflict, NotFound
from clerkd.model.contact import Contact, ContactFields, ContactNote, NumberTaken, combined, folded
from clerkd.model.notice import NoticeKind
from clerkd.model.number import international
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.contacts_index import index_contact, unindex_contact
from clerkd.store.ops.notices import write_notice

BATCH = 500  # parameters of one statement, far below every engine's limit


def add_contact(
    tx: Tx, contact_id: str, fields: ContactFields, *, now: int, notes: Sequence[ContactNote] = ()
) -> Contact:
    """Keep a new contact; raise `NumberTaken`. `fields` are checked already."""
    _refuse_taken(tx, fields.numbers, contact_id)
    tx.run(
        "INSERT INTO contacts (id, name, sort_name, company, email, time_zone, language, revision, created_at,"
        " updated_at) VALUES (:id, :name, :sort_name, :company, :email, :time_zone, :language, 1, :now, :now)",
        **_columns(contact_id, fields, now),
    )
    _write_lists(tx, contact_id, fields)
    for note in notes:
        _insert_note(tx, contact_id, note)
    tell_change(tx, fields.numbers, now=now)
    return Contact(contact_id, fields, 1, now, now, tuple(notes))


def change_contact(
    tx: Tx, contact_id: str, fields: ContactFields, *, now: int, seen_revision: int | None = None
) -> Contact:
    """Give a contact other fields.

    Raise `NotFound`, `NumberTaken`, and `Conflict` if it was changed since `seen_revision`. Nothing is written
    when nothing changes.
    """
    before = get_contact(tx, contact_id)
    if before.fields == fields:
        return before
    if seen_revision is not None and before.revision != seen_revision:
        raise Conflict("The contact was changed meanwhile.", state="changed", revision=before.revision)
    _refuse_taken(tx, fields.numbers, contact_id)
    tx.run(
        "UPDATE contacts SET name = :name, sort_name = :sort_name, company = :company, email = :email,"
        " time_zone = :time_zone, language = :language, revision = revision + 1, updated_at = :now WHERE id = :id",
        **_columns(contact_id, fields, now),
    )
    _drop_lists(tx, contact_id)
    _write_lists(tx, contact_id, fields)
    if before.name != fields.name or set(before.numbers) != set(fields.numbers):
        tell_change(tx, {*before.numbers, *fields.numbers}, now=now)
    return get_contact(tx, contact_id)


def add_contact_note(tx: Tx, contact_id: str, note: ContactNote) -> Contact:
    """Add a note; raise `NotFound`. The same author's same words at the same time are one note."""
    contact = get_contact(tx, contact_id)
    if note in contact.notes:
        return contact
    _insert_note(tx, contact_id, note)
    tx.run("UPDATE contacts SET updated_at = :now WHERE id = :id", id=contact_id, now=note.at)
    return get_contact(tx, contact_id)


def merge_contacts(tx: Tx, kept_id: str, other_id: str, *, now: int) -> Contact:
    """Put two contacts together: the first keeps its fields, the second fills what is empty and goes.

    Raise `NotFound`, and `Conflict` if both are the same one.
    """
    if kept_id == other_id:
        raise Conflict("A contact cannot be merged with itself.", state="same")
    kept, other = get_contact(tx, kept_id), get_contact(tx, other_id)
    fields = combined(kept.fields, other.fields)
    if len(fields.numbers) < len({*kept.numbers, *other.numbers}):
        raise Conflict("Together they would have too many numbers.", state="numbers")
    tx.run("UPDATE contact_notes SET contact_id = :kept WHERE contact_id = :other", kept=kept_id, other=other_id)
    remove_contact(tx, other_id)
    return change_contact(tx, kept_id, fields, now=now)


def remove_contact(tx: Tx, contact_id: str, *, now: int | None = None) -> None:
    """Forget a contact and its notes, but no text; raise `NotFound`. With `now` its cards are told."""
    contact = get_contact(tx, contact_id)
    _drop_lists(tx, contact_id)
    tx.run("DELETE FROM contact_notes WHERE contact_id = :id", id=contact_id)
    tx.run("DELETE FROM contacts WHERE id = :id", id=contact_id)
    if now is not None:
        tell_change(tx, contact.numbers, now=now)


def get_contact(tx: Tx, contact_id: str) -> Contact:
    """Return a contact; raise `NotFound`."""
    row = tx.one("SELECT * FROM contacts WHERE id = :id", id=contact_id)
    if row is None:
        raise NotFound("no such contact", id=contact_id)
    return load_contacts(tx, [row])[0]


def find_contact(tx: Tx, number: str) -> Contact | None:
    """Return whom a number (E.164) belongs to."""
    row = tx.one(
        "SELECT c.* FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id WHERE n.number = :number",
        number=number,
    )
    return None if row is None else load_contacts(tx, [row])[0]


def contact_name(tx: Tx, peer: str) -> str | None:
    """Return the name of whoever has a number, or None. What cards, notices and lists show."""
    return contact_names(tx, [peer]).get(peer)


def contact_names(tx: Tx, peers: Collection[str]) -> dict[str, str]:
    """Return the names of those who are contacts among `peers`."""
    found: dict[str, str] = {}
    asked = list(dict.fromkeys(peers))
    for start in range(0, len(asked), BATCH):
        names = {f"n{index}": peer for index, peer in enumerate(asked[start : start + BATCH])}
        rows = tx.all(
            "SELECT n.number, c.name FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id"  # noqa: S608
            f" WHERE n.number IN ({', '.join(f':{name}' for name in names)})",
            **names,
        )
        found |= {row["number"]: row["name"] for row in rows}
    return found


def owners_of(tx: Tx, numbers: Collection[str]) -> dict[str, str]:
    """Return the ids of the contacts that some of `numbers` belong to, by number."""
    found: dict[str, str] = {}
    asked = list(dict.fromkeys(numbers))
    for start in range(0, len(asked), BATCH):
        names = {f"n{index}": number for index, number in enumerate(asked[start : start + BATCH])}
        rows = tx.all(
            "SELECT number, contact_id FROM contact_numbers"  # noqa: S608 - constants
            f" WHERE number IN ({', '.join(f':{name}' for name in names)})",
            **names,
        )
        found |= {row["number"]: row["contact_id"] for row in rows}
    return found


def load_contacts(tx: Tx, rows: Sequence[Row]) -> list[Contact]:
    """Return the values of rows of `contacts`, in their order."""
    numbers, tags = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    notes = defaultdict[str, list[ContactNote]](list)
    for start in range(0, len(rows), BATCH):
        ids = {f"c{index}": row["id"] for index, row in enumerate(rows[start : start + BATCH])}
        these = f"contact_id IN ({', '.join(f':{name}' for name in ids)})"
        for row in tx.all(f"SELECT * FROM contact_numbers WHERE {these} ORDER BY position", **ids):  # noqa: S608
            numbers[row["contact_id"]].append(row["number"])
        for row in tx.all(f"SELECT * FROM contact_tags WHERE {these} ORDER BY position", **ids):  # noqa: S608
            tags[row["contact_id"]].append(row["tag"])
        for row in tx.all(f"SELECT * FROM contact_notes WHERE {these} ORDER BY seq", **ids):  # noqa: S608
            notes[row["contact_id"]].append(ContactNote(row["author"], row["at"], row["text"]))
    return [
        Contact(
            id=row["id"],
            fields=ContactFields(
                name=row["name"],
                numbers=tuple(numbers[row["id"]]),
                company=row["company"],
                email=row["email"],
                time_zone=row["time_zone"],
                language=row["language"],
                tags=tuple(tags[row["id"]]),
            ),
            revision=row["revision"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            notes=tuple(notes[row["id"]]),
        )
        for row in rows
    ]


def tell_change(tx: Tx, numbers: Collection[str], *, now: int) -> None:
    """Tell that the conversations with these numbers are with somebody else now, or with somebody of another name."""
    for number in sorted(numbers):
        for row in tx.all("SELECT id, line FROM conversations WHERE peer = :peer", peer=number):
            write_notice(tx, NoticeKind.CONTACT_CHANGED, at=now, line=row["line"], conversation_id=row["id"])


def _refuse_taken(tx: Tx, numbers: Sequence[str], contact_id: str) -> None:
    for number, owner in owners_of(tx, numbers).items():
        if owner != contact_id:
            name = get_contact(tx, owner).name
            raise NumberTaken(
                f"{international(number)} belongs to {name} already.",
                field="numbers",
                number=number,
                contact=owner,
                name=name,
            )


def _columns(contact_id: str, fields: ContactFields, now: int) -> dict[str, object]:
    return {
        "id": contact_id,
        "name": fields.name,
        "sort_name": folded(fields.name),
        "company": fields.company,
        "email": fields.email,
        "time_zone": fields.time_zone,
        "language": fields.language,
        "now": now,
    }


def _write_lists(tx: Tx, contact_id: str, fields: ContactFields) -> None:
    for position, number in enumerate(fields.numbers):
        tx.run(
            "INSERT INTO contact_numbers (number, contact_id, position) VALUES (:number, :id, :position)",
            number=number,
            id=contact_id,
            position=position,
        )
    for position, tag in enumerate(fields.tags):
        tx.run(
            "INSERT INTO contact_tags (contact_id, folded, tag, position) VALUES (:id, :folded, :tag, :position)",
            id=contact_id,
            folded=tag.casefold(),
            tag=tag,
            position=position,
        )
    index_contact(tx, contact_id, fields)


def _drop_lists(tx: Tx, contact_id: str) -> None:
    tx.run("DELETE FROM contact_numbers WHERE contact_id = :id", id=contact_id)
    tx.run("DELETE FROM contact_tags WHERE contact_id = :id", id=contact_id)
    unindex_contact(tx, contact_id)


def _insert_note(tx: Tx, contact_id: str, note: ContactNote) -> None:
    tx.run(
        "INSERT INTO contact_notes (contact_id, author, at, text) VALUES (:id, :author, :at, :text)",
        id=contact_id,
        author=note.author,
        at=note.at,
        text=note.text,
    )
