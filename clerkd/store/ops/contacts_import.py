"""Imports of contacts: the file's rows, what they become, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clerkd.errors import Conflict, NotFound
from clerkd.model.contact import Contact, ContactFields, ContactNote, checked, combined
from clerkd.model.contact_import import ContactImport, ImportRow, ImportState, RowOutcome
from clerkd.model.number import international
from clerkd.ports.store import Row, Tx
from clerkd.store.ops.contacts import add_contact, add_contact_note, change_contact, get_contact, owners_of
from clerkd.store.ops.erasures import erased_among


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of a file, read: fields that are checked, or the reason why there are none."""

    position: int
    contact_id: str  # of the contact that it would be
    fields: ContactFields | None
    note: ContactNote | None = None
    remarks: str = ""


def create_import(tx: Tx, new: ContactImport) -> None:
    """Keep an import without its rows."""
    tx.run(
        "INSERT INTO contact_imports (id, source, actor, region, overwrite, headers, columns, state, created_at)"
        " VALUES (:id, :source, :actor, :region, :overwrite, :headers, :columns, :state, :now)",
        id=new.id,
        source=new.source,
        actor=new.actor,
        region=new.region,
        overwrite=int(new.overwrite),
        headers=json.dumps(new.headers, ensure_ascii=False),
        columns=json.dumps(new.columns),
        state=new.state.value,
        now=new.created_at,
    )


def add_import_rows(tx: Tx, import_id: str, first: int, rows: Sequence[Sequence[str]]) -> None:
    """Keep rows of an import, `first` being the position of the first one."""
    for position, cells in enumerate(rows, first):
        tx.run(
            "INSERT INTO contact_import_rows (import_id, position, cells) VALUES (:id, :position, :cells)",
            id=import_id,
            position=position,
            cells=json.dumps(list(cells), ensure_ascii=False),
        )


def get_import(tx: Tx, import_id: str) -> ContactImport:
    """Return an import with the count of its rows by outcome; raise `NotFound`."""
    found = find_import(tx, import_id)
    if found is None:
        raise NotFound("no such import: it may be too old", id=import_id)
    return found


def find_import(tx: Tx, import_id: str) -> ContactImport | None:
    """Return an import if there is one of that id."""
    row = tx.one("SELECT * FROM contact_imports WHERE id = :id", id=import_id)
    if row is None:
        return None
    counted = tx.all(
        "SELECT outcome, count(*) AS n FROM contact_import_rows WHERE import_id = :id GROUP BY outcome", id=import_id
    )
    counts = {RowOutcome(one["outcome"]): one["n"] for one in counted if one["outcome"] is not None}
    return _import(row, rows=sum(one["n"] for one in counted), counts=counts)


def import_rows(
    tx: Tx, import_id: str, *, after: int = 0, outcome: RowOutcome | None = None, limit: int = 500
) -> list[ImportRow]:
    """Return rows by their position, those that had their turn and those that did not."""
    rows = tx.all(
        "SELECT * FROM contact_import_rows WHERE import_id = :id AND position > :after"
        " AND (:outcome = '' OR outcome = :outcome) ORDER BY position LIMIT :limit",
        id=import_id,
        after=after,
        outcome=outcome.value if outcome is not None else "",
        limit=limit,
    )
    return [_row(row) for row in rows]


def change_import(
    tx: Tx, import_id: str, *, columns: Sequence[str], region: str | None, overwrite: bool
) -> ContactImport:
    """Say anew what the columns mean; raise `Conflict` once it runs."""
    if get_import(tx, import_id).state is not ImportState.READY:
        raise Conflict("The import has begun already.", state=get_import(tx, import_id).state.value)
    tx.run(
        "UPDATE contact_imports SET columns = :columns, region = :region, overwrite = :overwrite WHERE id = :id",
        id=import_id,
        columns=json.dumps(list(columns)),
        region=region,
        overwrite=int(overwrite),
    )
    return get_import(tx, import_id)


def start_import(tx: Tx, import_id: str) -> ContactImport:
    """Have an import run; one that runs or is done is left alone. Raise `Conflict` if it was cancelled."""
    found = get_import(tx, import_id)
    if found.state is ImportState.CANCELLED:
        raise Conflict("The import was cancelled. Choose the file again.", state=found.state.value)
    tx.run("UPDATE contact_imports SET state = 'running' WHERE id = :id AND state = 'ready'", id=import_id)
    return get_import(tx, import_id)


def cancel_import(tx: Tx, import_id: str, *, now: int) -> ContactImport:
    """End an import; what was taken in stays."""
    tx.run(
        "UPDATE contact_imports SET state = 'cancelled', ended_at = :now"
        " WHERE id = :id AND state IN ('ready', 'running')",
        id=import_id,
        now=now,
    )
    _forget_cells(tx, import_id)
    return get_import(tx, import_id)


def running_import(tx: Tx) -> ContactImport | None:
    """Return the import whose turn it is."""
    row = tx.one("SELECT * FROM contact_imports WHERE state = 'running' ORDER BY created_at LIMIT 1")
    return None if row is None else _import(row)


