"""Build payloads anew with the `blockkit` package, which checks every field by rules that others wrote down."""

from __future__ import annotations

from typing import Any

import blockkit as kit

Json = dict[str, Any]

_TYPES = {
    "actions": kit.Actions, "button": kit.Button, "channel": kit.RichChannelEl, "checkboxes": kit.Checkboxes,
    "context": kit.Context, "conversations_select": kit.ConversationsSelect, "date": kit.RichDateEl,
    "datepicker": kit.DatePicker, "datetimepicker": kit.DatetimePicker, "divider": kit.Divider,
    "email_text_input": kit.EmailInput, "emoji": kit.RichEmojiEl, "external_select": kit.ExternalSelect,
    "file_input": kit.FileInput, "header": kit.Header, "home": kit.Home, "input": kit.Input, "link": kit.RichLinkEl,
    "modal": kit.Modal, "multi_channels_select": kit.MultiChannelsSelect,
    "multi_conversations_select": kit.MultiConversationsSelect, "multi_external_select": kit.MultiExternalSelect,
    "multi_static_select": kit.MultiStaticSelect, "multi_users_select": kit.MultiUsersSelect,
    "number_input": kit.NumberInput, "overflow": kit.Overflow, "plain_text_input": kit.PlainTextInput,
    "radio_buttons": kit.RadioButtons, "rich_text": kit.RichText, "rich_text_list": kit.RichTextList,
    "rich_text_preformatted": kit.RichTextPreformatted, "rich_text_quote": kit.RichTextQuote,
    "rich_text_section": kit.RichTextSection, "section": kit.Section, "static_select": kit.StaticSelect,
    "text": kit.RichTextEl, "timepicker": kit.TimePicker, "url_text_input": kit.UrlInput, "user": kit.RichUserEl,
    "users_select": kit.UsersSelect,
}  # fmt: skip
_OBJECTS = {
    "confirm": kit.Confirm, "dispatch_action_config": kit.DispatchActionConfig, "filter": kit.ConversationFilter,
    "initial_option": kit.Option, "initial_options": kit.Option, "options": kit.Option,
    "option_groups": kit.OptionGroup, "style": kit.RichStyle,
}  # fmt: skip
_EXTENSIONS = {"vcf": "vcard", "txt": "text"}  # Slack takes file extensions; blockkit knows names of file types


def rebuilt(payload: Json) -> Json:
    """Return the payload as `blockkit` writes it. Raise its errors for what it refuses.

    Where it is known to be wrong the field is left out and put back: see `_set`.
    """
    made = _component(payload, None).build()
    if "private_metadata" not in payload and made.get("private_metadata") == "null":
        del made["private_metadata"]  # it says null where nothing was said
    return made


def _component(value: Json, name: str | None) -> kit.core.Component:
    kind = value.get("type")
    if kind in ("plain_text", "mrkdwn"):
        made = kit.Text(value["text"]).type(kind)
        return made.emoji(value["emoji"]) if "emoji" in value else made
    made = kit.Message() if kind is None and "blocks" in value else _TYPES[kind]() if kind else _OBJECTS[name or ""]()
    for field, inside in value.items():
        if field != "type":
            _set(made, field, inside)
    if "option_groups" in value and "initial_option" in value:  # it looks for the option among the groups
        assert any(value["initial_option"] in group["options"] for group in value["option_groups"])
        made._validators = [one for one in made._validators if not isinstance(one, kit.core.Within)]
    return made


def _set(made: kit.core.Component, field: str, value: Any) -> None:
    if field == "min_query_length" and value == 0:  # it asks for 1; 0 offers options before anything is typed
        made._add_field(field, value)
    elif field == "filetypes":
        made.filetypes(*(_EXTENSIONS.get(one, one) for one in value)).validate()
        made._add_field(field, value)
    elif field.endswith("_value") and isinstance(made, kit.NumberInput):  # it takes numbers and writes strings
        getattr(made, field)(int(value))
    elif field == "trigger_actions_on":  # the one list that is not spread
        made.trigger_actions_on(value)
    elif isinstance(value, list):
        getattr(made, field)(*(_component(one, field) if isinstance(one, dict) else one for one in value))
    else:
        getattr(made, field)(_component(value, field) if isinstance(value, dict) else value)
