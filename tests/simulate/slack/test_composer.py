"""What Slack's message box makes of what a person types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.simulate.slack.blocks.surfaces import message_problems
from clerkd.simulate.slack.composer import Composer

COMPOSER = Composer({"alice": "U1"}.get, {"general": "C1"}.get, lambda: "b")


def parts(typed: str) -> list[dict]:
    """Return the elements of a message that is one section."""
    (block,) = COMPOSER.compose(typed).blocks
    (section,) = block["elements"]
    assert section["type"] == "rich_text_section"
    return section["elements"]


@pytest.mark.parametrize(
    ("typed", "text", "element"),
    [
        ("a < b & c > d", "a &lt; b &amp; c &gt; d", {"type": "text", "text": "a < b & c > d"}),
        ("@alice", "<@U1>", {"type": "user", "user_id": "U1"}),
        ("@nobody", "@nobody", {"type": "text", "text": "@nobody"}),
        ("@here", "<!here>", {"type": "broadcast", "range": "here"}),
        ("#general", "<#C1|general>", {"type": "channel", "channel_id": "C1"}),
        ("https://example.com/?a=1&b=2", "<https://example.com/?a=1&amp;b=2>", None),
        ("example.com", "<http://example.com|example.com>", None),
        ("a@example.com", "<mailto:a@example.com|a@example.com>", None),
        ("4155550100", "<tel:4155550100|4155550100>", {"type": "link", "url": "tel:4155550100", "text": "4155550100"}),
        ("+44 7700 900123", "<tel:+447700900123|+44 7700 900123>", None),
        ("room 1234567", "room 1234567", {"type": "text", "text": "room 1234567"}),
        ("2024-01-02 12:30", "2024-01-02 12:30", {"type": "text", "text": "2024-01-02 12:30"}),
        (":smile:", ":smile:", {"type": "emoji", "name": "smile", "unicode": "1f604"}),
        ("😄", ":smile:", {"type": "emoji", "name": "smile", "unicode": "1f604"}),
        ("👍🏽", ":+1::skin-tone-4:", {"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fd", "skin_tone": 4}),
        ("❤️", ":heart:", {"type": "emoji", "name": "heart", "unicode": "2764-fe0f"}),
        ("🇬🇧", ":flag-gb:", {"type": "emoji", "name": "flag-gb", "unicode": "1f1ec-1f1e7"}),
        (":no_such_emoji:", ":no_such_emoji:", {"type": "text", "text": ":no_such_emoji:"}),
        ("*bold*", "*bold*", {"type": "text", "text": "bold", "style": {"bold": True}}),
        ("`code`", "`code`", {"type": "text", "text": "code", "style": {"code": True}}),
        ("2 * 3 * 4", "2 * 3 * 4", {"type": "text", "text": "2 * 3 * 4"}),
        ("snake_case_name", "snake_case_name", {"type": "text", "text": "snake_case_name"}),
    ],
)
def test_each_kind_of_token_has_its_markup_and_its_element(typed, text, element):
    assert COMPOSER.compose(typed).text == text
    if element is not None:
        assert parts(typed) == [element]


def test_a_sentence_ends_after_its_link():
    assert [one["type"] for one in parts("See https://example.com/a.")] == ["text", "link", "text"]


def test_quotes_and_code_blocks_stand_beside_sections():
    composed = COMPOSER.compose("> a <b>\n> c\nplain\n```\ncode <x>\n```\nafter")

    assert composed.text == "&gt; a &lt;b&gt;\n&gt; c\nplain\n```code &lt;x&gt;```\nafter"
    assert [one["type"] for one in composed.blocks[0]["elements"]] == [
        "rich_text_quote",
        "rich_text_section",
        "rich_text_preformatted",
        "rich_text_section",
    ]


def test_nothing_typed_is_no_block():
    assert COMPOSER.compose("").blocks == []


_ALPHABET = st.sampled_from(
    [*"ab 1@#*_~`>:<&\n.+-()", "😄", "👍🏽", "❤️", "@alice", "@here", "https://example.com", "```"]
)


@given(st.lists(_ALPHABET, max_size=40).map("".join))
def test_whatever_is_typed_makes_blocks_that_slack_takes_and_lose_nothing(typed):
    composed = COMPOSER.compose(typed)

    assert message_problems(composed.blocks) == []
    shown = "".join(
        _shown(element) for block in composed.blocks for part in block["elements"] for element in part["elements"]
    )
    for letter in "ab1":
        assert shown.count(letter) == typed.count(letter)
    assert "<!channel>" not in composed.text


def _shown(element: dict) -> str:
    kind = element["type"]
    if kind == "user":
        return "@alice"
    if kind == "broadcast":
        return ""
    return element.get("text") or (element["url"] if kind == "link" else "")
