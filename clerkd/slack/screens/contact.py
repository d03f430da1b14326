"""One contact: as a card in a modal, as a form, and what can be done with it for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.model.contact import (
    COMPANY_LIMIT,
    EMAIL_LIMIT,
    NAME_LIMIT,
    NOTE_LIMIT,
    NUMBERS_LIMIT,
    TAG_LIMIT,
    TAGS_LIMIT,
    Contact,
    ContactFields,
)
from clerkd.model.number import international, national
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, context, moment, quote, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import asking_menu, field, option, press, text_box
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import count

CARD = "clerk.contact"
FORM = "clerk.contact.form"
MERGE = "clerk.contact.merge"
ERASE = "clerk.contact.erase"
EDIT = "clerk.contact.edit"  # buttons from here on
ASK_MERGE = "clerk.contact.ask_merge"
ASK_ERASE = "clerk.contact.ask_erase"
ZONES = "clerk.contact.zones"  # menus whose options are asked for
OTHERS = "clerk.contact.others"

# block_ids of the form: the names of the fields, so that a fault finds its place
FIELDS = ("name", "numbers", "company", "email", "time_zone", "language", "tags", "note")
OTHER = "other"
CONFIRMATION = "confirmation"
NOTES_SHOWN = 10
_NOTE_SHOWN = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactView:
    """What is shown of a contact."""

    contact: Contact
    region: str | None
    conversations: int = 0


def card(view: ContactView, *, said: str = "") -> Json:
    """Return the contact as a modal; `said` is what was just done."""
    contact, fields = view.contact, view.contact.fields
    lines: list[list[Element]] = [words(shorten(fields.name, NAME_LIMIT), bold=True)]
    lines += [words(f"\n📱 {national(number, view.region)}") for number in fields.numbers]
    for sign, value in (("🏢", fields.company), ("✉️", fields.email), ("🕒", fields.time_zone), ("🗣️", fields.language)):
        if value:
            lines.append(words(f"\n{sign} {shorten(value, EMAIL_LIMIT)}"))
    if fields.tags:
        lines.append(words(f"\n🏷️ {', '.join(shorten(tag, TAG_LIMIT) for tag in fields.tags)}"))
    shown: list[Block] = [context(said)] if said else []
    shown += [rich_text(section(*lines)), *_buttons(contact), *_notes(contact)]
    known = count(view.conversations, "conversation") if view.conversations else "No conversation yet"
    shown.append(context(known))
    return modal("Contact", shown, callback=CARD)


def form(
    *,
    contact: Contact | None = None,
    fields: ContactFields | None = None,
    region: str | None,
    conversation: str = "",
) -> Json:
    """Return the form of a contact, or of one to be; `fields` are what is known of that."""
    known = contact.fields if contact is not None else fields or ContactFields()
    numbers = "\n".join(national(number, region) for number in known.numbers)
    zone = option(known.time_zone, known.time_zone) if known.time_zone else None
    notes = f"{count(len(contact.notes), 'note')} so far; this one is added" if contact and contact.notes else ""
    blocks = [
        field("name", "Name", text_box("typed", value=known.name, most=NAME_LIMIT, focus=not known.name)),
        field(
            "numbers",
            "Phone numbers",
            text_box("typed", value=numbers, multiline=True, most=40 * NUMBERS_LIMIT),
            hint="One on each line, the usual one first. From abroad with + and the country’s code.",
        ),
        field("company", "Company", text_box("typed", value=known.company, most=COMPANY_LIMIT), optional=True),
        field("email", "E-mail", text_box("typed", value=known.email, most=EMAIL_LIMIT), optional=True),
        field(
            "time_zone",
            "Time zone",
            asking_menu(ZONES, least=2, chosen=zone, placeholder="Type a city: Paris, New York"),
            optional=True,
        ),
        field(
            "language",
            "Language",
            text_box("typed", value=known.language, most=20, placeholder="en, fr-CA"),
            optional=True,
        ),
        field(
            "tags",
            "Tags",
            text_box("typed", value=", ".join(known.tags), most=(TAG_LIMIT + 2) * TAGS_LIMIT),
            hint="With commas between them.",
            optional=True,
        ),
        field("note", "Note", text_box("typed", multiline=True, most=NOTE_LIMIT), hint=notes, optional=True),
    ]
    title = "Edit contact" if contact is not None else "Add contact"
    ids = {"contact": contact.id, "revision": str(contact.revision)} if contact is not None else {}
    carried = button_value(**ids, **({"conversation": conversation} if conversation else {}))
    return modal(title, blocks, callback=FORM, submit="Save", close="Cancel", carried=carried)


def merge(contact: Contact) -> Json:
    """Return the question which other contact is the same person."""
    name = shorten(contact.name, 80)
    said = f"{name} stays as it is and gets the other one’s numbers, tags and notes, and what it lacks."
    blocks = [
        rich_text(section(words(f"Who is the same as {name}? {said} The other one goes."))),
        field(OTHER, "The other one", asking_menu(OTHERS, least=1, placeholder="Type a name or a number")),
    ]
    return modal(
        "Merge contacts",
        blocks,
        callback=MERGE,
        submit="Merge",
        close="Cancel",
        carried=button_value(contact=contact.id),
    )


def erase(contact: Contact, *, region: str | None, conversations: int) -> Json:
    """Return the question whether to erase somebody for ever."""
    name, numbers = shorten(contact.name, 80), ", ".join(international(number) for number in contact.numbers)
    what = f"every text with {numbers}" if conversations else "notes and numbers"
    blocks = [
        rich_text(
            section(
                words(f"🗑️ This erases {name} for ever: ", bold=True),
                words(
                    f"the contact, {what}, whatever is scheduled, and every trace of it in the search. It cannot be"
                    " undone. In Slack clerkd deletes what it posted; what colleagues wrote stays until they delete it."
                ),
            )
        ),
        context("Only a code that tells nothing is kept, so that no import takes the number in again."),
        field(
            CONFIRMATION,
            "Type the number to confirm",
            text_box("typed", placeholder=national(contact.numbers[0], region), most=40),
        ),
    ]
    return modal(
        "Erase contact",
        blocks,
        callback=ERASE,
        submit="Erase for ever",
        close="Cancel",
        carried=button_value(contact=contact.id),
    )


def zone_options(zones: Sequence[str]) -> list[Element]:
    """Return time zones to choose from."""
    return [option(zone.replace("_", " "), zone) for zone in zones]


def _buttons(contact: Contact) -> list[Block]:
    value = button_value(contact=contact.id)
    return [
        {
            "type": "actions",
            "elements": [
                press(EDIT, "Edit", value, style="primary"),
                press(ASK_MERGE, "Merge…", value),
                press(ASK_ERASE, "Erase…", value, style="danger"),
            ],
        }
    ]


def _notes(contact: Contact) -> list[Block]:
    if not contact.notes:
        return []
    shown = contact.notes[-NOTES_SHOWN:][::-1]
    more = len(contact.notes) - len(shown)
    blocks: list[Block] = []
    for note in shown:
        head = section(
            words(shorten(note.author, 80), bold=True), words(" · "), moment(note.at // 1000, "some time ago")
        )
        blocks.append(rich_text(head, quote(note.text[:_NOTE_SHOWN] + ("…" if len(note.text) > _NOTE_SHOWN else ""))))
    return [*blocks, *([context(f"and {count(more, 'earlier note')}")] if more else [])]
