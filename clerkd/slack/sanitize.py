"""Make text from outside harmless before it is shown.

Two defences, both always used. What a stranger wrote goes only into `text` elements of `rich_text` blocks, which Slack
never parses; and into the message's `text`, the fallback for notifications, with `&`, `<` and `>` escaped, which is
all that Slack's markup needs to begin. `clean` takes out what would deceive the eye: control characters,
direction overrides, invisible characters, towers of combining marks.
"""

from __future__ import annotations

import unicodedata

FALLBACK_LIMIT = 3000  # chat.update refuses a text of more than 4000 characters
COMBINING_LIMIT = 4  # marks on one letter: more than any orthography needs

_INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x00AD, 0x00AD),  # soft hyphen
        (0x034F, 0x034F),  # combining grapheme joiner
        (0x061C, 0x061C),  # arabic letter mark
        (0x115F, 0x1160),  # hangul fillers
        (0x17B4, 0x17B5),  # khmer inherent vowels
        (0x180B, 0x180F),  # mongolian variation selectors and vowel separator
        (0x200B, 0x200B),  # zero width space
        (0x200E, 0x200F),  # left-to-right and right-to-left mark
        (0x202A, 0x202E),  # bidi embeddings and overrides
        (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates
        (0x3164, 0x3164),  # hangul filler
        (0xFEFF, 0xFEFF),  # byte order mark
        (0xFFA0, 0xFFA0),  # halfwidth hangul filler
        (0xFFF9, 0xFFFB),  # interlinear annotation
    )
    for code in range(first, last + 1)
)
_JOINERS = frozenset("\u200c\u200d")  # emoji sequences and some scripts need them: kept between non-ASCII only
_TAGS = range(0xE0000, 0xE0080)  # flags of England, Scotland, Wales; anywhere else hidden text
_BLACK_FLAG = "\U0001f3f4"
_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\x0b": "\n", "\x0c": "\n"}


def clean(text: str) -> str:
    """Return the text without what deceives; what can be read is kept, every line end as a newline."""
    for old, new in _LINE_ENDS.items():
        text = text.replace(old, new)
    text = unicodedata.normalize("NFC", text)
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    in_flag = False
    for position, char in enumerate(text):
        code = ord(char)
        in_flag = char == _BLACK_FLAG or (in_flag and code in _TAGS)
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if char in _INVISIBLE or marks > COMBINING_LIMIT or (code in _TAGS and not in_flag):
            continue
        if char in _JOINERS and not _joins(text, position):
            continue
        kept.append(_visible(char, code))
    return "".join(kept)


def _joins(text: str, position: int) -> bool:
    around = text[position - 1 : position] + text[position + 1 : position + 2]
    return len(around) == 2 and all(ord(char) > 0xFF for char in around)


def _visible(char: str, code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:  # half of a surrogate pair is no character and no valid JSON
        return "\ufffd"
    if char == "\t":
        return " "
    if char != "\n" and unicodedata.category(char) == "Cc":
        return ""
    return char


def escape(text: str) -> str:
    """Escape for Slack's markup: exactly these three, docs.slack.dev/messaging/formatting-message-text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fallback(text: str) -> str:
    """Return cleaned and escaped text for a message's `text`, cut to what may be updated later."""
    escaped = escape(clean(text))
    if len(escaped) <= FALLBACK_LIMIT:
        return escaped
    cut = escaped[: FALLBACK_LIMIT - 1]
    entity = cut.rfind("&", len(cut) - 5)
    if entity >= 0 and ";" not in cut[entity:]:
        cut = cut[:entity]
    return cut + "…"


def shorten(text: str, limit: int) -> str:
    """Return one line of cleaned text, cut with an ellipsis to `limit` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
