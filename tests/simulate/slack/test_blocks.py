"""The Block Kit validator: what Slack takes, and one payload for each thing that it refuses."""

import copy

import pytest
from fakes.block_samples import (
    VALID_MESSAGES,
    VALID_VIEWS,
    actions,
    button,
    confirm,
    context,
    element,
    home,
    image,
    labelled,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    rich_text,
    section,
)
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from clerkd.simulate.slack.blocks.surfaces import message_problems, message_size, options_problems, view_problems


@pytest.mark.parametrize("name", VALID_MESSAGES)
def test_valid_blocks_are_taken_here_and_by_the_sdk(name):
    blocks = copy.deepcopy(VALID_MESSAGES[name])

    assert message_problems(blocks) == []
    for block in Block.parse_all(copy.deepcopy(blocks)):
        block.validate_json()


@pytest.mark.parametrize("name", VALID_VIEWS)
def test_valid_views_are_taken_here_and_by_the_sdk(name):
    view = copy.deepcopy(VALID_VIEWS[name])

    assert view_problems(view) == []
    View(**copy.deepcopy(view)).validate_json()


MENU = "static_select"

# what is wrong -> (the blocks of a message, where it is wrong)
BAD_MESSAGES = {
    "51 blocks": ([section()] * 51, "/blocks"),
    "blocks that are no list": ({"type": "section"}, "/blocks"),
    "a block that is no object": (["section"], "/blocks/0"),
    "a block without type": ([{"text": mrkdwn()}], "/blocks/0"),
    "an unknown block": ([{"type": "sektion"}], "/blocks/0/type"),
    "an unknown property": ([section(colour="red")], "/blocks/0"),
    "a section without text and fields": ([{"type": "section"}], "/blocks/0"),
    "an empty section text": ([section(text=mrkdwn(""))], "/blocks/0/text/text"),
    "a section text of 3001": ([section(text=mrkdwn("x" * 3001))], "/blocks/0/text/text"),
    "a text that is a bare string": ([section(text="hi")], "/blocks/0/text"),
    "an unknown text type": ([section(text={"type": "markdown", "text": "x"})], "/blocks/0/text/type"),
    "emoji on mrkdwn": ([section(text=mrkdwn() | {"emoji": True})], "/blocks/0/text"),
    "verbatim on plain text": ([section(text=plain() | {"verbatim": True})], "/blocks/0/text"),
    "a field of 2001": ([section(fields=[mrkdwn("x" * 2001)])], "/blocks/0/fields/0/text"),
    "eleven fields": ([section(fields=[mrkdwn()] * 11)], "/blocks/0/fields"),
    "no fields": ([section(fields=[])], "/blocks/0/fields"),
    "a header in mrkdwn": ([{"type": "header", "text": mrkdwn()}], "/blocks/0/text/type"),
    "a header of 151": ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    "a header without text": ([{"type": "header"}], "/blocks/0"),
    "a divider with text": ([{"type": "divider", "text": plain()}], "/blocks/0"),
    "an empty actions block": ([{"type": "actions", "elements": []}], "/blocks/0/elements"),
    "26 actions": ([actions(*(button(action_id=f"b{n}") for n in range(26)))], "/blocks/0/elements"),
    "an input among actions": ([actions(element("plain_text_input"))], "/blocks/0/elements/0/type"),
    "a multi-select among actions": ([actions(element("multi_users_select"))], "/blocks/0/elements/0/type"),
    "an empty context": ([{"type": "context", "elements": []}], "/blocks/0/elements"),
    "eleven context elements": ([context(*[mrkdwn()] * 11)], "/blocks/0/elements"),
    "a button in a context": ([context(button())], "/blocks/0/elements/0/type"),
    "an image without alt_text": ([{"type": "image", "image_url": "https://example.com/a"}], "/blocks/0"),
    "an image without a source": ([{"type": "image", "alt_text": "a"}], "/blocks/0"),
    "an image with two sources": ([image(slack_file={"id": "F1"})], "/blocks/0"),
    "an image url of 3001": ([image(image_url="h" * 3001)], "/blocks/0/image_url"),
    "an image alt of 2001": ([image(alt_text="x" * 2001)], "/blocks/0/alt_text"),
    "a button text of 76": ([actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text/text"),
    "a button text in mrkdwn": ([actions(button(text=mrkdwn()))], "/blocks/0/elements/0/text/type"),
    "a button value of 2001": ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    "a button value that is a number": ([actions(button(value=7))], "/blocks/0/elements/0/value"),
    "a button url of 3001": ([actions(button(url="x" * 3001))], "/blocks/0/elements/0/url"),
    "a button in an unknown style": ([actions(button(style="warning"))], "/blocks/0/elements/0/style"),
    "an action_id of 256": ([actions(button(action_id="x" * 256))], "/blocks/0/elements/0/action_id"),
    "a block_id of 256": ([section(block_id="x" * 256)], "/blocks/0/block_id"),
    "the same block_id twice": ([section(block_id="x"), section(block_id="x")], "/blocks/0/block_id"),
    "the same action_id twice in a block": ([actions(button(), button())], "/blocks/0"),
    "a confirmation without deny": (
        [actions(button(confirm={k: v for k, v in confirm().items() if k != "deny"}))],
        "/blocks/0/elements/0/confirm",
    ),
    "a confirmation text of 301": (
        [actions(button(confirm=confirm() | {"text": mrkdwn("x" * 301)}))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "a confirmation title of 101": (
        [actions(button(confirm=confirm() | {"title": plain("x" * 101)}))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "a confirmation button of 31": (
        [actions(button(confirm=confirm() | {"confirm": plain("x" * 31)}))],
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    "a select without options": ([actions(element(MENU))], "/blocks/0/elements/0"),
    "an empty list of options": ([actions(element(MENU, options=[]))], "/blocks/0/elements/0/options"),
    "101 options": ([actions(element(MENU, options=options(101)))], "/blocks/0/elements/0/options"),
    "options and groups": (
        [actions(element(MENU, options=options(), option_groups=[{"label": plain(), "options": options()}]))],
        "/blocks/0/elements/0",
    ),
    "an option text of 76": (
        [actions(element(MENU, options=[option() | {"text": plain("x" * 76)}]))],
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "an option value of 151": (
        [actions(element(MENU, options=[option() | {"value": "x" * 151}]))],
        "/blocks/0/elements/0/options/0/value",
    ),
    "an option description of 76": (
        [actions(element(MENU, options=[option() | {"description": plain("x" * 76)}]))],
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "an initial option that is not offered": (
        [actions(element(MENU, options=options(), initial_option=option(3)))],
        "/blocks/0/elements/0/initial_option",
    ),
    "a placeholder of 151": (
        [actions(element(MENU, options=options(), placeholder=plain("x" * 151)))],
        "/blocks/0/elements/0/placeholder/text",
    ),
    "six overflow options": (
        [section(accessory=element("overflow", options=options(6)))],
        "/blocks/0/accessory/options",
    ),
    "eleven checkboxes": (
        [actions(element("checkboxes", options=options(11)))],
        "/blocks/0/elements/0/options",
    ),
    "a date that is none": (
        [actions(element("datepicker", initial_date="28.02.2026"))],
        "/blocks/0/elements/0/initial_date",
    ),
    "a time that is none": (
        [actions(element("timepicker", initial_time="24:00"))],
        "/blocks/0/elements/0/initial_time",
    ),
    "a moment in milliseconds": (
        [actions(element("datetimepicker", initial_date_time=1_700_000_000_000))],
        "/blocks/0/elements/0/initial_date_time",
    ),
    "a text input as accessory": (
        [section(accessory=element("plain_text_input"))],
        "/blocks/0/accessory/type",
    ),
    "an empty filter": (
        [actions(element("conversations_select", filter={}))],
        "/blocks/0/elements/0/filter",
    ),
    "a file input in a message": ([labelled(element("file_input"))], "/blocks/0/element"),
    "empty rich text": ([rich_text({"type": "text", "text": ""})], "/blocks/0/elements/0/elements/0/text"),
    "rich text of an unknown sort": ([rich_text({"type": "blink"})], "/blocks/0/elements/0/elements/0/type"),
    "an unknown rich text style": (
        [rich_text({"type": "text", "text": "x", "style": {"loud": True}})],
        "/blocks/0/elements/0/elements/0/style",
    ),
    "a broadcast to nobody": (
        [rich_text({"type": "broadcast", "range": "world"})],
        "/blocks/0/elements/0/elements/0/range",
    ),
    "a list of bare text": (
        [{"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [plain()]}]}],
        "/blocks/0/elements/0/elements/0/type",
    ),
    "12,001 characters of markdown": ([{"type": "markdown", "text": "x" * 12_001}], "/blocks/0/text"),
    "12,001 characters of markdown in two": ([{"type": "markdown", "text": "x" * 6_001}] * 2, "/blocks"),
}

TYPED = "plain_text_input"
BAD_VIEWS = {
    "no object": ([], "/view"),
    "an unknown type": (modal(type="window"), "/view/type"),
    "no title": ({"type": "modal", "blocks": []}, "/view"),
    "a title of 25": (modal(title=plain("x" * 25)), "/view/title/text"),
    "a title in mrkdwn": (modal(title=mrkdwn()), "/view/title/type"),
    "a submit of 25": (modal(submit=plain("x" * 25)), "/view/submit/text"),
    "a close of 25": (modal(close=plain("x" * 25)), "/view/close/text"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "/view/blocks"),
    "no blocks": ({"type": "modal", "title": plain()}, "/view"),
    "an empty home": ({"type": "home", "blocks": []}, "/view/blocks"),
    "an input without submit": (
        {"type": "modal", "title": plain(), "blocks": [labelled(element(TYPED))]},
        "/view/submit",
    ),
    "private_metadata of 3001": (modal(private_metadata="x" * 3001), "/view/private_metadata"),
    "private_metadata that is an object": (modal(private_metadata={}), "/view/private_metadata"),
    "a callback_id of 256": (modal(callback_id="x" * 256), "/view/callback_id"),
    "an external_id of 256": (modal(external_id="x" * 256), "/view/external_id"),
    "an unknown property": (modal(size="large"), "/view"),
    "a home with submit": (home(submit=plain()), "/view"),
    "a home with close": (home(close=plain()), "/view"),
    "a file input on a home": (home(labelled(element("file_input"))), "/view/blocks/0/element"),
    "markdown in a view": (modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type"),
    "a label of 2001": (modal(labelled(element(TYPED), label=plain("x" * 2001))), "/view/blocks/0/label/text"),
    "a label in mrkdwn": (modal(labelled(element(TYPED), label=mrkdwn())), "/view/blocks/0/label/type"),
    "a hint of 2001": (modal(labelled(element(TYPED), hint=plain("x" * 2001))), "/view/blocks/0/hint/text"),
    "an input without element": (modal({"type": "input", "label": plain()}), "/view/blocks/0"),
    "a button in an input": (modal(labelled(button())), "/view/blocks/0/element/type"),
    "max_length of 3001": (
        modal(labelled(element(TYPED, max_length=3001))),
        "/view/blocks/0/element/max_length",
    ),
    "min_length above max_length": (
        modal(labelled(element(TYPED, min_length=9, max_length=8))),
        "/view/blocks/0/element",
    ),
    "an initial value above max_length": (
        modal(labelled(element(TYPED, initial_value="xxx", max_length=2))),
        "/view/blocks/0/element/initial_value",
    ),
    "two elements with the focus": (
        modal(
            labelled(element(TYPED, focus_on_load=True)),
            labelled(element(TYPED, focus_on_load=True)),
        ),
        "/view/blocks/1/element",
    ),
    "a number input that does not say whether decimals": (
        modal(labelled(element("number_input"))),
        "/view/blocks/0/element",
    ),
    "a decimal where none are allowed": (
        modal(labelled(element("number_input", is_decimal_allowed=False, initial_value="1.5"))),
        "/view/blocks/0/element/initial_value",
    ),
    "eleven files": (modal(labelled(element("file_input", max_files=11))), "/view/blocks/0/element/max_files"),
    "an unknown dispatch trigger": (
        modal(labelled(element(TYPED, dispatch_action_config={"trigger_actions_on": ["on_blur"]}))),
        "/view/blocks/0/element/dispatch_action_config/trigger_actions_on/0",
    ),
    "nobody may be selected": (
        modal(labelled(element("multi_users_select", max_selected_items=0))),
        "/view/blocks/0/element/max_selected_items",
    ),
    "a conversation kind that is none": (
        modal(labelled(element("conversations_select", filter={"include": ["everything"]}))),
        "/view/blocks/0/element/filter/include/0",
    ),
}


@pytest.mark.parametrize("name", BAD_MESSAGES)
def test_blocks_that_slack_refuses_are_refused_at_their_place(name):
    blocks, where = BAD_MESSAGES[name]

    assert f"[json-pointer:{where}]" in " ".join(message_problems(blocks))


@pytest.mark.parametrize("name", BAD_VIEWS)
def test_views_that_slack_refuses_are_refused_at_their_place(name):
    view, where = BAD_VIEWS[name]

    assert f"[json-pointer:{where}]" in " ".join(view_problems(view))


def test_the_size_of_a_message_is_the_text_of_all_its_blocks():
    assert message_size([section(text=plain("x" * 3000), fields=[plain("y" * 2000)] * 5), actions()]) == 13_002


@pytest.mark.parametrize(
    "answer", [{}, {"options": [], "option_groups": []}, {"options": options(101)}, {"options": [plain()]}]
)
def test_a_bad_answer_to_a_suggestion_is_refused(answer):
    assert options_problems(answer)


@pytest.mark.parametrize(
    "answer",
    [{"options": []}, {"options": options(100)}, {"option_groups": [{"label": plain(), "options": options()}]}],
)
def test_a_good_answer_to_a_suggestion_is_taken(answer):
    assert options_problems(answer) == []
