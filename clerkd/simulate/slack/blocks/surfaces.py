"""Messages, modals, App Homes and option lists as wholes. Each function returns problems in Slack's wording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from clerkd.simulate.slack.blocks.layout import BLOCKS, MARKDOWN_TEXT
from clerkd.simulate.slack.blocks.objects import OPTIONS, option_group, plain_option, plain_text
from clerkd.simulate.slack.blocks.schema import (
    Check,
    Problem,
    array,
    boolean,
    constant,
    exactly_one,
    fields,
    string,
    tagged,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_TITLE = 24
PRIVATE_METADATA = 3000

_IN_MESSAGE = set(BLOCKS)
_IN_VIEW = set(BLOCKS) - {"markdown", "file"}

Json = dict[str, Any]


def message_problems(blocks: Any) -> list[str]:
    """Return what Slack would refuse in the blocks of a message; an empty list when it would take them."""
    problems = list(array(tagged(BLOCKS, _IN_MESSAGE), 0, MESSAGE_BLOCKS)(blocks, "/blocks"))
    if not problems:
        problems = [*_unique_ids(blocks, "/blocks"), *_only_in_modals(blocks, "/blocks"), *_markdown_size(blocks)]
    return _worded(problems)


def view_problems(view: Any) -> list[str]:
    """Return what Slack would refuse in a modal or an App Home."""
    problems = list(tagged({"modal": _modal, "home": _home})(view, "/view"))
    if not problems:
        where, blocks = "/view/blocks", view["blocks"]
        problems = [*_unique_ids(blocks, where), *_one_focus(blocks, where)]
        if view["type"] == "home":
            problems += _only_in_modals(blocks, where)
        elif "submit" not in view and any(block["type"] == "input" for block in blocks):
            problems.append(("a modal with input blocks must have a submit", "/view/submit"))
    return _worded(problems)


def options_problems(answer: Any) -> list[str]:
    """Return what Slack would refuse in the answer to a block_suggestion."""
    return _worded(list(_suggestions(answer, "")))


def message_size(blocks: list[Json]) -> int:
    """Return how many characters of text the blocks hold together."""
    return sum(len(text) for block in blocks for text in _texts(block))


_view_common: dict[str, Check] = {
    "private_metadata": string(0, PRIVATE_METADATA),
    "callback_id": string(0, 255),
    "external_id": string(0, 255),
}
_view_blocks = array(tagged(BLOCKS, _IN_VIEW), 1, VIEW_BLOCKS)
_modal = fields(
    {"type": constant("modal"), "title": plain_text(VIEW_TITLE), "blocks": _view_blocks},
    _view_common
    | {
        "submit": plain_text(VIEW_TITLE),
        "close": plain_text(VIEW_TITLE),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_home = fields({"type": constant("home"), "blocks": _view_blocks}, _view_common)
_suggestions = fields(
    {},
    {"options": array(plain_option, 0, OPTIONS), "option_groups": array(option_group, 0, OPTIONS)},
    exactly_one("options", "option_groups"),
)


def _elements(block: Json, where: str) -> Iterator[tuple[Json, str]]:
    for name in ("element", "accessory"):
        if name in block:
            yield block[name], f"{where}/{name}"
    if block["type"] == "actions":
        for index, element in enumerate(block["elements"]):
            yield element, f"{where}/elements/{index}"


def _unique_ids(blocks: list[Json], where: str) -> Iterator[Problem]:
    block_ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    for index, block in enumerate(blocks):
        if block_ids[block.get("block_id", "")] > 1:
            yield f"block_id {block['block_id']} already exists", f"{where}/{index}/block_id"
        action_ids = Counter(element["action_id"] for element, _ in _elements(block, "") if element.get("action_id"))
        for action_id, count in action_ids.items():
            if count > 1:
                yield f"action_id {action_id} already exists in this block", f"{where}/{index}"


def _only_in_modals(blocks: list[Json], where: str) -> Iterator[Problem]:
    for index, block in enumerate(blocks):
        for element, there in _elements(block, f"{where}/{index}"):
            if element["type"] == "file_input" or "response_url_enabled" in element:
                yield f"unsupported outside modals: {element['type']}", there


def _one_focus(blocks: list[Json], where: str) -> Iterator[Problem]:
    focused = [
        there
        for index, block in enumerate(blocks)
        for element, there in _elements(block, f"{where}/{index}")
        if element.get("focus_on_load")
    ]
    for there in focused[1:]:
        yield "only one element may have focus_on_load", there


def _markdown_size(blocks: list[Json]) -> Iterator[Problem]:
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_TEXT:
        yield f"markdown blocks together must be less than {MARKDOWN_TEXT + 1} characters", "/blocks"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)


def _worded(problems: list[Problem]) -> list[str]:
    return [f"[ERROR] {what} [json-pointer:{where}]" for what, where in problems]
