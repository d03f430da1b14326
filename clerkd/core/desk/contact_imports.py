"""Files of contacts on their way in: read, shown beforehand, taken in row by row, resumed after a crash."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog

from clerkd.clock import Clock
from clerkd.core.desk.importing.columns import Column
from clerkd.core.desk.importing.rows import Bad, Readable, read_row
from clerkd.core.desk.importing.table import read_table
from clerkd.core.patience import write_patiently
from clerkd.errors import ClerkdError
from clerkd.ids import Ids
from clerkd.model.contact import ContactNote, InvalidContact
from clerkd.model.contact_import import ContactImport, ImportPreview, ImportRow, ImportState, RowOutcome
from clerkd.ports.store import Store
from clerkd.store.ops.contacts import owners_of
from clerkd.store.ops.contacts_import import (
    ReadRow,
    add_import_rows,
    cancel_import,
    change_import,
    create_import,
    erased_reason,
    find_import,
    finish_import,
    get_import,
    import_rows,
    open_import_rows,
    purge_imports,
    running_import,
    several_owners,
    start_import,
    take_rows,
)
from clerkd.store.ops.erasures import erased_among

KEPT_MS = 7 * 86_400_000  # how long the result of an import can be looked at
_STORED_AT_ONCE = 1000  # rows of a file
_TAKEN_AT_ONCE = 100  # rows that become contacts in one transaction: others wait some tens of milliseconds at most
_READ_AT_ONCE = 1000
_SHOWN = 20  # bad rows in a preview
_SAMPLE = 3
_PAUSE_AFTER_FAILURE_S = 5.0
_TIDY_EVERY_S = 3600.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Tally:
    """A preview in the making. `owners` says to whom a number belongs or would belong by an earlier row."""

    counts: Counter[RowOutcome] = field(default_factory=Counter)
    bad: list[ImportRow] = field(default_factory=list)
    sample: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)

    def refuse(self, row: ImportRow, reason: str) -> None:
        self.counts[RowOutcome.BAD] += 1
        if len(self.bad) < _SHOWN:
            self.bad.append(ImportRow(row.position, row.cells, RowOutcome.BAD, reason))

    def take(self, row: ImportRow, read: Readable, erased: Collection[str]) -> None:
        gone = [number for number in read.fields.numbers if number in erased]
        owners = {self.owners[number] for number in read.fields.numbers if number in self.owners}
        if gone:
            self.refuse(row, erased_reason(gone[0]))
        elif len(owners) > 1:
            self.refuse(row, several_owners())
        else:
            self.counts[RowOutcome.MERGED if owners else RowOutcome.NEW] += 1
            owner = next(iter(owners), f"row {row.position}")
            self.owners |= dict.fromkeys(read.fields.numbers, owner)
            if len(self.sample) < _SAMPLE:
                self.sample.append((read.fields.name, read.fields.numbers))


class ContactImports:
    """Take files of contacts in. `run` does the work; the rest asks for it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        region: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._region = region
        self._woken = asyncio.Event()
        self._progress = asyncio.Condition()

    async def open(self, octets: bytes, *, source: str, actor: str, key: str | None = None) -> ContactImport:
        """Read a file and keep it as an import that waits to be started; raise `UnreadableFile`.

        `key` becomes its id: the same again answers with the first one.
        """
        if key is not None and (known := await self._store.read(find_import, key)) is not None:
            return known
        table = await asyncio.to_thread(read_table, octets)
        new = ContactImport(
            id=key or self._ids.new(),
            source=source[:200],
            actor=actor,
            region=self._region,
            overwrite=False,
            headers=table.headers,
            columns=tuple(column.value for column in table.columns),
            state=ImportState.READY,
            rows=len(table.rows),
            created_at=self._clock.now_ms(),
            ended_at=None,
        )
        await self._store.write(create_import, new)
        for start in range(0, len(table.rows), _STORED_AT_ONCE):
            await self._store.write(add_import_rows, new.id, start + 1, table.rows[start : start + _STORED_AT_ONCE])
        log.info("contacts.file-read", rows=new.rows, columns=len(new.headers), actor=actor)
        return await self.get(new.id)

    async def change(
        self, import_id: str, *, columns: Sequence[str], region: str | None, overwrite: bool
    ) -> ContactImport:
        """Say what the columns mean; raise `NotFound`, `InvalidContact`, `Conflict`."""
        found = await self.get(import_id)
        if len(columns) != len(found.headers):
            raise InvalidContact(f"The file has {len(found.headers)} columns.", field="columns")
        if Column.NUMBER not in columns:
            raise InvalidContact("Say which column holds the phone numbers.", field="columns")
        return await self._store.write(change_import, import_id, columns=columns, region=region, overwrite=overwrite)

    async def preview(self, import_id: str) -> ImportPreview:
        """Return what the import would do with the store as it is now; raise `NotFound`."""
        found = await self.get(import_id)
        tally = _Tally()
        after = 0
        while rows := await self._store.read(import_rows, import_id, after=after, limit=_READ_AT_ONCE):
            after = rows[-1].position
            read = await asyncio.to_thread(_read_rows, found, rows)
            numbers = [number for one in read if isinstance(one, Readable) for number in one.fields.numbers]
            known = await self._store.read(owners_of, numbers)
            tally.owners = {**known, **tally.owners}
            erased = await self._store.read(erased_among, numbers)
            for row, one in zip(rows, read, strict=True):
                if isinstance(one, Bad):
                    tally.refuse(row, one.reason)
                else:
                    tally.take(row, one, erased)
        return ImportPreview(dict(tally.counts), tuple(tally.bad), tuple(tally.sample))

    async def start(self, import_id: str) -> ContactImport:
        """Have it run; raise `NotFound`, `Conflict` if it was cancelled."""
        found = await self._store.write(start_import, import_id)
        self._woken.set()
        return found

    async def cancel(self, import_id: str) -> ContactImport:
        """End it; what was taken in stays."""
        return await self._store.write(cancel_import, import_id, now=self._clock.now_ms())

    async def get(self, import_id: str) -> ContactImport:
        """Return an import with its progress; raise `NotFound`."""
        return await self._store.read(get_import, import_id)

    async def wait(self, import_id: str, *, beyond: int, within_s: float) -> ContactImport:
        """Return once more than `beyond` rows had their turn or it has ended, or when the time is over."""
        found = await self.get(import_id)
        try:
            async with asyncio.timeout(within_s), self._progress:
                while (found := await self.get(import_id)).state is ImportState.RUNNING and found.done <= beyond:
                    await self._progress.wait()
        except TimeoutError:
            return found
        return found

    async def run(self) -> None:
        """Take in what was started, also before the last restart; for ever."""
        while True:
            self._woken.clear()
            try:
                while (found := await self._store.read(running_import)) is not None:
                    await self._advance(found)
                await write_patiently(self._store, purge_imports, before=self._clock.now_ms() - KEPT_MS)
            except ClerkdError as error:
                log.warning("contacts.import-interrupted", error=error.code)
                await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)
                continue
            try:
                async with asyncio.timeout(_TIDY_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _advance(self, found: ContactImport) -> None:
        rows = await self._store.read(open_import_rows, found.id, _TAKEN_AT_ONCE)
        now = self._clock.now_ms()
        if rows:
            read = await asyncio.to_thread(_read_rows, found, rows)
            ready = [self._ready(found, row, one, now) for row, one in zip(rows, read, strict=True)]
            await self._store.write(take_rows, found.id, ready, overwrite=found.overwrite, now=now)
        else:
            await self._store.write(finish_import, found.id, now=now)
            log.info("contacts.imported", rows=found.rows)
        async with self._progress:
            self._progress.notify_all()

    def _ready(self, found: ContactImport, row: ImportRow, read: Readable | Bad, now: int) -> ReadRow:
        if isinstance(read, Bad):
            return ReadRow(row.position, "", None, remarks=read.reason)
        note = ContactNote(found.actor, now, read.note) if read.note else None
        return ReadRow(row.position, self._ids.new(), read.fields, note, " ".join(read.remarks))


def _read_rows(found: ContactImport, rows: Sequence[ImportRow]) -> list[Readable | Bad]:
    columns = [Column(column) for column in found.columns]
    return [read_row(row.cells, columns, found.region) for row in rows]
