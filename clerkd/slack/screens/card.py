"""The contact card: the root of a conversation's thread, and the pinned message of its direct channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from clerkd.model.number import is_e164, national
from clerkd.slack.ids import CardAction, button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, Screen, actions, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.board import row
from clerkd.slack.screens.inputs import press
from clerkd.slack.screens.skeleton import PASSING, modal

NAME_LIMIT = 150
TAG_LIMIT = 40
TAGS_SHOWN = 10
ASSIGNEES_SHOWN = 10
MENU_LIMIT = 5  # Slack's limit of options in an overflow menu

TEXTED = "✍️ Replies in this thread are texted. Start with // for an internal note"
ALL_TEXTED = "✍️ Every message here is texted. Start with // for an internal note, or talk privately in 💬 threads"
LEFT = "↩️ This conversation is in its thread again. What is written here is not texted"
ONE_WAY = "This sender cannot be texted: it has a name instead of a number"
OPTED_OUT = "🚫 Opted out: nothing is texted to this number. Only they can rejoin, by texting START"


class Where(StrEnum):
    """Which card of a conversation it is."""

    THREAD = "thread"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What a card shows. `offered` is what can be pressed: names of actions that somebody acts on."""

    conversation_id: str
    peer: str
    line: str
    line_number: str
    region: str | None
    name: str | None = None
    status: str | None = None
    priority: str | None = None
    subject: str = ""
    assignees: tuple[str, ...] = ()  # Slack user ids
    tags: tuple[str, ...] = ()
    opted_out: bool = False
    channel: str | None = None  # the direct channel in which the conversation is held
    offered: frozenset[str] = frozenset()


_BUTTONS = {
    CardAction.CREATE_CHANNEL: "Create Channel",
    CardAction.ASSIGN: "Assign",
    CardAction.CONTACT: "Contact",
}
_MENU = {
    CardAction.CLAIM: "👀 Claim",
    CardAction.SOLVE: "✅ Solve",
    CardAction.SNOOZE: "💤 Snooze…",
    CardAction.BACK_TO_THREAD: "↩️ Back to thread",
    CardAction.TEMPLATE: "📄 Send template…",
    CardAction.SCHEDULE: "🕒 Schedule…",
    CardAction.HISTORY: "📜 History…",
    CardAction.DO_NOT_DISTURB: "🔕 Do Not Disturb…",
    CardAction.OPT_OUT: "🚫 Opt out…",
}
_MORE = {
    CardAction.TEMPLATE: "Send words that were written beforehand",
    CardAction.SCHEDULE: "Write a text that goes out later",
    CardAction.HISTORY: "All texts with what became of them, and the export",
    CardAction.DO_NOT_DISTURB: "Keep what they send, but show nothing of it",
    CardAction.OPT_OUT: "Text nothing to this number any more",
}
_PRIORITY_SIGNS = {"low": "⬇️", "normal": "▫️", "high": "🔺", "urgent": "🚨"}


def contact_card(view: CardView, where: Where = Where.THREAD) -> Screen:
    """Show who the conversation is with, over which line, how it stands, what a message here does, what can be done."""
    title = shorten(view.name, NAME_LIMIT) if view.name else national(view.peer, view.region)
    head = section(words("📱 "), words(title, bold=True), words("\n" + " · ".join(_details(view, title))))
    rows = [head, *_work(view), section(*_mode(view, where))]
    return screen(f"{title} · line {view.line}", rich_text(*rows), *_controls(view))


def _details(view: CardView, title: str) -> list[str]:
    """Return what stands under the title. No number stands there twice, in whatever form."""
    number = national(view.peer, view.region)
    details = [number] if view.name and number != title else []
    if not view.name and _digits(view.peer) != _digits(title):
        details.append(view.peer)  # above as people there write it, here as it is dialled from everywhere
    line_number = national(view.line_number, view.region) if view.line_number else ""
    return [*details, f"line {view.line}", *([line_number] if line_number else [])]


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())


