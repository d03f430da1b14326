"""`/v1/audit`: what was exported, by whom."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.respond import query, reply
from clerkd.api.wire import MAX_PAGE
from clerkd.clock import iso
from clerkd.model.audit import AuditEntry
from clerkd.model.token import Scope
from clerkd.ports.store import Store
from clerkd.store.ops.audit import list_audit


class AuditQuery(Struct, forbid_unknown_fields=True):
    """`GET /v1/audit`."""

    after: Annotated[int, Meta(ge=1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50


class AuditOut(Struct):
    """One line of the log."""

    at: str
    via: str
    actor: str
    action: str
    format: str
    conversation: str | None


class AuditPage(Struct):
    """Lines of the log, the newest first."""

    audit: list[AuditOut]
    next: int | None


class AuditCalls:
    """The calls about the audit log."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [Endpoint("GET", "/v1/audit", Scope.ADMIN, self.list)]

    async def list(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with a page of the log."""
        asked = query(request, AuditQuery)
        found = await self._store.read(list_audit, before=asked.after, limit=asked.limit + 1)
        page = found[: asked.limit]
        return reply(AuditPage([_out(entry) for entry in page], page[-1].seq if len(found) > len(page) else None))


def _out(entry: AuditEntry) -> AuditOut:
    return AuditOut(
        iso(entry.at), entry.via.value, entry.actor, entry.action.value, entry.format, entry.conversation_id
    )
