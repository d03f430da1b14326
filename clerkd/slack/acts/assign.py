"""Assign: show a conversation as work, and save what a person changed in it."""

from __future__ import annotations

from clerkd.core.desk.tickets import Tickets
from clerkd.errors import NotFound
from clerkd.model.ticket import (
    ASSIGNEES_LIMIT,
    NOTIFIED_LIMIT,
    TAGS_LIMIT,
    Note,
    Priority,
    TicketChange,
    TicketView,
    tag_of,
)
from clerkd.model.ticket_lifecycle import Status
from clerkd.ports.store import Tx
from clerkd.slack.ids import CardAction
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Options, Permission, ViewAnswer
from clerkd.slack.payload import Acted, Entered, Json, OpenView, OptionsAsked, ViewSubmitted
from clerkd.slack.people import Standing
from clerkd.slack.sanitize import clean
from clerkd.slack.screens import assign, hint, skeleton
from clerkd.slack.screens.assign import AssignView
from clerkd.store.ops.contacts import contact_name
from clerkd.store.ops.slack_places import current_thread
from clerkd.store.ops.tickets import get_ticket, get_ticket_view
from clerkd.store.ops.tickets_inbox import search_tags
from clerkd.store.ops.tickets_notes import list_notes

TAGS_OFFERED = 50


class Assign:
    """What is answered to **Assign** and the form that it opens."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={CardAction.ASSIGN.value: Act(self.open, Permission.SEND)},
            views={assign.CALLBACK: Act(self.save, Permission.SEND)},
            options={assign.TAGS_ACTION: Act(self.tags)},
        )

    async def open(self, payload: Acted, desk: Desk) -> None:
        """Open the form."""
        loading = skeleton.loading(assign.TITLE)
        conversation_id = payload.value.get("conversation", "")
        await desk.screens.show_then(payload, loading, lambda: self._form(conversation_id, desk))

    async def _form(self, conversation_id: str, desk: Desk) -> Json:
        try:
            view, name, notes, channel = await desk.store.read(_read, conversation_id)
        except NotFound:
            return skeleton.notice(assign.TITLE, hint.OLD_BUTTON)
        shows = AssignView(
            ticket=view.ticket,
            peer=view.peer,
            line=view.line,
            region=desk.lines.region(view.line),
            name=name,
            notes=notes,
            notes_count=view.notes,
            origin=channel or desk.channels.id_of(view.line),
        )
        return assign.form(shows)

    async def tags(self, payload: OptionsAsked, desk: Desk) -> Options:
        """Offer tags that contain what was typed, and to make it one."""
        typed = tag_of(clean(payload.typed))
        found = await desk.store.read(search_tags, typed, limit=TAGS_OFFERED)
        known = {label.casefold() for label in found}
        offered = [assign.tag_option(label) for label in found]
        if typed and typed.casefold() not in known:
            offered.append(assign.new_tag_option(typed))
        return Options(offered)

    async def save(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Save what a person changed; what colleagues changed meanwhile stays."""
        view = payload.view
        conversation_id = view.carried.get("conversation", "")
        errors = await self._wrong(view, desk)
        if errors:
            return Errors(errors)
        ticket = await desk.store.read(get_ticket, conversation_id)
        change = change_of(view, ticket.tags, key=desk.key, name=desk.person.name)
        if not change.nothing:
            await self._tickets.change(conversation_id, change, actor=desk.person.id)
            desk.changed()
        return None

    async def _wrong(self, view: OpenView, desk: Desk) -> dict[str, str]:
        entered, errors = view.entered, dict[str, str]()
        if len(_tags_in(entered)) > TAGS_LIMIT:
            errors[assign.TAGS] = f"At most {TAGS_LIMIT} tags. Take some away, then save again."
        people, places = entered.users(assign.PEOPLE), entered.conversations(assign.NOTIFIED)
        if len(people) > ASSIGNEES_LIMIT:
            errors[assign.PEOPLE] = f"At most {ASSIGNEES_LIMIT} people. Take some away, then save again."
        elif wrong := await self._not_members(set(people) - _carried(view, "people"), desk):
            errors[assign.PEOPLE] = wrong
        if len(places) > NOTIFIED_LIMIT:
            errors[assign.NOTIFIED] = f"At most {NOTIFIED_LIMIT} places. Take some away, then save again."
        elif wrong := await self._unreachable(set(places) - _carried(view, "notified"), desk):
            errors[assign.NOTIFIED] = wrong
        return errors

    async def _not_members(self, people: set[str], desk: Desk) -> str | None:
        for user in sorted(people):
            person = await desk.people.find(user)
            if person.standing is not Standing.MEMBER:
                return f"{person.name} is no full member of this workspace and cannot see texts. Choose somebody else."
        return None

    async def _unreachable(self, places: set[str], desk: Desk) -> str | None:
        """Return what to do about a place where nobody would hear of anything."""
        if wrong := await self._not_members({place for place in places if place.startswith(("U", "W"))}, desk):
            return wrong
        for place in sorted(place for place in places if not place.startswith(("U", "W"))):
            if place.startswith("D"):
                return "clerkd cannot write into that direct message. Choose the person under Assignees instead."
            record = await desk.channels.record(place)
            if record is None:
                return "clerkd is not in that private channel: /invite @clerk there, then save again."
            if record.get("is_ext_shared") or record.get("is_pending_ext_shared"):
                return f"#{record.get('name')} is shared with another organisation: choose another channel."
            if record.get("is_archived"):
                return f"#{record.get('name')} is archived: unarchive it or choose another channel."
            if not record.get("is_member") and not await desk.channels.mend(place, "not_in_channel"):
                return f"clerkd cannot join #{record.get('name')}: /invite @clerk there, then save again."
        return None


