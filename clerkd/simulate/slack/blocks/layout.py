"""Layout blocks (docs.slack.dev/reference/block-kit/blocks)."""

from __future__ import annotations

from clerkd.simulate.slack.blocks.elements import ELEMENTS, IN_ACTIONS, IN_INPUT, IN_SECTION
from clerkd.simulate.slack.blocks.objects import any_text, identifier, mrkdwn, plain_text, slack_file, url
from clerkd.simulate.slack.blocks.rich_text import rich_text
from clerkd.simulate.slack.blocks.schema import (
    Check,
    array,
    at_least_one,
    boolean,
    constant,
    exactly_one,
    fields,
    string,
    tagged,
)

SECTION_TEXT = 3000
FIELD_TEXT = 2000
HEADER_TEXT = 150
CONTEXT_TEXT = 3000
MARKDOWN_TEXT = 12_000
LABEL_TEXT = 2000


def _block(kind: str, required: dict[str, Check], optional: dict[str, Check], *rules: Check) -> Check:
    return fields({"type": constant(kind), **required}, {"block_id": identifier, **optional}, *rules)


_context_part = tagged(
    {"image": ELEMENTS["image"], "mrkdwn": mrkdwn(CONTEXT_TEXT), "plain_text": plain_text(CONTEXT_TEXT)}
)

BLOCKS: dict[str, Check] = {
    "section": _block(
        "section",
        {},
        {
            "text": any_text(SECTION_TEXT),
            "fields": array(any_text(FIELD_TEXT), 1, 10),
            "accessory": tagged(ELEMENTS, IN_SECTION),
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "header": _block("header", {"text": plain_text(HEADER_TEXT)}, {}),
    "divider": _block("divider", {}, {}),
    "image": _block(
        "image",
        {"alt_text": string(1, 2000)},
        {"image_url": url, "slack_file": slack_file, "title": plain_text(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "actions": _block("actions", {"elements": array(tagged(ELEMENTS, IN_ACTIONS), 1, 25)}, {}),
    "context": _block("context", {"elements": array(_context_part, 1, 10)}, {}),
    "input": _block(
        "input",
        {"label": plain_text(LABEL_TEXT), "element": tagged(ELEMENTS, IN_INPUT)},
        {"hint": plain_text(LABEL_TEXT), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": rich_text,
    "markdown": _block("markdown", {"text": string(1, MARKDOWN_TEXT)}, {}),
    "video": _block(
        "video",
        {
            "alt_text": string(1),
            "title": plain_text(199),
            "thumbnail_url": url,
            "video_url": url,
        },
        {
            "author_name": string(0, 49),
            "description": plain_text(199),
            "provider_icon_url": url,
            "provider_name": string(0, 49),
            "title_url": url,
        },
    ),
    "file": _block("file", {"external_id": string(1), "source": constant("remote")}, {}),
}
