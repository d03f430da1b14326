"""The fields of modals: pure functions to Block Kit. An input keeps what was typed while its block_id stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clerkd.slack.ids import button_value
from clerkd.slack.render import BUTTON_LIMIT, Block, Element, actions, context
from clerkd.slack.sanitize import shorten

OPTION_LIMIT = 75
VALUE_LIMIT = 150
OPTIONS_LIMIT = 100
LABEL_LIMIT = 2000
PLACEHOLDER_LIMIT = 150
TEXT_LIMIT = 3000
CONFIRM_LIMIT = 300


def plain_text(text: str, limit: int = LABEL_LIMIT) -> Element:
    """Return a text that Slack shows as it is; newlines and what deceives are taken out."""
    return {"type": "plain_text", "text": shorten(text, limit) or " ", "emoji": True}


def option(label: str, value: str, description: str = "") -> Element:
    """Return one entry of a menu."""
    entry: Element = {"text": plain_text(label, OPTION_LIMIT), "value": value[:VALUE_LIMIT]}
    return entry | ({"description": plain_text(description, OPTION_LIMIT)} if description else {})


def group(label: str, options: Sequence[Element]) -> Element:
    """Return entries of a menu under a heading."""
    return {"label": plain_text(label, OPTION_LIMIT), "options": list(options)[:OPTIONS_LIMIT]}


def field(
    block_id: str, label: str, element: Element, *, hint: str = "", optional: bool = False, dispatch: bool = False
) -> Block:
    """Return an input with its label; with `dispatch` every change is told."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain_text(hint)
    if dispatch:
        block["dispatch_action"] = True
    return block


def text_box(
    action: str,
    *,
    value: str = "",
    placeholder: str = "",
    multiline: bool = False,
    most: int = TEXT_LIMIT,
    live: bool = False,
    focus: bool = False,
) -> Element:
    """Return a box for text; a `live` one tells of every character (with `dispatch` of its field)."""
    element: Element = {"type": "plain_text_input", "action_id": action, "multiline": multiline, "max_length": most}
    if value:
        element["initial_value"] = _kept(value)[:most]
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    if live:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    if focus:
        element["focus_on_load"] = True
    return element


def menu(action: str, options: Sequence[Element], *, chosen: str | None = None, placeholder: str = "") -> Element:
    """Return a menu of fixed options."""
    element: Element = {"type": "static_select", "action_id": action, "options": list(options)[:OPTIONS_LIMIT]}
    return _with_choice(element, element["options"], chosen, placeholder)


def grouped_menu(
    action: str, groups: Sequence[Element], *, chosen: str | None = None, placeholder: str = ""
) -> Element:
    """Return a menu of fixed options under headings."""
    element: Element = {"type": "static_select", "action_id": action, "option_groups": list(groups)[:OPTIONS_LIMIT]}
    return _with_choice(element, [one for entry in groups for one in entry["options"]], chosen, placeholder)


def asking_menu(action: str, *, least: int = 0, chosen: Element | None = None, placeholder: str = "") -> Element:
    """Return a menu whose options come from us while people type."""
    element: Element = {"type": "external_select", "action_id": action, "min_query_length": least}
    if chosen is not None:
        element["initial_option"] = chosen
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    return element


def boxes(action: str, options: Sequence[Element], *, ticked: Sequence[str] = ()) -> Element:
    """Return boxes to tick."""
    element: Element = {"type": "checkboxes", "action_id": action, "options": list(options)}
    initial = [one for one in options if one["value"] in ticked]
    return element | ({"initial_options": initial} if initial else {})


def overflow(action: str, options: Sequence[Element], *, confirm: Element | None = None) -> Element:
    """Return the menu behind ⋯."""
    element: Element = {"type": "overflow", "action_id": action, "options": list(options)}
    return element | ({"confirm": confirm} if confirm is not None else {})


def press(action: str, label: str, value: str, *, style: str | None = None, confirm: Element | None = None) -> Element:
    """Return a button of any act."""
    element: Element = {
        "type": "button",
        "action_id": action,
        "text": plain_text(label, BUTTON_LIMIT),
        "value": value,
    }
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    return element


def confirmation(title: str, text: str, *, yes: str, no: str, danger: bool = True) -> Element:
    """Return the question that is asked before a button acts."""
    asked: dict[str, Any] = {
        "title": plain_text(title, 100),
        "text": plain_text(text, CONFIRM_LIMIT),
        "confirm": plain_text(yes, 30),
        "deny": plain_text(no, 30),
    }
    return asked | ({"style": "danger"} if danger else {})


def _kept(text: str) -> str:
    """Return a text for a box: what people get back to edit is what is sent, but for half characters and NUL."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _with_choice(element: Element, options: Sequence[Element], chosen: str | None, placeholder: str) -> Element:
    for one in options:
        if chosen is not None and one["value"] == chosen:
            element["initial_option"] = one
            break
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    return element


def pages(action: str, total: int, offset: int, shown: int, *, per_page: int, words: tuple[str, str]) -> list[Block]:
    """Return what is shown of a list, and the buttons to what precedes and follows; nothing if one page has it all."""
    if total <= per_page and offset == 0:
        return []
    row = []
    if offset > 0:
        row.append(press(f"{action}:back", words[0], button_value(offset=str(max(offset - per_page, 0)))))
    if offset + shown < total:
        row.append(press(f"{action}:on", words[1], button_value(offset=str(offset + per_page))))
    said = context(f"{offset + 1} to {offset + shown} of {total:,}" if shown else f"{total:,} in all")
    return [said, *([actions(*row)] if row else [])]
