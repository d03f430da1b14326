"""The form of a conversation as work: whom it concerns, how it stands, and what colleagues wrote about it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clerkd.model.number import national
from clerkd.model.ticket import NOTE_LIMIT, SUBJECT_LIMIT, Note, Priority, Ticket
from clerkd.model.ticket_lifecycle import Status
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, moment, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens import skeleton
from clerkd.slack.screens.inputs import field, menu, option, plain_text, text_box

CALLBACK = "clerk.assign"
TITLE = "Conversation"
SNOOZE_CALLBACK = "clerk.snooze"

NOTIFIED, PEOPLE, SUBJECT, STATUS, PRIORITY, TAGS, NOTE = (
    "notified", "people", "subject", "status", "priority", "tags", "note",
)  # fmt: skip
TAGS_ACTION = "clerk.assign.tags"
SNOOZE, SNOOZE_AT = "snooze", "snooze_at"
NONE = "none"  # the priority that is none
NOTES_SHOWN = 10
NOTE_SHOWN = 1200  # characters
NAME_LIMIT = 80
NO_TEXT = "(no text)"
UNTIL_NEXT, UNTIL_TIME = "next", "time"

STATUS_WORDS = {
    Status.NEW: ("New", "Nobody did anything yet"),
    Status.OPEN: ("Open", "In progress"),
    Status.PENDING: ("Pending", "Waiting for the contact"),
    Status.ON_HOLD: ("On-hold", "Waiting for someone else"),
    Status.SOLVED: ("Solved", "Done; a text from the contact opens it again"),
    Status.CLOSED: ("Closed", "Done for good; the next text starts anew"),
}
PRIORITY_WORDS = {
    Priority.LOW: ("Low", "Can wait"),
    Priority.NORMAL: ("Normal", ""),
    Priority.HIGH: ("High", "Reminded of sooner"),
    Priority.URGENT: ("Urgent", "Notifies at once and calls its people until someone takes it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignView:
    """What the form shows."""

    ticket: Ticket
    peer: str
    line: str
    region: str | None
    name: str | None = None
    notes: Sequence[Note] = ()
    notes_count: int = 0
    origin: str | None = None  # the channel where the conversation's texts come to


def form(view: AssignView) -> Json:
    """Return the modal."""
    ticket = view.ticket
    blocks: list[Block] = [
        rich_text(section(words("📱 "), words(_title(view), bold=True), words(" · " + " · ".join(_details(view))))),
        field(
            NOTIFIED,
            "Notify users and channels",
            _places(list(ticket.notified) or ([view.origin] if view.origin else [])),
            hint="They hear of each new text: people by direct message, channels by a card.",
            optional=True,
        ),
        field(PEOPLE, "Assignees", _people(ticket.assignees), optional=True),
        field(SUBJECT, "Subject", text_box(SUBJECT, value=ticket.subject, most=SUBJECT_LIMIT), optional=True),
        field(STATUS, "Status", _status(ticket.status)),
        field(PRIORITY, "Priority", _priority(ticket.priority), optional=True),
        field(TAGS, "Tags", _tags(ticket.tags), optional=True),
        *_notes(view),
        field(
            NOTE,
            "Add a note",
            text_box(NOTE, multiline=True, most=NOTE_LIMIT, placeholder="Only colleagues see it"),
            optional=True,
        ),
    ]
    return skeleton.modal(TITLE, blocks, callback=CALLBACK, submit="Save", close="Cancel", carried=carried_of(view))


def carried_of(view: AssignView) -> str:
    """Return what the form remembers of what it showed: only what a person changed in it is saved."""
    ticket = view.ticket
    return button_value(
        conversation=ticket.conversation_id,
        status=ticket.status.value,
        priority=ticket.priority.value if ticket.priority else NONE,
        subject=fingerprint(ticket.subject),
        people=",".join(ticket.assignees),
        notified=",".join(ticket.notified or ([view.origin] if view.origin else [])),
        tags=",".join(fingerprint(tag.casefold()) for tag in ticket.tags),
    )


def fingerprint(text: str) -> str:
    """Return a short word for a text, equal for equal ones."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def tag_option(label: str) -> Element:
    """Return a tag that there is."""
    return option(label, f"t:{label}")


