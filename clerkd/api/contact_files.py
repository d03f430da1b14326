"""`/v1/contacts/imports` and `/v1/contacts/export`: contacts as files, in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.contact_wire import (
    ExportQuery,
    ImportPatch,
    ImportQuery,
    ProgressQuery,
    RowPage,
    RowsQuery,
    import_out,
    row_out,
)
from clerkd.api.contacts import actor_of
from clerkd.api.problems import Malformed
from clerkd.api.respond import body, query, reply
from clerkd.clock import Clock
from clerkd.core.desk.importing.encoding import FILE_LIMIT_OCTETS, TOO_LARGE, UnreadableFile
from clerkd.core.desk.importing.export import ContactsFormat, contact_pieces
from clerkd.model.audit import Audited, AuditEntry
from clerkd.model.contact_import import ContactImport, ImportPreview
from clerkd.model.token import Scope
from clerkd.ports.store import Store
from clerkd.store.ops.audit import write_audit
from clerkd.store.ops.contacts_import import import_rows

_WAIT_S = 10.0  # how long a caller may wait for progress


class Imports(Protocol):
    """What is asked of the core (`clerkd.core.desk.contact_imports.ContactImports`)."""

    async def open(self, octets: bytes, *, source: str, actor: str) -> ContactImport: ...  # noqa: D102 - see the class
    async def change(  # noqa: D102
        self, import_id: str, *, columns: Sequence[str], region: str | None, overwrite: bool
    ) -> ContactImport: ...
    async def preview(self, import_id: str) -> ImportPreview: ...  # noqa: D102
    async def start(self, import_id: str) -> ContactImport: ...  # noqa: D102
    async def cancel(self, import_id: str) -> ContactImport: ...  # noqa: D102
    async def get(self, import_id: str) -> ContactImport: ...  # noqa: D102
    async def wait(self, import_id: str, *, beyond: int, within_s: float) -> ContactImport: ...  # noqa: D102


class ContactFileCalls:
    """The calls about files of contacts."""

    def __init__(self, store: Store, imports: Imports, clock: Clock) -> None:
        self._store = store
        self._imports = imports
        self._clock = clock

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        one = "/v1/contacts/imports/{id}"
        return [
            Endpoint("GET", "/v1/contacts/export", Scope.ADMIN, self.export),
            Endpoint("POST", "/v1/contacts/imports", Scope.ADMIN, self.open),
            Endpoint("GET", one, Scope.ADMIN, self.get),
            Endpoint("PATCH", one, Scope.ADMIN, self.change),
            Endpoint("DELETE", one, Scope.ADMIN, self.cancel),
            Endpoint("POST", f"{one}/start", Scope.ADMIN, self.start),
            Endpoint("GET", f"{one}/rows", Scope.ADMIN, self.rows),
        ]

    async def open(self, request: web.Request, caller: Caller) -> web.Response:
        """Read the file that is the body; answer 201 with what it would do."""
        asked = query(request, ImportQuery)
        octets = bytearray()
        async for chunk in request.content.iter_any():
            octets += chunk
            if len(octets) > FILE_LIMIT_OCTETS:
                raise UnreadableFile(TOO_LARGE)
        opened = await self._imports.open(bytes(octets), source=asked.source, actor=actor_of(caller))
        return reply(import_out(opened, await self._imports.preview(opened.id)), status=201)

    async def get(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with an import and how far it is, at once or when there is progress."""
        asked, import_id = query(request, ProgressQuery), request.match_info["id"]
        if asked.beyond is None:
            return reply(import_out(await self._imports.get(import_id)))
        return reply(import_out(await self._imports.wait(import_id, beyond=asked.beyond, within_s=_WAIT_S)))

    async def change(self, request: web.Request, _: Caller) -> web.Response:
        """Say what the columns mean; answer with what the file would do then."""
        wish = await body(request, ImportPatch)
        changed = await self._imports.change(
            request.match_info["id"],
            columns=[column.value for column in wish.columns],
            region=wish.region,
            overwrite=wish.overwrite,
        )
        return reply(import_out(changed, await self._imports.preview(changed.id)))

    async def start(self, request: web.Request, _: Caller) -> web.Response:
        """Answer 202: it runs."""
        return reply(import_out(await self._imports.start(request.match_info["id"])), status=202)

    async def cancel(self, request: web.Request, _: Caller) -> web.Response:
        """End it; what was taken in stays."""
        return reply(import_out(await self._imports.cancel(request.match_info["id"])))

    async def rows(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with what became of each row."""
        asked = query(request, RowsQuery)
        found = await self._store.read(
            import_rows, request.match_info["id"], after=asked.after, outcome=asked.outcome, limit=asked.limit + 1
        )
        page = found[: asked.limit]
        after = page[-1].position if len(found) > asked.limit else None
        return reply(RowPage([row_out(row) for row in page], after))

    async def export(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note who asks, and answer with all contacts as a file, page by page."""
        asked = query(request, ExportQuery)
        if asked.format not in set(ContactsFormat):
            raise Malformed("format: csv or vcard", path="format")
        now, kind, action = self._clock.now_ms(), caller.origin.kind, Audited.CONTACTS_EXPORTED
        await self._store.write(write_audit, AuditEntry(now, kind, actor_of(caller), action, asked.format))
        response = web.StreamResponse(headers={"Content-Type": f"text/{asked.format}; charset=utf-8"})
        await response.prepare(request)
        async for piece in contact_pieces(self._store, ContactsFormat(asked.format)):
            await response.write(piece.encode())
        await response.write_eof()
        return response