def change_of(view: OpenView, tags_now: tuple[str, ...], *, key: str, name: str) -> TicketChange:
    """Return what a person changed in a form, compared with what it showed them."""
    entered, shown = view.entered, view.carried
    status, priority = entered.choice(assign.STATUS), entered.choice(assign.PRIORITY) or assign.NONE
    subject, note = " ".join(clean(entered.text(assign.SUBJECT)).split()), clean(entered.text(assign.NOTE)).strip()
    people, before = set(entered.users(assign.PEOPLE)), _carried(view, "people")
    places = entered.conversations(assign.NOTIFIED)
    tags = {tag.casefold(): tag for tag in _tags_in(entered)}
    shown_tags = _carried(view, "tags")
    return TicketChange(
        subject=subject if assign.fingerprint(subject) != shown.get("subject") else None,
        status=Status(status) if status in set(Status) and status != shown.get("status") else None,
        priority=Priority(priority) if priority in set(Priority) and priority != shown.get("priority") else None,
        clear_priority=priority == assign.NONE and shown.get("priority", assign.NONE) != assign.NONE,
        assign=frozenset(people - before),
        unassign=frozenset(before - people),
        add_tags=frozenset(label for tag, label in tags.items() if assign.fingerprint(tag) not in shown_tags),
        remove_tags=frozenset(
            label
            for label in tags_now
            if assign.fingerprint(label.casefold()) in shown_tags and label.casefold() not in tags
        ),
        notified=tuple(places) if set(places) != _carried(view, "notified") else None,
        note=note or None,
        note_key=key,
        note_name=name,
    )


def _tags_in(entered: Entered) -> list[str]:
    labels = (tag_of(clean(assign.tag_from(value))) for value in entered.choices(assign.TAGS))
    return [label for label in labels if label]


def _carried(view: OpenView, name: str) -> set[str]:
    return {word for word in view.carried.get(name, "").split(",") if word}


def _read(tx: Tx, conversation_id: str) -> tuple[TicketView, str | None, list[Note], str | None]:
    view = get_ticket_view(tx, conversation_id)
    thread = current_thread(tx, conversation_id)
    notes = list_notes(tx, conversation_id, limit=assign.NOTES_SHOWN)
    return view, contact_name(tx, view.peer), notes, thread.channel if thread is not None else None
