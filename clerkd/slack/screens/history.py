"""The history of a conversation in a modal, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clerkd.core.desk.history import HistoryPage, Naming, state_words
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Direction, Message
from clerkd.model.number import national
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, actions, context, moment, quote, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import plain_text
from clerkd.slack.screens.skeleton import modal

CALLBACK = "clerk.history"
OLDER = "clerk.history.older"
NEWER = "clerk.history.newer"
EXPORT = "clerk.history.export"  # and after a colon the form

TITLE = "History"
ROWS = 15
TEXT_SHOWN = 500  # characters of one message

_SIGNS = {
    MessageState.RECEIVED: "💬", MessageState.SUBMITTED: "✔️", MessageState.DELIVERED: "📳", MessageState.FAILED: "❌",
    MessageState.EXPIRED: "❌", MessageState.UNKNOWN: "❓", MessageState.SCHEDULED: "🕒", MessageState.HELD: "⏸️",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryView:
    """What the modal shows. `names` are of those who sent, by Slack user id."""

    page: HistoryPage
    name: str | None
    region: str | None
    names: Mapping[str, str]
    may_export: bool


def view(shown: HistoryView) -> Json:
    """Return the modal."""
    conversation, messages = shown.page.conversation, shown.page.messages
    number = national(conversation.peer, shown.region)
    title = shorten(shown.name, 150) if shown.name else number
    naming = Naming(title, shown.names)
    details = [*([number] if title != number else []), f"line {conversation.line}", _count(conversation.messages)]
    blocks: list[Block] = [
        rich_text(section(words(title, bold=True), words("\n" + " · ".join(details)))),
        *(_row(message, naming) for message in messages),
    ]
    if not messages:
        blocks.append(context("There is no text in this conversation yet."))
    blocks += _controls(shown)
    return modal(TITLE, blocks, callback=CALLBACK, carried=button_value(conversation=conversation.id))


def handed_over(title: str) -> str:
    """Return the words that go with the file."""
    return f"The conversation with {shorten(title, 150)}, as you asked."


def _row(message: Message, naming: Naming) -> Block:
    inbound = message.direction is Direction.INBOUND
    who = naming.peer if inbound else shorten(naming.sender(message.origin), 80)
    state = "" if inbound else f" · {shorten(state_words(message), 150)}"
    text = message.text if len(message.text) <= TEXT_SHOWN else message.text[: TEXT_SHOWN - 1] + "…"
    head = section(
        words(f"{_SIGNS.get(message.state, '⏳')} "),
        words(who, bold=True),
        words(" · "),
        moment(message.created_at // 1000, "some time ago"),
        words(state),
    )
    return rich_text(head, quote(text if text.strip() else "(no text)"))


def _controls(shown: HistoryView) -> list[Block]:
    page, row = shown.page, []
    conversation = page.conversation.id
    if page.older and page.messages:
        row.append(_button(OLDER, "← Older", button_value(conversation=conversation, before=page.messages[0].id)))
    if page.newer and page.messages:
        row.append(_button(NEWER, "Newer →", button_value(conversation=conversation, after=page.messages[-1].id)))
    if shown.may_export:
        row += [
            _button(f"{EXPORT}:txt", "Export as text", button_value(conversation=conversation, form="txt")),
            _button(f"{EXPORT}:json", "Export as JSON", button_value(conversation=conversation, form="json")),
        ]
    return [actions(*row)] if row else []


def _button(action: str, label: str, value: str) -> Element:
    return {"type": "button", "action_id": action, "text": plain_text(label), "value": value}


def _count(messages: int) -> str:
    return f"{messages:,} text{'' if messages == 1 else 's'}"
