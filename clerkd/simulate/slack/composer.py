"""Slack's message box: what a person types becomes `text` in Slack's markup and a rich_text block.

It knows mentions, channels, links, mail addresses, phone numbers, emoji, the four inline styles, quotes and code
blocks. Both forms are made from one list of pieces, so they cannot contradict each other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clerkd.simulate.slack import emoji
from clerkd.simulate.slack.records import Json

BROADCASTS = ("here", "channel", "everyone")
_STYLES = {"*": "bold", "_": "italic", "~": "strike", "`": "code"}

_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<mention>@[\w.-]*\w)"
    r"|(?P<room>\#[\w-]+)"
    r"|(?P<phone>(?<![\w+])\+?\(?\d[\d\s().-]{7,}\d(?![\w:]))"
    r"|(?P<domain>(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|co\.uk)(?:/[^\s<>|]*[^\s<>|.,;:!?])?(?!\w))"
    r"|:(?P<code>[a-z0-9_+'-]+)(?:::skin-tone-(?P<tone>[2-6]))?:"
    r"|(?<!\w)(?P<mark>[*_~`])(?P<styled>[^\s*_~`](?:[^\n*_~`]*[^\s*_~`])?)(?P=mark)(?!\w)"
    rf"|(?P<emoji>{emoji.CHARACTER.pattern})"
)
_CODE_BLOCK = re.compile(r"\n?```\n?((?:.|\n)+?)\n?```\n?")
_MIN_PHONE_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as Slack's client sends it."""

    text: str
    blocks: list[Json]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of the message: as markup, and as a rich_text element."""

    markup: str
    element: Json


class Composer:
    """Turn typed text into a message. Names are looked up in the workspace that it stands in."""

    def __init__(
        self,
        find_user: Callable[[str], str | None],
        find_channel: Callable[[str], str | None],
        new_block_id: Callable[[], str],
    ) -> None:
        self._find_user = find_user
        self._find_channel = find_channel
        self._new_block_id = new_block_id

    def compose(self, typed: str) -> Composed:
        """Return the message for what was typed."""
        texts: list[str] = []
        elements: list[Json] = []
        for kind, body in _paragraphs(typed):
            if kind == "rich_text_preformatted":
                texts.append(f"```{escape(body)}```")
                elements.append({"type": kind, "elements": [_plain(body)], "border": 0})
                continue
            pieces = list(self._pieces(body))
            markup = "".join(piece.markup for piece in pieces)
            if kind == "rich_text_quote":
                markup = "\n".join(f"&gt; {line}" for line in markup.split("\n"))
            texts.append(markup)
            elements.append({"type": kind, "elements": _joined(pieces)})
        block = {"type": "rich_text", "block_id": self._new_block_id(), "elements": elements}
        return Composed("\n".join(texts), [block] if typed else [])

    def _pieces(self, text: str) -> Iterable[_Piece]:
        end = 0
        for match in _TOKEN.finditer(text):
            piece = self._piece(match)
            if piece is None:
                continue
            yield _words(text[end : match.start()])
            yield piece
            end = match.end()
        yield _words(text[end:])

    def _piece(self, match: re.Match[str]) -> _Piece | None:
        """Return what a token means, or None where it means nothing and stays text."""
        kind = "mark" if match["styled"] else match.lastgroup
        token = match[0]
        if kind == "url":
            return _Piece(f"<{escape(token)}>", {"type": "link", "url": token})
        if kind == "domain":
            return _link(f"http://{token}", token)
        if kind == "mail":
            return _link(f"mailto:{token}", token)
        if kind == "phone":
            digits = re.sub(r"\D", "", token)
            return _link(f"tel:{'+' * token.startswith('+')}{digits}", token) if _is_phone(digits) else None
        if kind == "mention":
            return self._mention(token[1:])
        if kind == "room":
            channel = self._find_channel(token[1:])
            return _Piece(f"<#{channel}|{token[1:]}>", {"type": "channel", "channel_id": channel}) if channel else None
        if kind == "mark":
            style = _STYLES[match["mark"]]
            return _Piece(escape(token), _plain(match["styled"]) | {"style": {style: True}})
        return _emoji_piece(match)

    def _mention(self, name: str) -> _Piece | None:
        if name in BROADCASTS:
            return _Piece(f"<!{name}>", {"type": "broadcast", "range": name})
        user = self._find_user(name)
        return _Piece(f"<@{user}>", {"type": "user", "user_id": user}) if user else None


def escape(text: str) -> str:
    """Return text with the three characters escaped that mean something in Slack's markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _paragraphs(typed: str) -> Iterable[tuple[str, str]]:
    """Yield quotes, code blocks and the sections between them."""
    for index, part in enumerate(_CODE_BLOCK.split(typed)):
        if index % 2:
            yield "rich_text_preformatted", part
            continue
        for quoted, lines in itertools.groupby(part.split("\n") if part else (), key=lambda line: line.startswith(">")):
            if quoted:
                yield "rich_text_quote", "\n".join(line[1:].removeprefix(" ") for line in lines)
            else:
                yield "rich_text_section", "\n".join(lines)


def _words(text: str) -> _Piece:
    return _Piece(escape(text), _plain(text))


def _plain(text: str) -> Json:
    return {"type": "text", "text": text}


def _link(url: str, text: str) -> _Piece:
    return _Piece(f"<{url}|{escape(text)}>", {"type": "link", "url": url, "text": text})


def _is_phone(digits: str) -> bool:
    return _MIN_PHONE_DIGITS <= len(digits) <= 15


def _emoji_piece(match: re.Match[str]) -> _Piece | None:
    if match["emoji"]:
        character = match["emoji"]
        name, tone = emoji.name_of(character)
    else:
        name, tone = match["code"], int(match["tone"]) if match["tone"] else None
        if name not in emoji.CHARACTERS:
            return None
        character = emoji.CHARACTERS[name] + (chr(0x1F3FB + tone - 2) if tone else "")
    element: Json = {"type": "emoji", "name": name, "unicode": emoji.code_points(character)}
    if tone:
        element["skin_tone"] = tone
    return _Piece(f":{name}:" + (f":skin-tone-{tone}:" if tone else ""), element)


def _joined(pieces: Iterable[_Piece]) -> list[Json]:
    return [piece.element for piece in pieces if piece.element.get("text") != "" or piece.element["type"] != "text"]
