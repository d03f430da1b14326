"""Composition objects: text, options, confirmation dialogs, filters (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clerkd.simulate.slack.blocks.schema import (
    Check,
    Problem,
    array,
    at_least_one,
    boolean,
    constant,
    exactly_one,
    fields,
    one_of,
    string,
    tagged,
)

ID_LENGTH = 255  # action_id, block_id, callback_id, external_id
URL_LENGTH = 3000
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTIONS = 100

identifier = string(1, ID_LENGTH)
url = string(1, URL_LENGTH)


def plain_text(most: int) -> Check:
    """Text in which nothing is parsed, apart from emoji if `emoji` says so."""
    return fields({"type": constant("plain_text"), "text": string(1, most)}, {"emoji": boolean})


def mrkdwn(most: int) -> Check:
    """Text in Slack's markup."""
    return fields({"type": constant("mrkdwn"), "text": string(1, most)}, {"verbatim": boolean})


def any_text(most: int) -> Check:
    """Either kind of text."""
    return tagged({"plain_text": plain_text(most), "mrkdwn": mrkdwn(most)})


def _option(text: Check, description: Check, **more: Check) -> Check:
    return fields({"text": text, "value": string(1, OPTION_VALUE)}, {"description": description, **more})


plain_option = _option(plain_text(OPTION_TEXT), plain_text(OPTION_TEXT))
overflow_option = _option(plain_text(OPTION_TEXT), plain_text(OPTION_TEXT), url=url)
marked_option = _option(any_text(OPTION_TEXT), any_text(OPTION_TEXT))  # checkboxes and radio buttons

option_group = fields({"label": plain_text(OPTION_TEXT), "options": array(plain_option, 1, OPTIONS)})

confirm = fields(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)

dispatch_action_config = fields(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)},
)

conversation_filter = fields(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

slack_file = fields({}, {"id": string(1), "url": url}, exactly_one("id", "url"))


def initial_is_offered(initial: str) -> Check:
    """The initial option, or each of the initial options, must be one of those offered, exactly."""

    def check(value: Any, where: str) -> Iterator[Problem]:
        if initial not in value:
            return
        offered = list(value.get("options", ()))
        for group in value.get("option_groups", ()):
            offered += group["options"]
        chosen = value[initial] if isinstance(value[initial], list) else [value[initial]]
        if any(one not in offered for one in chosen):
            yield f"{initial} must be among the options", f"{where}/{initial}"

    return check