def open_import_rows(tx: Tx, import_id: str, limit: int) -> list[ImportRow]:
    """Return the next rows that had no turn yet."""
    rows = tx.all(
        "SELECT * FROM contact_import_rows WHERE import_id = :id AND outcome IS NULL ORDER BY position LIMIT :limit",
        id=import_id,
        limit=limit,
    )
    return [_row(row) for row in rows]


def finish_import(tx: Tx, import_id: str, *, now: int) -> None:
    """Note that every row had its turn; forget the cells of those that were kept."""
    tx.run(
        "UPDATE contact_imports SET state = 'done', ended_at = :now WHERE id = :id AND state = 'running'",
        id=import_id,
        now=now,
    )
    tx.run("UPDATE contact_import_rows SET cells = '[]' WHERE import_id = :id AND outcome <> 'bad'", id=import_id)


def purge_imports(tx: Tx, *, before: int) -> int:
    """Forget imports that were made before a time (epoch ms) and do not run."""
    tx.run(
        "DELETE FROM contact_import_rows WHERE import_id IN"
        " (SELECT id FROM contact_imports WHERE created_at < :before AND state <> 'running')",
        before=before,
    )
    return tx.run("DELETE FROM contact_imports WHERE created_at < :before AND state <> 'running'", before=before)


def take_rows(tx: Tx, import_id: str, rows: Sequence[ReadRow], *, overwrite: bool, now: int) -> None:
    """Take rows in, each with its outcome. Nothing happens to an import that does not run any more."""
    state = tx.one("SELECT state FROM contact_imports WHERE id = :id", id=import_id)
    if state is None or state["state"] != ImportState.RUNNING.value:
        return
    for row in rows:
        outcome, reason, contact_id = _take(tx, row, overwrite=overwrite, now=now)
        tx.run(
            "UPDATE contact_import_rows SET outcome = :outcome, reason = :reason, contact_id = :contact_id"
            " WHERE import_id = :id AND position = :position AND outcome IS NULL",
            id=import_id,
            position=row.position,
            outcome=outcome.value,
            reason=reason or None,
            contact_id=contact_id,
        )


def _take(tx: Tx, row: ReadRow, *, overwrite: bool, now: int) -> tuple[RowOutcome, str, str | None]:
    if row.fields is None:
        return RowOutcome.BAD, row.remarks, None
    if erased := erased_among(tx, row.fields.numbers):
        return RowOutcome.BAD, erased_reason(erased[0]), None
    owners = set(owners_of(tx, row.fields.numbers).values())
    if not owners:
        notes = [row.note] if row.note is not None else []
        add_contact(tx, row.contact_id, row.fields, now=now, notes=notes)
        return RowOutcome.NEW, row.remarks, row.contact_id
    if len(owners) > 1:
        return RowOutcome.BAD, several_owners([get_contact(tx, owner).name for owner in sorted(owners)]), None
    before = get_contact(tx, owners.pop())
    after = change_contact(tx, before.id, merged(before.fields, row.fields, overwrite=overwrite), now=now)
    if row.note is not None and row.note.text not in {note.text for note in before.notes}:
        after = add_contact_note(tx, before.id, row.note)
    return RowOutcome.UNCHANGED if _same(before, after) else RowOutcome.MERGED, row.remarks, before.id


def merged(known: ContactFields, read: ContactFields, *, overwrite: bool) -> ContactFields:
    """Return what a known contact becomes by a row: it fills what is empty, or with `overwrite` what it says counts."""
    if not overwrite:
        return checked(combined(known, read))
    lists = combined(known, read)
    return checked(replace(combined(read, known), numbers=lists.numbers, tags=lists.tags))


def several_owners(names: Sequence[str] = ()) -> str:
    """Say why a row cannot be merged."""
    whom = f": {', '.join(names)}" if names else ""
    return f"Its numbers belong to different contacts{whom}. Merge those first."


def erased_reason(number: str) -> str:
    """Say why a row is not taken in."""
    return f"{international(number)} was erased at its owner’s wish and is not taken in again."


def _same(before: Contact, after: Contact) -> bool:
    return before.fields == after.fields and before.notes == after.notes


def _forget_cells(tx: Tx, import_id: str) -> None:
    tx.run("UPDATE contact_import_rows SET cells = '[]' WHERE import_id = :id", id=import_id)


def _import(row: Row, *, rows: int = 0, counts: dict[RowOutcome, int] | None = None) -> ContactImport:
    return ContactImport(
        id=row["id"],
        source=row["source"],
        actor=row["actor"],
        region=row["region"],
        overwrite=bool(row["overwrite"]),
        headers=tuple(json.loads(row["headers"])),
        columns=tuple(json.loads(row["columns"])),
        state=ImportState(row["state"]),
        rows=rows,
        created_at=row["created_at"],
        ended_at=row["ended_at"],
        counts=counts or {},
    )


def _row(row: Row) -> ImportRow:
    return ImportRow(
        position=row["position"],
        cells=tuple(json.loads(row["cells"])),
        outcome=None if row["outcome"] is None else RowOutcome(row["outcome"]),
        reason=row["reason"],
        contact_id=row["contact_id"],
    )
