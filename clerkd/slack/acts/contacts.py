"""Contacts: the list, one of them, its form, merging and erasing."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from functools import cache

from clerkd.core.desk.contacts import Contacts
from clerkd.errors import Conflict, NotFound, Refused
from clerkd.model.contact import Contact, ContactFields, ErasedNumber, InvalidContact, NumberTaken, folded
from clerkd.model.number import is_e164, national
from clerkd.ports.store import Tx
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import (
    Act,
    Desk,
    Door,
    Errors,
    Interactions,
    Options,
    Permission,
    Said,
    Update,
    ViewAnswer,
)
from clerkd.slack.payload import Acted, CommandRun, Entered, Json, Mentioned, OptionsAsked, ViewSubmitted
from clerkd.slack.screens import contact as contact_screen
from clerkd.slack.screens import contacts as list_screen
from clerkd.slack.screens import hint, skeleton
from clerkd.slack.screens.contact import ContactView
from clerkd.slack.screens.contacts import ContactsPage
from clerkd.slack.screens.inputs import option
from clerkd.slack.screens.times import count
from clerkd.store.ops.contacts import find_contact, get_contact
from clerkd.store.ops.contacts_search import count_contacts, list_contacts, suggest_contacts
from clerkd.store.ops.conversations import count_conversations, get_conversation

SUGGESTIONS = 30
GONE = "This contact is not there any more: somebody erased, removed or merged it."
MENTIONED = "Contacts open from the dashboard’s button, or with `/clerk contacts`."
NO_NUMBER = "This sender has a name instead of a number, so there is nothing to add."


class ContactActs:
    """What people do with contacts."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        manage = Permission.MANAGE
        return Interactions(
            actions={
                list_screen.OPEN: Act(self.open),
                list_screen.PAGE: Act(self.page),
                list_screen.SHOW: Act(self.show),
                list_screen.ADD: Act(self.ask_new, manage),
                CardAction.CONTACT.value: Act(self.of_card),
                contact_screen.EDIT: Act(self.ask_change, manage),
                contact_screen.ASK_MERGE: Act(self.ask_merge, manage),
                contact_screen.ASK_ERASE: Act(self.ask_erase, manage),
            },
            views={
                list_screen.CALLBACK: Act(self.search),
                contact_screen.FORM: Act(self.save, manage),
                contact_screen.MERGE: Act(self.merge, manage),
                contact_screen.ERASE: Act(self.erase, manage),
            },
            options={
                contact_screen.ZONES: Act(self.zones),
                contact_screen.OTHERS: Act(self.others),
            },
            words={"contacts": Act(self.open_word)},
            doors=[Door(list_screen.OPEN, _label, order=20)],
        )

    # The list -------------------------------------------------------------------------------------------------

    async def open(self, payload: Acted, desk: Desk) -> None:
        """Open the list."""
        await self._open_list(desk, payload.trigger, "")

    async def open_word(self, payload: CommandRun | Mentioned, desk: Desk) -> Said | None:
        """Open the list with what was asked for; a mention cannot open anything."""
        if isinstance(payload, Mentioned):
            return Said(show=hint.told(MENTIONED))
        await self._open_list(desk, payload.trigger, payload.rest)
        return None

    async def search(self, payload: ViewSubmitted, desk: Desk) -> Update:
        """Show who is found."""
        return Update(await self._list(desk, payload.view.entered.text(list_screen.QUERY)))

    async def page(self, payload: Acted, desk: Desk) -> None:
        """Show another page of the list."""
        if payload.view is not None:
            shows = await self._list(desk, payload.value.get("query", ""), payload.value.get("after"))
            await desk.screens.update(payload.view.id, shows)

    async def _open_list(self, desk: Desk, trigger: str, query: str) -> None:
        async def fill() -> Json:
            return await self._list(desk, query)

        await desk.screens.open_then(trigger, skeleton.loading("Contacts", callback=list_screen.CALLBACK), fill)

    async def _list(self, desk: Desk, typed: str, after: str | None = None) -> Json:
        query = " ".join(typed.split())[: list_screen.QUERY_LIMIT]
        return list_screen.view(await desk.store.read(_read_page, query, after, self._contacts.region))

    # One of them ----------------------------------------------------------------------------------------------

    async def show(self, payload: Acted, desk: Desk) -> None:
        """Show a contact on top of the list."""
        view = await self._card(desk, payload.value.get("contact", ""))
        await desk.screens.push(payload.trigger, view)

    async def of_card(self, payload: Acted, desk: Desk) -> Said | None:
        """Show whom a conversation is with; of a new number, the form to add it."""
        conversation_id = payload.value.get("conversation", "")
        try:
            conversation = await desk.store.read(get_conversation, conversation_id)
        except NotFound:
            return Said(show=hint.told(hint.OLD_BUTTON))
        if not is_e164(conversation.peer):
            return Said(show=hint.told(NO_NUMBER))
        region = desk.lines.region(conversation.line)

        async def fill() -> Json:
            known = await desk.store.read(find_contact, conversation.peer)
            if known is not None:
                return await self._card(desk, known.id)
            fields = ContactFields(numbers=(conversation.peer,))
            return contact_screen.form(fields=fields, region=region, conversation=conversation_id)

        await desk.screens.open_then(payload.trigger, skeleton.loading("Contact"), fill)
        return None

    async def ask_new(self, payload: Acted, desk: Desk) -> None:
        """Show an empty form."""
        await desk.screens.push(payload.trigger, contact_screen.form(region=self._contacts.region))

    async def ask_change(self, payload: Acted, desk: Desk) -> None:
        """Show the form of a contact."""
        contact = await self._contacts.get(payload.value.get("contact", ""))
        await desk.screens.push(payload.trigger, contact_screen.form(contact=contact, region=self._contacts.region))

    async def ask_merge(self, payload: Acted, desk: Desk) -> None:
        """Ask with whom to merge."""
        contact = await self._contacts.get(payload.value.get("contact", ""))
        await desk.screens.push(payload.trigger, contact_screen.merge(contact))

    async def ask_erase(self, payload: Acted, desk: Desk) -> None:
        """Ask whether to erase."""
        contact = await self._contacts.get(payload.value.get("contact", ""))
        known = await desk.store.read(_conversations_with, contact)
        view = contact_screen.erase(contact, region=self._contacts.region, conversations=known)
        await desk.screens.push(payload.trigger, view)

    async def save(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Keep what the form says."""
        carried, entered = payload.view.carried, payload.view.entered
        fields, note = _fields(entered), entered.text("note")
        try:
            contact = await self._save(desk, carried, fields, note)
        except (InvalidContact, NumberTaken, ErasedNumber) as fault:
            return Errors({_block_of(fault, payload): fault.message})
        except NotFound:
            return Update(skeleton.notice("Contact", GONE))
        except Conflict as fault:
            return Errors({"name": f"{fault.message} Close this form and open it again to see the change."})
        desk.changed()
        return Update(await self._card(desk, contact.id, said="✅ Saved"))

    async def _save(self, desk: Desk, carried: Mapping[str, str], fields: ContactFields, note: str) -> Contact:
        actor = desk.person.name
        if "contact" not in carried:
            return await self._contacts.add(fields, actor=actor, note=note, key=desk.key)
        contact_id = carried["contact"]
        seen = int(carried.get("revision", "0"))
        contact = await self._contacts.change(contact_id, fields, actor=actor, seen_revision=seen)
        return await self._contacts.note(contact_id, note, actor=actor) if note.strip() else contact

    async def merge(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Put two contacts together."""
        kept, other = payload.view.carried.get("contact", ""), payload.view.entered.choice(contact_screen.OTHER)
        if other is None:
            return Errors({contact_screen.OTHER: "Choose who is the same."})
        try:
            merged = await self._contacts.merge(kept, other, actor=desk.person.name)
        except NotFound:
            return Update(skeleton.notice("Contact", GONE))
        except Refused as fault:
            return Errors({contact_screen.OTHER: fault.message})
        desk.changed()
        return Update(await self._card(desk, merged.id, said="✅ Merged"))

    async def erase(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Erase somebody for ever, once their number was typed."""
        contact_id = payload.view.carried.get("contact", "")
        typed = payload.view.entered.text(contact_screen.CONFIRMATION)
        try:
            erased = await self._contacts.erase_contact(contact_id, typed, actor=desk.person.name)
        except NotFound:
            return Update(skeleton.notice("Contact", GONE))
        except (InvalidContact, Conflict) as fault:
            return Errors({contact_screen.CONFIRMATION: fault.message})
        desk.changed()
        said = f"Erased, with {count(erased.messages, 'text')}. "
        left = "What clerkd posted is being deleted in Slack; what colleagues wrote in the thread they have to delete."
        return Update(skeleton.notice("Erased", said + (left if erased.posts else "")))

    async def _card(self, desk: Desk, contact_id: str, *, said: str = "") -> Json:
        try:
            view = await desk.store.read(_read_card, contact_id, self._contacts.region)
        except NotFound:
            return skeleton.notice("Contact", GONE)
        return contact_screen.card(view, said=said)

    # Menus whose options are asked for ------------------------------------------------------------------------

    async def zones(self, payload: OptionsAsked, desk: Desk) -> Options:
        """Return the time zones whose name has what was typed."""
        del desk
        typed = folded(payload.typed.replace("/", " ")).split()
        found = [zone for zone, name in _zones() if all(word in name for word in typed)]
        return Options(contact_screen.zone_options(found[:SUGGESTIONS]))

    async def others(self, payload: OptionsAsked, desk: Desk) -> Options:
        """Return the contacts who may be meant, without the one that is to be merged."""
        found = await desk.store.read(suggest_contacts, payload.typed, 2 * SUGGESTIONS)
        mine = payload.view.carried.get("contact") if payload.view is not None else None
        people = {one.contact_id: one for one in found if one.contact_id != mine}
        region = self._contacts.region
        return Options(
            [option(f"{one.name} · {national(one.number, region)}", one.contact_id) for one in people.values()][
                :SUGGESTIONS
            ]
        )


def _label(tx: Tx, now: int) -> str:
    del tx, now
    return "Contacts"


def _read_page(tx: Tx, query: str, after: str | None, region: str | None) -> ContactsPage:
    cursor = None
    if after is not None:
        try:
            last = get_contact(tx, after)
        except NotFound:  # erased meanwhile: begin anew
            after = None
        else:
            cursor = folded(last.name), last.id
    found = list_contacts(tx, query=query, after=cursor, limit=list_screen.ROWS + 1)
    page = found[: list_screen.ROWS]
    return ContactsPage(
        contacts=page,
        total=count_contacts(tx),
        region=region,
        query=query,
        later=after is not None,
        after=page[-1].id if len(found) > len(page) else None,
    )


def _read_card(tx: Tx, contact_id: str, region: str | None) -> ContactView:
    contact = get_contact(tx, contact_id)
    return ContactView(contact=contact, region=region, conversations=_conversations_with(tx, contact))


def _conversations_with(tx: Tx, contact: Contact) -> int:
    return sum(count_conversations(tx, number) for number in contact.numbers)


def _fields(entered: Entered) -> ContactFields:
    return ContactFields(
        name=entered.text("name"),
        numbers=tuple(line for line in entered.text("numbers").replace(";", "\n").splitlines() if line.strip()),
        company=entered.text("company"),
        email=entered.text("email"),
        time_zone=entered.choice("time_zone") or "",
        language=entered.text("language"),
        tags=tuple(tag for tag in entered.text("tags").split(",") if tag.strip()),
    )


def _block_of(fault: Refused, payload: ViewSubmitted) -> str:
    field = str(fault.details.get("field", ""))
    return field if field in contact_screen.FIELDS else next(iter(payload.view.inputs), "name")


@cache
def _zones() -> list[tuple[str, str]]:
    return [(zone, folded(zone.replace("/", " ").replace("_", " "))) for zone in sorted(zoneinfo.available_timezones())]
