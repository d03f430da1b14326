"""What a person has entered in a view: Slack's `state.values`, element by element."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from typing import Any

from clerkd.simulate.slack.records import Json

# element type -> (key of its entry in the state, key of its initial value, whether it holds several)
ENTRY_KEYS: dict[str, tuple[str, str, bool]] = {
    "plain_text_input": ("value", "initial_value", False),
    "email_text_input": ("value", "initial_value", False),
    "url_text_input": ("value", "initial_value", False),
    "number_input": ("value", "initial_value", False),
    "rich_text_input": ("rich_text_value", "initial_value", False),
    "datepicker": ("selected_date", "initial_date", False),
    "timepicker": ("selected_time", "initial_time", False),
    "datetimepicker": ("selected_date_time", "initial_date_time", False),
    "static_select": ("selected_option", "initial_option", False),
    "external_select": ("selected_option", "initial_option", False),
    "users_select": ("selected_user", "initial_user", False),
    "channels_select": ("selected_channel", "initial_channel", False),
    "conversations_select": ("selected_conversation", "initial_conversation", False),
    "multi_static_select": ("selected_options", "initial_options", True),
    "multi_external_select": ("selected_options", "initial_options", True),
    "multi_users_select": ("selected_users", "initial_users", True),
    "multi_channels_select": ("selected_channels", "initial_channels", True),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", True),
    "radio_buttons": ("selected_option", "initial_option", False),
    "checkboxes": ("selected_options", "initial_options", True),
    "file_input": ("files", "initial_files", True),
}
_OPTION_KEYS = ("selected_option", "selected_options")


def elements_of(block: Json) -> Iterator[Json]:
    """Yield the interactive elements of one block."""
    if isinstance(block.get("element"), dict):
        yield block["element"]
    if isinstance(block.get("accessory"), dict):
        yield block["accessory"]
    if block["type"] == "actions":
        yield from block["elements"]


def fill_ids(blocks: list[Json], rng: random.Random) -> list[Json]:
    """Give every block and every interactive element the id that it lacks, in place, as Slack does."""
    letters = string.ascii_letters + string.digits
    for block in blocks:
        if not block.get("block_id"):
            block["block_id"] = "".join(rng.choices(letters, k=5))
        for element in elements_of(block):
            if element["type"] != "image" and not element.get("action_id"):
                element["action_id"] = "".join(rng.choices(letters, k=5))
    return blocks


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """Return the block and the element with this action_id; raise `KeyError`."""
    for block in blocks:
        if block_id in (None, block.get("block_id")):
            for element in elements_of(block):
                if element.get("action_id") == action_id:
                    return block, element
    raise KeyError(action_id)


def initial_state(blocks: list[Json], kept: dict[str, dict[str, Json]]) -> dict[str, dict[str, Json]]:
    """Return the state of a fresh or updated form; what was entered in an input of the same ids stays."""
    state: dict[str, dict[str, Json]] = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] not in ENTRY_KEYS:
                continue
            action_id = element["action_id"]
            old = kept.get(block["block_id"], {}).get(action_id)
            same_kind = old is not None and old["type"] == element["type"]
            state.setdefault(block["block_id"], {})[action_id] = old if same_kind and old else _untouched(element)
    return state


def _untouched(element: Json) -> Json:
    key, initial_key, several = ENTRY_KEYS[element["type"]]
    return {"type": element["type"], key: element.get(initial_key, [] if several else None)}


def entry(element: Json, value: Any, look_up: Callable[[str], Json | None]) -> Json:
    """Return the state entry of an element after a person entered `value`.

    Options are named by their value and found with `look_up`; raise `ValueError` for one that is not offered.
    """
    key, _, several = ENTRY_KEYS[element["type"]]
    if key in _OPTION_KEYS:
        value = [_option(one, look_up) for one in value] if several else (value and _option(value, look_up))
    return {"type": element["type"], key: value}


def _option(value: Any, look_up: Callable[[str], Json | None]) -> Json:
    wanted = value["value"] if isinstance(value, dict) else value
    option = look_up(wanted)
    if option is None:
        msg = f"no option has the value {wanted!r}"
        raise ValueError(msg)
    return option


def offered_options(element: Json) -> list[Json]:
    """Return the options that an element lists itself, from groups too."""
    options = list(element.get("options", ()))
    for group in element.get("option_groups", ()):
        options += group["options"]
    return options


def missing_inputs(blocks: list[Json], state: dict[str, dict[str, Json]]) -> list[str]:
    """Return the block_ids of the required inputs that are empty: the client does not submit with these."""
    missing = []
    for block in blocks:
        if block["type"] == "input" and not block.get("optional", False):
            held = state[block["block_id"]][block["element"]["action_id"]]
            if not held[ENTRY_KEYS[held["type"]][0]]:
                missing.append(block["block_id"])
    return missing
