"""The notification: one live message per conversation and place, for whoever is to hear that texts wait."""

from __future__ import annotations

from dataclasses import dataclass

from clerkd.model.number import national
from clerkd.model.ticket import Priority, Why
from clerkd.slack.ids import CardAction, NotificationAction, button_value
from clerkd.slack.render import Element, Screen, actions, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import press

QUOTE_LIMIT = 200
NAME_LIMIT = 80
NAMED_LIMIT = 5  # people who are named or called
NO_TEXT = "(no text)"

PRIORITY_CHIPS = {Priority.LOW: "🔽 Low", Priority.HIGH: "🔺 High", Priority.URGENT: "🚨 Urgent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """What a notification shows."""

    conversation_id: str
    peer: str
    line: str
    region: str | None
    why: Why
    name: str | None = None  # of the contact
    unanswered: int = 0
    last_text: str | None = None
    waiting_since: int | None = None  # epoch ms
    now: int = 0
    minutes: int = 0  # since when nobody answered, if that is why
    priority: Priority | None = None
    assignees: tuple[str, ...] = ()  # user ids: called when it is overdue, named otherwise
    names: tuple[str, ...] = ()  # of the assignees
    target: str = ""


def waiting(view: NotificationView) -> Screen:
    """Show that texts wait for an answer."""
    head = [words("📳 "), words(_title(view), bold=True), words(" · " + " · ".join(_details(view)))]
    rows = [section(*head)]
    if view.why is Why.OVERDUE:
        rows.append(section(words(f"⏰ No answer for {lasted(view.minutes)}"), *_called(view)))
    elif view.why is Why.SNOOZED:
        rows.append(section(words("⏰ The time came until which this was snoozed"), *_called(view)))
    if view.last_text is not None:
        rows.append(quote(shorten(view.last_text, QUOTE_LIMIT) or NO_TEXT))
    if facts := _facts(view):
        rows.append(section(*facts))
    told = f"{_title(view)}: {shorten(view.last_text, QUOTE_LIMIT)}" if view.last_text else f"{_title(view)} waits"
    return screen(told, rich_text(*rows), actions(*_buttons(view)))


def settled(view: NotificationView, how: str, who: str) -> Screen:
    """Show for a moment that nothing waits any more, and who saw to it."""
    said = {
        "answered": f"✔️ Answered by {who}",
        "solved": f"✅ Solved by {who}",
        "pending": f"⏳ Set to Pending by {who}",
        "on_hold": f"⏸️ Set to On-hold by {who}",
    }.get(how, f"✔️ Seen to by {who}")
    title = words(" · " + " · ".join([_title(view), view.line]))
    return screen(f"{said}: {_title(view)}", rich_text(section(words(said, bold=True), title)))


def lasted(minutes: int) -> str:
    """Return a length of time in words: the largest unit that fits, rounded down."""
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{minutes} min"


def _title(view: NotificationView) -> str:
    return shorten(view.name or "", NAME_LIMIT) or national(view.peer, view.region)


def _details(view: NotificationView) -> list[str]:
    number = national(view.peer, view.region)
    details = [number] if view.name and number != _title(view) else []
    return [*details, view.line, *([f"{view.unanswered} new"] if view.unanswered else [])]


def _facts(view: NotificationView) -> list[list[Element]]:
    """Return how long somebody waits, how soon it matters, and who has it."""
    parts: list[list[Element]] = []
    if view.waiting_since is not None:
        minutes = max(view.now - view.waiting_since, 0) // 60_000
        since = view.waiting_since // 1000
        clock: Element = {"type": "date", "timestamp": since, "format": "{time}", "fallback": "a while ago"}
        parts.append([*words(f"waiting {lasted(minutes)}, since " if minutes else "waiting since "), clock])
    if view.priority in PRIORITY_CHIPS:
        parts.append(words(PRIORITY_CHIPS[view.priority], bold=True))
    if view.names and view.why is not Why.OVERDUE:
        named = ", ".join(shorten(name, NAME_LIMIT) for name in view.names[:NAMED_LIMIT])
        more = len(view.names) - NAMED_LIMIT
        parts.append(words(f"👀 {named}" + (f" and {more} more" if more > 0 else "")))
    joined: list[list[Element]] = []
    for part in parts:
        joined += [words(" · "), part] if joined else [part]
    return joined


def _called(view: NotificationView) -> list[list[Element]]:
    """Return mentions of the assignees: these are to hear it."""
    if not view.assignees:
        return [words(", and nobody took it")] if view.why is Why.OVERDUE else []
    people: list[Element] = []
    for user in view.assignees[:NAMED_LIMIT]:
        people += [*words(" "), {"type": "user", "user_id": user}]
    return [people]


def _buttons(view: NotificationView) -> list[Element]:
    value = button_value(conversation=view.conversation_id)
    target = button_value(conversation=view.conversation_id, target=view.target)
    return [
        press(NotificationAction.REPLY.value, "Reply", value, style="primary"),
        press(CardAction.ASSIGN.value, "Assign", value),
        press(NotificationAction.HIDE.value, "Hide", target),
    ]
