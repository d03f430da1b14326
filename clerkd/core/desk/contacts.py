"""The team's contacts: kept, changed, put together, erased. Who may do so is the edges' question."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Protocol

import structlog

from clerkd.clock import Clock
from clerkd.errors import InvalidNumber, StoreBusy
from clerkd.ids import Ids
from clerkd.model.contact import (
    Contact,
    ContactFields,
    ContactNote,
    ErasedNumber,
    InvalidContact,
    checked,
    checked_note,
    one_line,
)
from clerkd.model.number import international, is_e164, read_number, shortened
from clerkd.ports.store import Store, Tx
from clerkd.store.ops.contacts import (
    add_contact,
    add_contact_note,
    change_contact,
    find_contact,
    get_contact,
    merge_contacts,
    remove_contact,
)
from clerkd.store.ops.contacts_erase import Erased, erase_numbers, readmit_number
from clerkd.store.ops.conversations import list_conversations
from clerkd.store.ops.erasures import KEY_OCTETS, erased_among
from clerkd.store.ops.search import compact_words

# Slack tells of the posts that are deleted with the words that were in them: the log has them once more for a moment.
_FOLD_AFTER_S = (2.0, 5.0, 15.0, 60.0)
_SCRUB_PAGES = 500  # of the index of words, rewritten in one transaction

log = structlog.get_logger()


class Files(Protocol):
    """Whoever keeps the store's files."""

    async def fold_log(self) -> None:
        """Leave nothing in the log of what was deleted; raise `StoreBusy`."""
        ...


