"""What travels of contacts and their imports."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from clerkd.api.wire import MAX_PAGE
from clerkd.clock import iso
from clerkd.core.desk.importing.columns import Column
from clerkd.model.contact import Contact
from clerkd.model.contact_import import ContactImport, ImportPreview, ImportRow, RowOutcome

_PAGE = 50

# Requests --------------------------------------------------------------------------------------------------


class ContactQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/contacts`."""

    q: str = ""
    tag: str | None = None
    number: str | None = None
    after: str | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = _PAGE


class ContactBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/contacts`."""

    name: str
    numbers: list[str]
    company: str = ""
    email: str = ""
    time_zone: str = ""
    language: str = ""
    tags: list[str] = []
    note: str = ""


class ContactPatch(Struct, forbid_unknown_fields=True):
    """`PATCH /v1/contacts/{id}`: what is not given stays."""

    name: str | UnsetType = UNSET
    numbers: list[str] | UnsetType = UNSET
    company: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    revision: int | None = None  # refuse if it was changed since


class NoteBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/contacts/{id}/notes`."""

    text: str


class MergeBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/contacts/{id}/merge`."""

    other: str


class EraseBody(Struct, forbid_unknown_fields=True):
    """`POST /v1/contacts/erase`: the number twice, as a confirmation."""

    number: str
    confirm: str


class ImportQuery(Struct, forbid_unknown_fields=True):
    """`POST /v1/contacts/imports`."""

    source: str = "contacts.csv"


class ImportPatch(Struct, forbid_unknown_fields=True):
    """`PATCH /v1/contacts/imports/{id}`."""

    columns: list[Column]
    region: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")] | None = None
    overwrite: bool = False


class RowsQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/contacts/imports/{id}/rows`."""

    outcome: RowOutcome | None = None
    after: int = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = MAX_PAGE


class ProgressQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/contacts/imports/{id}`: `beyond` waits a moment for more rows than that to have had their turn."""

    beyond: int | None = None


class ExportQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/contacts/export`."""

    format: str = "csv"


# Answers ---------------------------------------------------------------------------------------------------


class ContactNoteOut(Struct):
    """A note."""

    author: str
    at: str
    text: str


class ContactOut(Struct):
    """A contact."""

    id: str
    name: str
    numbers: list[str]
    company: str
    email: str
    time_zone: str
    language: str
    tags: list[str]
    notes: list[ContactNoteOut]
    revision: int
    created_at: str
    updated_at: str


class ContactPage(Struct):
    """A list of contacts, by name."""

    contacts: list[ContactOut]
    next: str | None


class ErasedOut(Struct):
    """What went."""

    conversations: int
    messages: int
    slack_posts: int  # of ours that Slack may still show


class ImportRowOut(Struct):
    """A row of a file."""

    row: int
    outcome: str | None
    reason: str | None
    contact: str | None
    cells: list[str]


class PreviewOut(Struct):
    """What an import would do."""

    counts: dict[str, int]
    bad: list[ImportRowOut]
    sample: list[str]


class ImportOut(Struct):
    """An import."""

    id: str
    source: str
    state: str
    rows: int
    done: int
    counts: dict[str, int]
    headers: list[str]
    columns: list[str]
    region: str | None
    overwrite: bool
    preview: PreviewOut | UnsetType = UNSET


class RowPage(Struct):
    """Rows of an import."""

    rows: list[ImportRowOut]
    next: int | None


def contact_out(contact: Contact) -> ContactOut:
    """Return a contact as JSON has it."""
    fields = contact.fields
    return ContactOut(
        id=contact.id,
        name=fields.name,
        numbers=list(fields.numbers),
        company=fields.company,
        email=fields.email,
        time_zone=fields.time_zone,
        language=fields.language,
        tags=list(fields.tags),
        notes=[ContactNoteOut(note.author, iso(note.at), note.text) for note in contact.notes],
        revision=contact.revision,
        created_at=iso(contact.created_at),
        updated_at=iso(contact.updated_at),
    )


def import_out(found: ContactImport, preview: ImportPreview | None = None) -> ImportOut:
    """Return an import as JSON has it."""
    return ImportOut(
        id=found.id,
        source=found.source,
        state=found.state.value,
        rows=found.rows,
        done=found.done,
        counts=_counts(found.counts),
        headers=list(found.headers),
        columns=list(found.columns),
        region=found.region,
        overwrite=found.overwrite,
        preview=UNSET if preview is None else _preview(preview),
    )


def row_out(row: ImportRow) -> ImportRowOut:
    """Return a row as JSON has it."""
    outcome = None if row.outcome is None else row.outcome.value
    return ImportRowOut(row.position, outcome, row.reason, row.contact_id, list(row.cells))


def _preview(preview: ImportPreview) -> PreviewOut:
    sample = [f"{name} {', '.join(numbers)}" for name, numbers in preview.sample]
    return PreviewOut(_counts(preview.counts), [row_out(row) for row in preview.bad], sample)


def _counts(counts: dict[RowOutcome, int]) -> dict[str, int]:
    return {outcome.value: counts.get(outcome, 0) for outcome in RowOutcome}
