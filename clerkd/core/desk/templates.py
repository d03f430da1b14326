"""Templates at work: who may change which, and what is known of somebody to fill them with."""

from __future__ import annotations

from clerkd.clock import Clock
from clerkd.errors import NotFound
from clerkd.ids import Ids
from clerkd.model.contact import Contact
from clerkd.model.number import national
from clerkd.model.template import Template, TemplateScope, check_template
from clerkd.ports.store import Store
from clerkd.store.ops.templates import delete_template, get_template, save_template


def known_of(
    contact: Contact | None, *, peer: str = "", region: str | None = None, line: str = "", my_name: str = ""
) -> dict[str, str]:
    """Return the values of a template's variables; what is not known is left out."""
    first, _, rest = contact.name.partition(" ") if contact is not None else ("", "", "")
    values = {
        "first_name": first,
        "last_name": rest.rpartition(" ")[2],
        "name": contact.name if contact is not None else "",
        "company": contact.fields.company if contact is not None else "",
        "number": national(peer, region) if peer else "",
        "my_name": my_name,
        "line": line,
    }
    return {name: value for name, value in values.items() if value.strip()}


class Templates:
    """Keep templates. A personal one is its owner's alone: to others it is not there."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def save(
        self,
        name: str,
        body: str,
        scope: TemplateScope,
        *,
        user: str,
        line: str | None = None,
        template_id: str | None = None,
    ) -> Template:
        """Keep a new template, or `template_id` as it is now.

        Raise `BadTemplate` or `Conflict` (a name that is taken) with `field`, and `NotFound`.
        """
        kept = check_template(name, body)
        if template_id is not None:
            await self.get(template_id, user=user)
        template = Template(
            id=template_id or self._ids.new(),
            name=kept,
            body=body,
            scope=scope,
            line=line if scope is TemplateScope.LINE else None,
            owner=user if scope is TemplateScope.PERSONAL else None,
        )
        return await self._store.write(save_template, template, at=self._clock.now_ms())

    async def get(self, template_id: str, *, user: str) -> Template:
        """Return a template that the user may see; raise `NotFound`."""
        template = await self._store.read(get_template, template_id)
        if template.scope is TemplateScope.PERSONAL and template.owner != user:
            raise NotFound("this template is there no more", id=template_id)
        return template

    async def delete(self, template_id: str, *, user: str) -> Template:
        """Delete a template and return what it was; raise `NotFound`."""
        await self.get(template_id, user=user)
        return await self._store.write(delete_template, template_id)