class Contacts:
    """What is done with contacts. `region` (ISO 3166 alpha-2) is where national numbers are read by default."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        files: Files,
        region: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._files = files
        self._erased = asyncio.Event()
        self.region = region

    async def add(self, fields: ContactFields, *, actor: str, note: str = "", key: str | None = None) -> Contact:
        """Keep a new contact; numbers are as people typed them. `key` becomes its id, so that a repetition is none.

        Raise `InvalidContact`, `NumberTaken`, `ErasedNumber`.
        """
        read = self.read(fields)
        now = self._clock.now_ms()
        notes = [ContactNote(actor, now, checked_note(note))] if note.strip() else []
        contact_id = key or self._ids.new()
        draft = Contact(contact_id, read, 1, now, now, tuple(notes))
        contact = await self._store.write(_add, draft)
        log.info("contact.added", contact=contact.id, actor=actor)
        return contact

    async def change(
        self, contact_id: str, fields: ContactFields, *, actor: str, seen_revision: int | None = None
    ) -> Contact:
        """Give a contact other fields; raise as `add` does, `NotFound`, `Conflict` if it changed since it was seen."""
        read = self.read(fields)
        contact = await self._store.write(
            _change, contact_id, read, now=self._clock.now_ms(), seen_revision=seen_revision
        )
        log.info("contact.changed", contact=contact.id, actor=actor)
        return contact

    async def note(self, contact_id: str, text: str, *, actor: str, at: int | None = None) -> Contact:
        """Add a note. `at` is when it was written, where a repetition must not add it again."""
        note = ContactNote(actor, self._clock.now_ms() if at is None else at, checked_note(text))
        return await self._store.write(add_contact_note, contact_id, note)

    async def merge(self, kept_id: str, other_id: str, *, actor: str) -> Contact:
        """Put two contacts together; the first one's word counts. Raise `NotFound`, `Conflict`."""
        contact = await self._store.write(merge_contacts, kept_id, other_id, now=self._clock.now_ms())
        log.info("contact.merged", contact=kept_id, merged=other_id, actor=actor)
        return contact

    async def remove(self, contact_id: str, *, actor: str) -> None:
        """Forget a contact; the texts with its numbers stay. Raise `NotFound`."""
        await self._store.write(remove_contact, contact_id, now=self._clock.now_ms())
        log.info("contact.removed", contact=contact_id, actor=actor)

    async def erase(self, typed: str, *, actor: str, expected: str | None = None) -> Erased:
        """Erase a number with everything said with it and whoever it belongs to, for ever.

        `typed` is what a person typed to confirm; `expected` what it must mean. Raise `InvalidContact` if it means
        something else, `Conflict` while a text is on the air.
        """
        number = self._confirmed(typed, expected)
        return await self._erase([number], actor)

    async def erase_contact(self, contact_id: str, typed: str, *, actor: str) -> Erased:
        """Erase a contact with everything said with any of its numbers, for ever.

        `typed` is what a person typed to confirm: one of the numbers. Raise as `erase` does, and `NotFound`.
        """
        contact = await self.get(contact_id)
        number = self._confirmed(typed, None)
        if number not in contact.numbers:
            known = international(contact.numbers[0])
            raise InvalidContact(f"To erase {contact.name}, type {known}.", field="confirmation")
        return await self._erase(contact.numbers, actor)

    async def _erase(self, numbers: Sequence[str], actor: str) -> Erased:
        key, now = secrets.token_bytes(KEY_OCTETS), self._clock.now_ms()
        erased = await self._store.write(erase_numbers, numbers, new_key=key, now=now)
        try:
            await self._scrub()
        except StoreBusy as reason:
            log.warning("contact.not-scrubbed", reason=reason.message)
        self._erased.set()
        log.info("contact.erased", number=shortened(numbers[0]), messages=erased.messages, actor=actor)
        return erased

    async def run(self) -> None:
        """See to it that nothing comes back into the files after an erasure; for ever."""
        while True:
            await self._erased.wait()
            self._erased.clear()
            for after_s in _FOLD_AFTER_S:
                await asyncio.sleep(after_s)
                try:
                    await self._files.fold_log()
                except StoreBusy as reason:
                    log.warning("contact.not-scrubbed", reason=reason.message)

    async def _scrub(self) -> None:
        """Leave nothing in the files of what was deleted; others are served meanwhile."""
        begin = True
        while await self._store.write(compact_words, begin=begin, pages=_SCRUB_PAGES):
            begin = False
        await self._files.fold_log()

    async def of_number(self, number: str) -> Contact | None:
        """Return whom a number in E.164 belongs to."""
        return await self._store.read(find_contact, number)

    async def get(self, contact_id: str) -> Contact:
        """Return a contact; raise `NotFound`."""
        return await self._store.read(get_contact, contact_id)

    def read(self, fields: ContactFields) -> ContactFields:
        """Return fields as they are kept, numbers read in our region; raise `InvalidContact`."""
        numbers = tuple(self._number(typed) for typed in fields.numbers if typed.strip())
        return checked(
            ContactFields(
                fields.name, numbers, fields.company, fields.email, fields.time_zone, fields.language, fields.tags
            )
        )

    def _number(self, typed: str) -> str:
        try:
            return read_number(typed, self.region)
        except InvalidNumber as reason:
            words = f"“{one_line(typed)[:40]}” is not a phone number. Examples: 415 555 0123, +44 7700 900123"
            raise InvalidContact(words, field="numbers") from reason

    def _confirmed(self, typed: str, expected: str | None) -> str:
        try:
            number = read_number(typed, self.region)
        except InvalidNumber as reason:
            raise InvalidContact("This is not a phone number.", field="confirmation") from reason
        if expected is not None and number != expected and is_e164(expected):
            words = f"This is {international(number)}; to erase, type {international(expected)}."
            raise InvalidContact(words, field="confirmation")
        return number


def _add(tx: Tx, draft: Contact) -> Contact:
    known = find_contact(tx, draft.numbers[0])
    if known is not None and known.id == draft.id:  # the same submission again
        return known
    _refuse_erased(tx, draft.numbers)
    return add_contact(tx, draft.id, draft.fields, now=draft.created_at, notes=draft.notes)


def _change(tx: Tx, contact_id: str, fields: ContactFields, *, now: int, seen_revision: int | None) -> Contact:
    _refuse_erased(tx, fields.numbers)
    return change_contact(tx, contact_id, fields, now=now, seen_revision=seen_revision)


def _refuse_erased(tx: Tx, numbers: Sequence[str]) -> None:
    """Let nobody in again who was erased, unless they have texted since."""
    for number in erased_among(tx, numbers):
        if not list_conversations(tx, peer=number, limit=1):
            words = f"{international(number)} was erased at its owner’s wish. It can be added again once they text you."
            raise ErasedNumber(words, field="numbers", number=number)
        readmit_number(tx, number)