def _work(view: CardView) -> list[Element]:
    """Return the lines about the conversation as work, without those that have nothing to say."""
    facts: list[str] = []
    if view.status:
        facts.append(f"Status: {view.status.replace('_', '-').capitalize()}")
    if view.priority:
        facts.append(f"Priority: {_PRIORITY_SIGNS.get(view.priority, '')} {view.priority.capitalize()}".strip())
    tags = [shorten(tag, TAG_LIMIT) for tag in view.tags[:TAGS_SHOWN]]
    if tags:
        more = len(view.tags) - len(tags)
        facts.append("Tags: " + ", ".join(tags) + (f" and {more} more" if more else ""))
    rows: list[list[Element]] = []
    if view.subject:
        rows.append(words(shorten(view.subject, NAME_LIMIT), italic=True))
    if facts or view.assignees:
        rows.append(words(" · ".join(facts)) + _assignees(view, begun=bool(facts)))
    return [section(row) for row in rows]


def _assignees(view: CardView, *, begun: bool) -> list[Element]:
    if not view.assignees:
        return []
    found = words((" · " if begun else "") + "Assigned to ")
    for position, user in enumerate(view.assignees[:ASSIGNEES_SHOWN]):
        found += [*(words(", ") if position else []), {"type": "user", "user_id": user}]
    more = len(view.assignees) - ASSIGNEES_SHOWN
    return found + (words(f" and {more} more") if more > 0 else [])


def _mode(view: CardView, where: Where) -> list[list[Element]]:
    if view.opted_out:
        return [words(OPTED_OUT)]
    if not _can_be_texted(view.peer):
        return [words(ONE_WAY)]
    if where is Where.DIRECT:
        return [words(ALL_TEXTED if view.channel is not None else LEFT)]
    if view.channel is not None:
        link: Element = {"type": "channel", "channel_id": view.channel}
        return [words("↪️ This conversation goes on in "), [link], words(". Replies here are texted, too")]
    return [words(TEXTED)]


def _controls(view: CardView) -> list[Block]:
    """Return the buttons and the menu for what somebody acts on; nothing that does nothing."""
    absent = {CardAction.CREATE_CHANNEL} if view.channel is not None else {CardAction.BACK_TO_THREAD}
    if not is_e164(view.peer):
        absent.add(CardAction.CONTACT)  # a sender with a name instead of a number cannot be kept
    offered = view.offered - absent
    labels = _BUTTONS if view.name else _BUTTONS | {CardAction.CONTACT: "Add contact"}
    value = button_value(conversation=view.conversation_id)
    elements: list[Element] = [
        {
            "type": "button",
            "action_id": action.value,
            "text": {"type": "plain_text", "text": label, "emoji": True},
            "value": value,
        }
        for action, label in labels.items()
        if action in offered
    ]
    options = [_option(action, label, view) for action, label in _MENU.items() if action in offered]
    if len(options) > MENU_LIMIT:
        options = [*options[: MENU_LIMIT - 1], _option(CardAction.MORE, "More…", view)]
    if options:
        elements.append({"type": "overflow", "action_id": CardAction.MENU.value, "options": options})
    return [actions(*elements)] if elements else []


def more(conversation_id: str, title: str, offered: Collection[str]) -> Json:
    """Return what the menu has no room for: each opens a form."""
    value = button_value(conversation=conversation_id)
    rows = [row(said, press(action, _MENU[action], value)) for action, said in _MORE.items() if action in offered]
    return modal("More", [rich_text(section(words(shorten(title, NAME_LIMIT), bold=True))), *rows], callback=PASSING)


def _option(action: CardAction, label: str, view: CardView) -> Element:
    return {
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "value": button_value(conversation=view.conversation_id, do=action.value),
    }


def _can_be_texted(peer: str) -> bool:
    return is_e164(peer) or peer.isdigit()