def new_tag_option(label: str) -> Element:
    """Return a tag that is made when the form is saved."""
    return option(f"Create “{label}”", f"t:{label}")


def tag_from(value: str) -> str:
    """Return the label of an option that was chosen."""
    return value.removeprefix("t:")


def snooze_form(conversation_id: str, choices: Sequence[tuple[str, str]], at: int) -> Json:
    """Ask until when; `choices` are words and values (epoch seconds), `at` is proposed for another time."""
    options = [option(label, value) for label, value in choices]
    options += [option("At another time", UNTIL_TIME), option("Until they text again", UNTIL_NEXT)]
    radio: Element = {"type": "radio_buttons", "action_id": SNOOZE, "options": options, "initial_option": options[0]}
    picker: Element = {"type": "datetimepicker", "action_id": SNOOZE_AT, "initial_date_time": at}
    return skeleton.modal(
        "Snooze",
        [
            field(SNOOZE, "Until when?", radio, hint="A text from the contact ends it in any case."),
            field(SNOOZE_AT, "Another time", picker, optional=True),
        ],
        callback=SNOOZE_CALLBACK,
        submit="Snooze",
        close="Cancel",
        carried=button_value(conversation=conversation_id),
    )


def _title(view: AssignView) -> str:
    return shorten(view.name or "", NAME_LIMIT) or national(view.peer, view.region)


def _details(view: AssignView) -> list[str]:
    number = national(view.peer, view.region)
    return [*([number] if view.name and number != _title(view) else []), f"line {view.line}"]


def _places(chosen: Collection[str]) -> Element:
    element: Element = {
        "type": "multi_conversations_select",
        "action_id": NOTIFIED,
        "filter": {
            "include": ["public", "private", "im"],
            "exclude_external_shared_channels": True,
            "exclude_bot_users": True,
        },
        "placeholder": plain_text("Where its texts come to"),
    }
    return element | ({"initial_conversations": list(chosen)} if chosen else {})


def _people(chosen: Collection[str]) -> Element:
    element: Element = {"type": "multi_users_select", "action_id": PEOPLE, "placeholder": plain_text("Nobody yet")}
    return element | ({"initial_users": list(chosen)} if chosen else {})


def _status(chosen: Status) -> Element:
    options = [option(label, status.value, help_text) for status, (label, help_text) in STATUS_WORDS.items()]
    return menu(STATUS, options, chosen=chosen.value)


def _priority(chosen: Priority | None) -> Element:
    options = [option("None", NONE)]
    options += [option(label, priority.value, help_text) for priority, (label, help_text) in PRIORITY_WORDS.items()]
    value = chosen.value if chosen else NONE
    initial = next(one for one in options if one["value"] == value)
    return {"type": "radio_buttons", "action_id": PRIORITY, "options": options, "initial_option": initial}


def _tags(chosen: Sequence[str]) -> Element:
    element: Element = {
        "type": "multi_external_select",
        "action_id": TAGS_ACTION,
        "min_query_length": 0,
        "placeholder": plain_text("Choose, or type a new one"),
    }
    return element | ({"initial_options": [tag_option(tag) for tag in chosen]} if chosen else {})


def _notes(view: AssignView) -> list[Block]:
    """Return the notes there are, the newest last."""
    if not view.notes:
        return []
    blocks: list[Block] = []
    earlier = view.notes_count - len(view.notes)
    if earlier > 0:
        blocks.append(rich_text(section(words(f"Notes ({earlier} earlier ones are in the history)", bold=True))))
    else:
        blocks.append(rich_text(section(words("Notes", bold=True))))
    for note in view.notes[-NOTES_SHOWN:]:
        head = section(
            words(shorten(note.name, NAME_LIMIT) or "A colleague", bold=True),
            words(" · "),
            moment(note.at // 1000, "earlier"),
        )
        text = note.text if len(note.text) <= NOTE_SHOWN else note.text[: NOTE_SHOWN - 1] + "…"
        blocks.append(rich_text(head, {"type": "rich_text_quote", "elements": words(text) or words(NO_TEXT)}))
    return blocks
