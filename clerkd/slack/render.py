"""The pieces that screens are made of: pure functions from values to Block Kit.

Whatever came from outside goes through `words`, into `rich_text` text elements; nothing of it ever reaches an
element that Slack parses. Limits are Slack's, with room to spare; sources are in docs/slack.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from clerkd.slack.ids import ButtonAction
from clerkd.slack.sanitize import clean, fallback

Element = dict[str, Any]
Block = dict[str, Any]

TEXT_ELEMENT_LIMIT = 2500  # characters of one text element
MESSAGE_LIMIT = 8000  # characters of a text in one Slack message; all blocks together hold some 13,200
BUTTON_LIMIT = 75


@dataclass(frozen=True, slots=True)
class Screen:
    """What a message shows: blocks, and the text for notifications and for clients without blocks."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def payload(self) -> dict[str, Any]:
        """Return what is kept in the queue."""
        return {"text": self.text, "blocks": list(self.blocks)}


def screen(text: str, *blocks: Block) -> Screen:
    """Build a screen; `text` is cleaned, escaped and cut here."""
    return Screen(fallback(text), blocks)


def words(text: str, **style: bool) -> list[Element]:
    """Return text elements for any text, cleaned; a long one is split over several."""
    cleaned = clean(text)
    pieces = [cleaned[at : at + TEXT_ELEMENT_LIMIT] for at in range(0, len(cleaned), TEXT_ELEMENT_LIMIT)]
    return [{"type": "text", "text": piece} | ({"style": style} if style else {}) for piece in pieces]


def section(*elements: list[Element]) -> Element:
    """Return a paragraph."""
    return {"type": "rich_text_section", "elements": [element for group in elements for element in group]}


def quote(text: str) -> Element:
    """Return somebody else's words, set apart by a bar."""
    return {"type": "rich_text_quote", "elements": words(text)}


def preformatted(text: str) -> Element:
    """Return octets or other exact text."""
    return {"type": "rich_text_preformatted", "elements": words(text)}


def rich_text(*parts: Element) -> Block:
    """Return the block of paragraphs, quotes and exact text."""
    return {"type": "rich_text", "elements": list(parts)}


def moment(epoch_s: int, otherwise: str) -> list[Element]:
    """Return a time that each reader sees in their own zone."""
    return [{"type": "date", "timestamp": epoch_s, "format": "{date_short_pretty} {time}", "fallback": otherwise}]


def context(text: str) -> Block:
    """Return small print of our own words."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": text, "emoji": True}]}


def actions(*buttons: Element) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def button(action: ButtonAction, label: str, value: str, *, style: str | None = None) -> Element:
    """Return a button of our own words."""
    element: Element = {
        "type": "button",
        "action_id": action.value,
        "text": {"type": "plain_text", "text": label[:BUTTON_LIMIT], "emoji": True},
        "value": value,
    }
    return element | ({"style": style} if style else {})


def chunks(text: str) -> list[str]:
    """Cut a text into what fits into one Slack message each, at a space where there is one."""
    found: list[str] = []
    while len(text) > MESSAGE_LIMIT:
        cut = max(
            text.rfind(" ", MESSAGE_LIMIT - 300, MESSAGE_LIMIT), text.rfind("\n", MESSAGE_LIMIT - 300, MESSAGE_LIMIT)
        )
        cut = cut + 1 if cut > 0 else MESSAGE_LIMIT
        found.append(text[:cut])
        text = text[cut:]
    return [*found, text]


def plain(payload: dict[str, Any]) -> dict[str, Any]:
    """Return a payload without blocks, for when Slack refuses them: the text is escaped and says the same."""
    return {key: value for key, value in payload.items() if key != "blocks"}
