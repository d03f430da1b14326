"""The list of contacts, with its search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkd.model.contact import Contact
from clerkd.model.number import national
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.board import row
from clerkd.slack.screens.inputs import field, press, text_box
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import count

CALLBACK = "clerk.contacts"
OPEN = "clerk.contacts.open"
SHOW = "clerk.contacts.show"
ADD = "clerk.contacts.add"
IMPORT = "clerk.contacts.import"
EXPORT = "clerk.contacts.export"
PAGE = "clerk.contacts.page"
QUERY = "query"  # block_id
QUERY_LIMIT = 100
ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsPage:
    """What is listed."""

    contacts: Sequence[Contact]
    total: int
    region: str | None
    query: str = ""
    later: bool = False  # a page after the first
    after: str | None = None  # id of the last one listed, when there are more


def view(page: ContactsPage) -> Json:
    """Return the list as a modal; its submission searches."""
    box = text_box("typed", value=page.query, placeholder="Name, company, tag or number", most=QUERY_LIMIT)
    shown: list[Block] = [
        field(QUERY, "Search", box, optional=True),
        {
            "type": "actions",
            "elements": [
                press(ADD, "➕ Add contact", button_value()),
                press(IMPORT, "Import…", button_value()),
                press(EXPORT, "Export…", button_value()),
            ],
        },
        *_rows(page),
    ]
    if pages := _pages(page):
        shown.append({"type": "actions", "elements": pages})
    carried = button_value(query=page.query)
    return modal("Contacts", shown, callback=CALLBACK, submit="Search", carried=carried)


def facts_of(contact: Contact, region: str | None) -> str:
    """Return what is known of a contact besides the name, in one line."""
    fields = contact.fields
    first = national(contact.numbers[0], region) if contact.numbers else "no number"
    more = f" and {len(contact.numbers) - 1} more" if len(contact.numbers) > 1 else ""
    facts = [first + more, *([shorten(fields.company, 60)] if fields.company else [])]
    facts += [shorten(", ".join(fields.tags), 80)] if fields.tags else []
    return " · ".join(facts)


def _rows(page: ContactsPage) -> list[Block]:
    if page.contacts:
        known = "contact" if page.query else f"{count(page.total, 'contact')}, by name"
        head = f"Found for “{shorten(page.query, 60)}”" if page.query else known
        return [
            context(head),
            *(block for contact in page.contacts[:ROWS] for block in _row(contact, page.region)),
        ]
    if page.query:
        said = f"Nobody is found for “{shorten(page.query, 60)}”. Try the beginning of a name, or some digits."
    elif page.later:
        said = "There are no more contacts."
    else:
        said = "There are no contacts yet. Add the first one, or import a file from your phone or address book."
    return [rich_text(section(words(said)))]


def _row(contact: Contact, region: str | None) -> list[Block]:
    # Only a section can have a button beside it, and its text is plain: the quiet second line makes the name stand out.
    opens = press(SHOW, "Open", button_value(contact=contact.id))
    return [row(shorten(contact.fields.name, 80) or "No name", opens), context(facts_of(contact, region))]


def _pages(page: ContactsPage) -> list[Element]:
    shown = []
    if page.later:
        shown.append(press(f"{PAGE}:first", "First page", button_value(query=page.query)))
    if page.after is not None:
        shown.append(press(f"{PAGE}:next", "Next page", button_value(query=page.query, after=page.after)))
    return shown
