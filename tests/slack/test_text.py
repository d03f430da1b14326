"""Slack's text as an SMS, and an SMS as Slack's text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.slack import emoji
from clerkd.slack.sanitize import FALLBACK_LIMIT, clean, escape, fallback, shorten
from clerkd.slack.text import is_note, written


def sms(message: dict, **names: str) -> str:
    return written(message, names).text


def rich(*elements: dict) -> dict:
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}
    return {"text": "the blocks count", "blocks": [block]}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Fish &amp; chips &lt;3", "Fish & chips <3"),
        ("&amp;lt; stays", "&lt; stays"),
        ("see <https://example.com>", "see https://example.com"),
        ("see <http://example.com|example.com>", "see example.com"),
        ("see <https://example.com/a?b=1&amp;c=2|our page>", "see our page (https://example.com/a?b=1&c=2)"),
        ("call <tel:+14155550123|415 555 0123>", "call 415 555 0123"),
        ("call <tel:+14155550123>", "call +14155550123"),
        ("mail <mailto:dana@example.com|dana@example.com>", "mail dana@example.com"),
        ("ask <@U1> or <@U2|sam>", "ask @Dana or @sam"),
        ("in <#C1|general>", "in #general"),
        ("*bold* _it_ ~no~ `code`", "bold it no code"),
        ("*_both_* of them", "both of them"),
        ("```\nline one\nline two\n```", "line one\nline two"),
        ("2 * 3 * 4 = 24", "2 * 3 * 4 = 24"),
        ("snake_case_name and a*b*c", "snake_case_name and a*b*c"),
        ("<https://example.com/a_b_c>", "https://example.com/a_b_c"),
        (":smile: :+1::skin-tone-3: :our_logo:", "😄 👍🏼 :our_logo:"),
        ("at 10:30:45 o'clock", "at 10:30:45 o'clock"),
        ("<!date^1700000000^{date}|14 Nov>", "14 Nov"),
        ("  indented\n  lines ", "indented\n  lines"),
    ],
)
def test_slacks_markup_is_undone(typed, expected):
    assert sms({"text": typed}, U1="Dana") == expected


@pytest.mark.parametrize("word", ["here", "channel", "everyone"])
def test_a_call_to_colleagues_is_noticed(word):
    assert written({"text": f"<!{word}> come"}, {}).broadcast == word
    assert written(rich({"type": "broadcast", "range": word}), {}).broadcast == word


def test_somebody_mentioned_who_has_no_name_yet_is_named():
    result = written(rich({"type": "user", "user_id": "U9"}), {})

    assert result.users == {"U9"}
    assert result.text == "@U9"


def test_blocks_say_what_was_typed_and_the_text_is_not_asked():
    message = rich(
        {"type": "text", "text": "Hello ", "style": {"bold": True}},
        {"type": "user", "user_id": "U1"},
        {"type": "text", "text": " <3 & so on "},
        {"type": "emoji", "name": "thumbsup", "unicode": "1f44d-1f3fd"},
        {"type": "emoji", "name": "our_logo"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://example.com"},
        {"type": "link", "url": "https://example.com/x", "text": "here"},
        {"type": "link", "url": "tel:+14155550123", "text": "415 555 0123"},
        {"type": "channel", "channel_id": "C1"},
        {"type": "color", "value": "#ff0000"},
        {"type": "date", "timestamp": 1, "fallback": "today"},
        {"type": "of the future", "text": "!"},
    )

    assert sms(message, U1="Dana", C1="general") == (
        "Hello @Dana <3 & so on 👍🏽:our_logo: https://example.comhere (https://example.com/x)415 555 0123"
        "#general#ff0000today!"
    )


def test_lists_quotes_and_code_become_lines():
    def item(text):
        return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}

    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "You need:\n"}]},
            {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [item("a pump"), item("a patch")]},
            {"type": "rich_text_list", "style": "ordered", "offset": 2, "elements": [item("third")]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "thanks"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x = 1"}]},
        ],
    }

    assert sms({"blocks": [block]}) == "You need:\n• a pump\n• a patch\n3. third\nthanks\nx = 1"


@pytest.mark.parametrize("text", ["// secret", "  //x", "note: call him", "NOTE: x", "🔒 vip", ":lock: vip"])
def test_a_note_is_recognised(text):
    assert is_note(text)


@pytest.mark.parametrize("text", ["notes are fine", "https://example.com", "a // b", "Note that", "lock: the door"])
def test_an_ordinary_text_is_no_note(text):
    assert not is_note(text)


WORDS = [
    "type",
    "text",
    "elements",
    "blocks",
    "url",
    "user_id",
    "unicode",
    "name",
    "range",
    "style",
    "indent",
    "offset",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=30,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["text", "blocks", "files"]), JSON))
def test_whatever_slack_may_send_gives_a_text(message):
    assert isinstance(written(message, {}).text, str)


@given(st.text())
def test_what_is_typed_as_plain_text_arrives_as_typed(text):
    assert sms(rich({"type": "text", "text": text})) == text.replace("\xa0", " ").removesuffix("\n").strip("\n ")


# The other way -------------------------------------------------------------------------------------------------


@given(st.text())
def test_nothing_in_a_fallback_can_begin_markup(text):
    shown = fallback(text)

    assert "<" not in shown
    assert ">" not in shown
    assert len(shown) <= FALLBACK_LIMIT
    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@given(st.text(alphabet=st.characters(blacklist_categories=[])))
def test_what_was_cleaned_is_clean_and_is_text(text):
    once = clean(text)

    assert clean(once) == once
    json.dumps(once).encode()
    once.encode()


@given(st.text(alphabet="&<>ab", min_size=FALLBACK_LIMIT // 2, max_size=FALLBACK_LIMIT))
def test_a_cut_never_leaves_half_an_entity(text):
    shown = fallback(text)

    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize(
    "text",
    [
        "👨‍👩‍👧‍👦 family", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag", "❤️‍🔥", "👍🏽", "می‌خواهم", "क्‍ष", "שלום עולם",
        "مرحبا", "日本語", "Ångström naïve",
        "Việt Nam", "a\nb", "é",
    ],
)  # fmt: skip
def test_what_people_write_is_kept(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("tab\there", "tab here"),
        ("\u202eevil\u202c", "evil"),
        ("ze\u200bro \u200d\u200cjoin", "zero join"),
        ("hid\U000e0041\U000e0042den", "hidden"),
        ("half \ud83d pair", "half � pair"),
        ("\x00\x07\x1b[0m\x9b", "[0m"),
        ("e\u0301", "é"),
        ("z" + "\u0323" * 50, "ẓ" + "\u0323" * 3),
    ],
)
def test_what_deceives_is_taken_out(text, cleaned):
    assert clean(text)[: len(cleaned)] == cleaned or clean(text) == cleaned


def test_escaping_is_exactly_three_characters():
    assert escape("<!channel> & 'quotes' \"x\"") == "&lt;!channel&gt; &amp; 'quotes' \"x\""


def test_a_reason_is_one_line_within_its_limit():
    assert shorten("two\nlines  and   more", 12) == "two lines a…"


def test_every_name_of_the_emoji_table_is_one_emoji():
    assert all(not text.isascii() and len(text) <= 3 for text in emoji.CHARACTERS.values())
    assert len(emoji.CHARACTERS) > 150
