"""`/v1/contacts`: look up, keep, change, put together, erase. Files are in `contact_files`."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web
from msgspec import UnsetType

from clerkd.api.auth import Caller, Endpoint
from clerkd.api.contact_wire import (
    ContactBody,
    ContactPage,
    ContactPatch,
    ContactQuery,
    EraseBody,
    ErasedOut,
    MergeBody,
    NoteBody,
    contact_out,
)
from clerkd.api.problems import Malformed
from clerkd.api.respond import body, query, reply
from clerkd.errors import Conflict
from clerkd.model.contact import Contact, ContactFields, folded
from clerkd.model.message import OriginKind
from clerkd.model.token import Scope
from clerkd.ports.store import Store
from clerkd.store.ops.contacts_erase import Erased
from clerkd.store.ops.contacts_search import list_contacts


class Contacts(Protocol):
    """What is asked of the core (`clerkd.core.desk.contacts.Contacts`)."""

    async def add(self, fields: ContactFields, *, actor: str, note: str = "") -> Contact: ...  # noqa: D102 - see the class
    async def change(  # noqa: D102
        self, contact_id: str, fields: ContactFields, *, actor: str, seen_revision: int | None = None
    ) -> Contact: ...
    async def note(self, contact_id: str, text: str, *, actor: str) -> Contact: ...  # noqa: D102
    async def merge(self, kept_id: str, other_id: str, *, actor: str) -> Contact: ...  # noqa: D102
    async def remove(self, contact_id: str, *, actor: str) -> None: ...  # noqa: D102
    async def erase(self, typed: str, *, actor: str, expected: str | None = None) -> Erased: ...  # noqa: D102
    async def get(self, contact_id: str) -> Contact: ...  # noqa: D102
    def read(self, fields: ContactFields) -> ContactFields: ...  # noqa: D102


class ContactCalls:
    """The calls about contacts."""

    def __init__(self, store: Store, contacts: Contacts) -> None:
        self._store = store
        self._contacts = contacts

    def endpoints(self) -> list[Endpoint]:
        """Return what is served."""
        return [
            Endpoint("GET", "/v1/contacts", Scope.READ, self.list),
            Endpoint("POST", "/v1/contacts", Scope.ADMIN, self.add),
            Endpoint("POST", "/v1/contacts/erase", Scope.ADMIN, self.erase),
            Endpoint("GET", "/v1/contacts/{id}", Scope.READ, self.get),
            Endpoint("PATCH", "/v1/contacts/{id}", Scope.ADMIN, self.change),
            Endpoint("DELETE", "/v1/contacts/{id}", Scope.ADMIN, self.remove),
            Endpoint("POST", "/v1/contacts/{id}/notes", Scope.ADMIN, self.note),
            Endpoint("POST", "/v1/contacts/{id}/merge", Scope.ADMIN, self.merge),
        ]

    async def list(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with a page of contacts, by name."""
        asked = query(request, ContactQuery)
        found = await self._store.read(
            list_contacts,
            query=asked.q if asked.number is None else asked.number,
            tag=asked.tag,
            after=None if asked.after is None else _read_cursor(asked.after),
            limit=asked.limit + 1,
        )
        page = found[: asked.limit]
        more = len(found) > asked.limit
        return reply(ContactPage([contact_out(one) for one in page], _cursor(page[-1]) if more else None))

    async def get(self, request: web.Request, _: Caller) -> web.Response:
        """Answer with one contact."""
        return reply(contact_out(await self._contacts.get(request.match_info["id"])))

    async def add(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer 201 with the new contact."""
        wish = await body(request, ContactBody)
        fields = ContactFields(
            wish.name,
            tuple(wish.numbers),
            wish.company,
            wish.email,
            wish.time_zone,
            wish.language,
            tuple(wish.tags),
        )
        contact = await self._contacts.add(fields, actor=actor_of(caller), note=wish.note)
        response = reply(contact_out(contact), status=201)
        response.headers["Location"] = f"/v1/contacts/{contact.id}"
        return response

    async def change(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer with the changed contact; 409 if somebody else changed it since `revision`."""
        wish = await body(request, ContactPatch)
        before = await self._contacts.get(request.match_info["id"])
        if wish.revision is not None and wish.revision != before.revision:
            raise Conflict("The contact was changed meanwhile.", state="changed", revision=before.revision)
        contact = await self._contacts.change(
            before.id, _patched(before.fields, wish), actor=actor_of(caller), seen_revision=before.revision
        )
        return reply(contact_out(contact))

    async def remove(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer 204; the texts stay."""
        await self._contacts.remove(request.match_info["id"], actor=actor_of(caller))
        return web.Response(status=204)

    async def note(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer 201 with the contact and its notes."""
        wish = await body(request, NoteBody)
        contact = await self._contacts.note(request.match_info["id"], wish.text, actor=actor_of(caller))
        return reply(contact_out(contact), status=201)

    async def merge(self, request: web.Request, caller: Caller) -> web.Response:
        """Answer with the contact that is left."""
        wish = await body(request, MergeBody)
        merged = await self._contacts.merge(request.match_info["id"], wish.other, actor=actor_of(caller))
        return reply(contact_out(merged))

    async def erase(self, request: web.Request, caller: Caller) -> web.Response:
        """Erase a number and say what went."""
        wish = await body(request, EraseBody)
        if wish.number != wish.confirm:
            raise Malformed("confirm: write the number again", path="confirm")
        erased = await self._contacts.erase(wish.number, actor=actor_of(caller))
        return reply(ErasedOut(erased.conversations, erased.messages, len(erased.posts)))


def actor_of(caller: Caller) -> str:
    """Return the name under which notes and logs have a caller."""
    origin = caller.origin
    return origin.actor or ("command line" if origin.kind is OriginKind.CLI else "API")


def _patched(before: ContactFields, wish: ContactPatch) -> ContactFields:
    return ContactFields(
        name=before.name if isinstance(wish.name, UnsetType) else wish.name,
        numbers=before.numbers if isinstance(wish.numbers, UnsetType) else tuple(wish.numbers),
        company=before.company if isinstance(wish.company, UnsetType) else wish.company,
        email=before.email if isinstance(wish.email, UnsetType) else wish.email,
        time_zone=before.time_zone if isinstance(wish.time_zone, UnsetType) else wish.time_zone,
        language=before.language if isinstance(wish.language, UnsetType) else wish.language,
        tags=before.tags if isinstance(wish.tags, UnsetType) else tuple(wish.tags),
    )


def _cursor(contact: Contact) -> str:
    return f"{contact.id}.{folded(contact.name)}"


def _read_cursor(text: str) -> tuple[str, str]:
    contact_id, dot, sort_name = text.partition(".")
    if not dot:
        raise Malformed("after: take it from `next` of the page before", path="after")
    return sort_name, contact_id
