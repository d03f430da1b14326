"""Block Kit payloads that Slack takes. Each call gives a fresh copy, for tests that spoil one."""

from typing import Any

Json = dict[str, Any]


def plain(text: str = "text") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "*text*") -> Json:
    return {"type": "mrkdwn", "text": text}


def option(number: int = 1) -> Json:
    return {"text": plain(f"Option {number}"), "value": f"o:{number}"}


def options(count: int = 2) -> list[Json]:
    return [option(number) for number in range(1, count + 1)]


def button(**fields: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go")} | fields


def confirm() -> Json:
    return {"title": plain("Sure?"), "text": mrkdwn(), "confirm": plain("Yes"), "deny": plain("No")}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": mrkdwn()} | fields


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements) or [button()]}


def context(*elements: Json) -> Json:
    return {"type": "context", "elements": list(elements) or [mrkdwn()]}


def element(kind: str, **fields: Any) -> Json:
    return {"type": kind, "action_id": f"an.{kind}"} | fields


def labelled(inner: Json, **fields: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": inner} | fields


def image(**fields: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a picture"} | fields


def rich_text(*parts: Json) -> Json:
    inner = list(parts) or [{"type": "text", "text": "hostile <!channel> *text*"}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": inner}]}


def modal(*blocks: Json, **fields: Any) -> Json:
    inner = list(blocks) or [labelled(element("plain_text_input"))]
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": inner} | fields


def home(*blocks: Json, **fields: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [section()]} | fields


VALID_MESSAGES: dict[str, list[Json]] = {
    "a contact card": [
        {"type": "header", "text": plain("Ann Example")},
        section(fields=[mrkdwn("*From*"), plain("+1 415 555 0100")]),
        actions(button(action_id="a", style="primary"), button(action_id="b", confirm=confirm())),
        context(mrkdwn(), plain(), image()),
        {"type": "divider"},
    ],
    "text at every limit": [
        section(text=plain("x" * 3000), block_id="b" * 255),
        {"type": "header", "text": plain("x" * 150)},
        section(text=plain("x"), fields=[plain("x" * 2000)] * 3),
    ],
    "fifty blocks": [section()] * 50,
    "twenty-five buttons": [actions(*(button(action_id=f"b{number}") for number in range(25)))],
    "an overflow menu": [section(accessory=element("overflow", options=options(5)))],
    "rich text of all sorts": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": "bold", "style": {"bold": True}},
                        {"type": "link", "url": "https://example.com", "text": "example"},
                        {"type": "emoji", "name": "smile", "unicode": "1f604"},
                        {"type": "user", "user_id": "U012345"},
                        {"type": "broadcast", "range": "here"},
                        {"type": "date", "timestamp": 1700000000, "format": "{date_short}", "fallback": "then"},
                    ],
                },
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}], "border": 0},
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "indent": 1,
                    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}],
                },
            ],
        }
    ],
    "every menu": [
        actions(
            element("static_select", options=options(100), placeholder=plain("Pick")),
            element("external_select", min_query_length=0, placeholder=plain("Pick")),
            element("users_select", placeholder=plain("Pick")),
            element("conversations_select", placeholder=plain("Pick"), filter={"include": ["public", "im"]}),
            element("channels_select", placeholder=plain("Pick")),
            element("datepicker", initial_date="2026-02-28"),
            element("timepicker", initial_time="23:59"),
            element("datetimepicker", initial_date_time=1_700_000_000),
            element("checkboxes", options=options(10)),
            element("radio_buttons", options=options(), initial_option=option(2)),
        )
    ],
    "a picture": [image(title=plain("Picture"))],
    "a plain text input": [labelled(element("plain_text_input"), dispatch_action=True)],
}

VALID_VIEWS: dict[str, Json] = {
    "every input": modal(
        labelled(element("plain_text_input", multiline=True, max_length=3000, focus_on_load=True), hint=plain("Hint")),
        labelled(
            element("external_select", min_query_length=0, placeholder=plain("To")),
            dispatch_action=True,
        ),
        labelled(element("multi_users_select", max_selected_items=5), optional=True),
        labelled(
            element(
                "multi_conversations_select",
                filter={"include": ["public", "private"], "exclude_external_shared_channels": True},
            ),
            optional=True,
        ),
        labelled(element("multi_static_select", option_groups=[{"label": plain("Group"), "options": options()}])),
        labelled(element("number_input", is_decimal_allowed=False, min_value="1", max_value="10")),
        labelled(element("email_text_input")),
        labelled(element("url_text_input")),
        labelled(element("file_input", filetypes=["png"], max_files=10)),
        labelled(
            element(
                "plain_text_input",
                action_id="live",
                dispatch_action_config={"trigger_actions_on": ["on_character_entered"]},
            ),
            dispatch_action=True,
        ),
        private_metadata="m" * 3000,
        callback_id="c" * 255,
        notify_on_close=True,
        clear_on_close=True,
        close=plain("Cancel"),
    ),
    "without inputs and submit": {"type": "modal", "title": plain("T" * 24), "blocks": [section()]},
    "a hundred blocks": modal(*[{"type": "divider"}] * 100),
    "a home": home(section(), actions(), private_metadata="x"),
}
