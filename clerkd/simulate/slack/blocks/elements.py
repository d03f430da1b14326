"""Interactive elements, each with its limits (docs.slack.dev/reference/block-kit/block-elements)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clerkd.simulate.slack.blocks.objects import (
    OPTIONS,
    confirm,
    conversation_filter,
    dispatch_action_config,
    identifier,
    initial_is_offered,
    marked_option,
    option_group,
    overflow_option,
    plain_option,
    plain_text,
    slack_file,
    url,
)
from clerkd.simulate.slack.blocks.rich_text import rich_text
from clerkd.simulate.slack.blocks.schema import (
    Check,
    Problem,
    array,
    boolean,
    constant,
    exactly_one,
    fields,
    integer,
    one_of,
    string,
)

PLACEHOLDER = plain_text(150)
INPUT_LENGTH = 3000
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_NUMBER = r"-?\d+(\.\d+)?"


def _element(kind: str, required: dict[str, Check], optional: dict[str, Check], *rules: Check) -> Check:
    common: dict[str, Check] = {"action_id": identifier}
    return fields({"type": constant(kind), **required}, common | optional, *rules)


def _focusable(kind: str, required: dict[str, Check], optional: dict[str, Check], *rules: Check) -> Check:
    """An element that may take the focus when its view opens."""
    return _element(kind, required, {"focus_on_load": boolean} | optional, *rules)


def _menu(kind: str, optional: dict[str, Check], *rules: Check) -> Check:
    """A select menu; the `multi_` kinds limit how many are chosen."""
    several: dict[str, Check] = {"max_selected_items": integer(1)} if kind.startswith("multi_") else {}
    common: dict[str, Check] = {"placeholder": PLACEHOLDER, "confirm": confirm}
    return _focusable(kind, {}, common | several | optional, *rules)


def _text_box(kind: str, optional: dict[str, Check], *rules: Check, **required: Check) -> Check:
    common: dict[str, Check] = {"placeholder": PLACEHOLDER, "dispatch_action_config": dispatch_action_config}
    return _focusable(kind, required, common | optional, *rules)


def _lengths_fit(value: Any, where: str) -> Iterator[Problem]:
    least, most = value.get("min_length", 0), value.get("max_length", INPUT_LENGTH)
    if least > most:
        yield "min_length must not be greater than max_length", where
    if len(value.get("initial_value", "")) > most:
        yield f"must be less than {most + 1} characters", f"{where}/initial_value"


def _decimals_fit(value: Any, where: str) -> Iterator[Problem]:
    for name in ("initial_value", "min_value", "max_value"):
        if "." in value.get(name, "") and not value["is_decimal_allowed"]:
            yield "decimals are not allowed", f"{where}/{name}"
    if "min_value" in value and "max_value" in value and float(value["min_value"]) > float(value["max_value"]):
        yield "min_value must not be greater than max_value", where


_options = array(plain_option, 1, OPTIONS)
_groups = array(option_group, 1, OPTIONS)
_ids = array(string(1), 0)
_offered: dict[str, Check] = {"options": _options, "option_groups": _groups}
_one_source = exactly_one("options", "option_groups")
_query: dict[str, Check] = {"min_query_length": integer(0)}
_conversations: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": conversation_filter}

image = fields(
    {"type": constant("image"), "alt_text": string(1, 2000)},
    {"image_url": url, "slack_file": slack_file},
    exactly_one("image_url", "slack_file"),
)

ELEMENTS: dict[str, Check] = {
    "image": image,
    "button": _element(
        "button",
        {"text": plain_text(75)},
        {
            "url": url,
            "value": string(0, 2000),
            "style": one_of("primary", "danger"),
            "confirm": confirm,
            "accessibility_label": string(0, 75),
        },
    ),
    "overflow": _element("overflow", {"options": array(overflow_option, 1, 5)}, {"confirm": confirm}),
    "checkboxes": _focusable(
        "checkboxes",
        {"options": array(marked_option, 1, 10)},
        {"initial_options": array(marked_option, 1, 10), "confirm": confirm},
        initial_is_offered("initial_options"),
    ),
    "radio_buttons": _focusable(
        "radio_buttons",
        {"options": array(marked_option, 1, 10)},
        {"initial_option": marked_option, "confirm": confirm},
        initial_is_offered("initial_option"),
    ),
    "datepicker": _focusable(
        "datepicker", {}, {"initial_date": string(pattern=_DATE), "placeholder": PLACEHOLDER, "confirm": confirm}
    ),
    "timepicker": _focusable(
        "timepicker",
        {},
        {
            "initial_time": string(pattern=_TIME),
            "placeholder": PLACEHOLDER,
            "confirm": confirm,
            "timezone": string(1),
        },
    ),
    "datetimepicker": _focusable(
        "datetimepicker", {}, {"initial_date_time": integer(1_000_000_000, 9_999_999_999), "confirm": confirm}
    ),
    "static_select": _menu(
        "static_select",
        _offered | {"initial_option": plain_option},
        _one_source,
        initial_is_offered("initial_option"),
    ),
    "external_select": _menu("external_select", _query | {"initial_option": plain_option}),
    "users_select": _menu("users_select", {"initial_user": string(1)}),
    "channels_select": _menu("channels_select", {"initial_channel": string(1), "response_url_enabled": boolean}),
    "conversations_select": _menu(
        "conversations_select",
        _conversations | {"initial_conversation": string(1), "response_url_enabled": boolean},
    ),
    "multi_static_select": _menu(
        "multi_static_select",
        _offered | {"initial_options": array(plain_option, 0, OPTIONS)},
        _one_source,
        initial_is_offered("initial_options"),
    ),
    "multi_external_select": _menu(
        "multi_external_select", _query | {"initial_options": array(plain_option, 0, OPTIONS)}
    ),
    "multi_users_select": _menu("multi_users_select", {"initial_users": _ids}),
    "multi_channels_select": _menu("multi_channels_select", {"initial_channels": _ids}),
    "multi_conversations_select": _menu("multi_conversations_select", _conversations | {"initial_conversations": _ids}),
    "plain_text_input": _text_box(
        "plain_text_input",
        {
            "initial_value": string(0, INPUT_LENGTH),
            "multiline": boolean,
            "min_length": integer(0, INPUT_LENGTH),
            "max_length": integer(1, INPUT_LENGTH),
        },
        _lengths_fit,
    ),
    "email_text_input": _text_box("email_text_input", {"initial_value": string(1)}),
    "url_text_input": _text_box("url_text_input", {"initial_value": url}),
    "number_input": _text_box(
        "number_input",
        {name: string(pattern=_NUMBER) for name in ("initial_value", "min_value", "max_value")},
        _decimals_fit,
        is_decimal_allowed=boolean,
    ),
    "rich_text_input": _text_box("rich_text_input", {"initial_value": rich_text}),
    "file_input": _element("file_input", {}, {"filetypes": array(string(1), 1), "max_files": integer(1, 10)}),
}

_PICKERS = {"datepicker", "timepicker", "datetimepicker"}
_CHOICES = {"checkboxes", "radio_buttons"}
_SINGLE = {"static_select", "external_select", "users_select", "channels_select", "conversations_select"}
_MULTI = {f"multi_{kind}" for kind in _SINGLE}
_TEXT_BOXES = {
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
}  # fmt: skip

IN_SECTION = {"image", "button", "overflow"} | _CHOICES | _SINGLE | _MULTI | (_PICKERS - {"datetimepicker"})
IN_ACTIONS = {"button", "overflow", "rich_text_input"} | _CHOICES | _SINGLE | _PICKERS
IN_INPUT = _CHOICES | _SINGLE | _MULTI | _PICKERS | _TEXT_BOXES
