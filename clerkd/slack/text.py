"""What a person wrote in Slack, as the text of an SMS: Slack's own markup undone, nothing of theirs lost.

The words come from the `rich_text` block, which says what is a link, a mention, an emoji; the message's `text`, where
the same is encoded as `<…>` and `&…;`, is the fallback for clients that send no blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkd.slack import emoji

_ANGLE = re.compile(r"<([^<>]*)>")
_STYLE = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]*?\S)\1(?![\w*_~`])")
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
_NOTE = re.compile(r"\s*(?://|note:|🔒|:lock:)", re.IGNORECASE)


@dataclass(slots=True)
class Written:
    """The text, and what in it needs attention before it may be sent."""

    text: str
    users: set[str] = field(default_factory=set)  # ids of people that were mentioned and had no name in `names`
    channels: set[str] = field(default_factory=set)  # and of channels
    has_files: bool = False
    broadcast: str | None = None  # here, channel, everyone: a call to colleagues, never a text to a customer


def is_note(text: str) -> bool:
    """Whether the text begins like an internal note: `//`, `note:` or 🔒."""
    return _NOTE.match(text) is not None


def written(message: Mapping[str, Any], names: Mapping[str, str]) -> Written:
    """Return the text of a message event; `names` gives the display names of mentioned users by id."""
    result = Written("", has_files=bool(message.get("files")))
    blocks = [block for block in _dicts(message.get("blocks")) if block.get("type") == "rich_text"]
    if blocks:
        result.text = "\n".join(_block(block, names, result) for block in blocks)
    else:
        raw = message.get("text")
        result.text = _markup(raw if isinstance(raw, str) else "", names, result)
    result.text = result.text.replace("\xa0", " ").strip("\n ")
    return result


def _dicts(value: Any) -> Iterable[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


# rich_text ------------------------------------------------------------------------------------------------


def _block(block: Mapping[str, Any], names: Mapping[str, str], result: Written) -> str:
    parts = []
    for element in _dicts(block.get("elements")):
        if element.get("type") == "rich_text_list":
            parts.append(_list(element, names, result))
        else:
            parts.append(_inline(element, names, result).removesuffix("\n"))
    return "\n".join(parts)


def _list(element: Mapping[str, Any], names: Mapping[str, str], result: Written) -> str:
    indent = "  " * _count(element.get("indent"))
    first = _count(element.get("offset")) + 1
    ordered = element.get("style") == "ordered"
    return "\n".join(
        f"{indent}{f'{number}.' if ordered else '•'} {_inline(item, names, result)}"
        for number, item in enumerate(_dicts(element.get("elements")), first)
    )


def _count(value: Any) -> int:
    return min(value, 1000) if isinstance(value, int) and value > 0 else 0


def _inline(section: Mapping[str, Any], names: Mapping[str, str], result: Written) -> str:
    return "".join(_element(element, names, result) for element in _dicts(section.get("elements")))


def _element(element: Mapping[str, Any], names: Mapping[str, str], result: Written) -> str:
    def word(key: str) -> str:
        value = element.get(key)
        return value if isinstance(value, str) else ""

    match element.get("type"):
        case "text":
            return word("text")
        case "link":
            return _link(word("url"), word("text"))
        case "emoji":
            return emoji.from_code_points(word("unicode")) or emoji.character(word("name"))
        case "user":
            return _user(word("user_id"), "", names, result)
        case "channel":
            return _channel(word("channel_id"), "", names, result)
        case "usergroup":
            return "@" + word("usergroup_id")
        case "broadcast":
            result.broadcast = word("range") or "here"
            return f"@{result.broadcast}"
        case "color":
            return word("value")
        case _:  # date and what Slack invents next
            return word("text") or word("fallback")


def _link(url: str, label: str) -> str:
    bare = _SCHEME.sub("", url)
    if not label:
        return bare if url.lower().startswith(("mailto:", "tel:")) else url
    same = label in {url, bare} or label.rstrip("/") == bare.rstrip("/")
    return label if same or url.lower().startswith(("mailto:", "tel:")) else f"{label} ({url})"


def _user(user_id: str, label: str, names: Mapping[str, str], result: Written) -> str:
    name = names.get(user_id) or label.removeprefix("@")
    if not name:
        result.users.add(user_id)
    return "@" + (name or user_id)


def _channel(channel_id: str, label: str, names: Mapping[str, str], result: Written) -> str:
    name = label or names.get(channel_id)
    if not name:
        result.channels.add(channel_id)
    return "#" + (name or channel_id)


# <…> and &…; ----------------------------------------------------------------------------------------------


def _markup(text: str, names: Mapping[str, str], result: Written) -> str:
    text = _FENCE.sub(r"\1", text)
    text = _plain_style(text)
    parts: list[str] = []
    position = 0
    for match in _ANGLE.finditer(text):
        parts += [emoji.replace_names(text[position : match.start()]), _angle(match[1], names, result)]
        position = match.end()
    parts.append(emoji.replace_names(text[position:]))
    return "".join(parts).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain_style(text: str) -> str:
    """Take off `*bold*`, `_italic_`, `~strike~` and `` `code` ``, outside of `<…>`, until none is left."""
    pieces = re.split(r"(<[^<>]*>)", text)
    for index in range(0, len(pieces), 2):
        while (plain := _STYLE.sub(r"\2", pieces[index])) != pieces[index]:
            pieces[index] = plain
    return "".join(pieces)


def _angle(inner: str, names: Mapping[str, str], result: Written) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return _user(target[1:], label, names, result)
    if target.startswith("#"):
        return _channel(target[1:], label, names, result)
    if target.startswith("!"):
        return _special(target[1:], label, result)
    return _link(target, label)


def _special(command: str, label: str, result: Written) -> str:
    name, _, rest = command.partition("^")
    if name in {"here", "channel", "everyone"}:
        result.broadcast = name
        return f"@{name}"
    return label or ("@" + rest if name == "subteam" else "")
