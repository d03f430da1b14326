"""A text in its thread: what the peer wrote, and what was sent from elsewhere in our name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message, Origin, OriginKind
from clerkd.slack.render import Screen, chunks, context, moment, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import clean, shorten

NO_TEXT = "(no text)"

_NOT_YET = {MessageState.SCHEDULED, MessageState.HELD, MessageState.CANCELLED}


def inbound(message: Message, *, remarks: Sequence[str] = ()) -> list[Screen]:
    """Show what the peer wrote, and what is to know about how it came."""
    pieces = chunks(clean(message.text))
    screens = [screen(piece or NO_TEXT, rich_text(quote(piece or NO_TEXT))) for piece in pieces]
    if remarks:
        last = screens[-1]
        small_print = tuple(context(remark) for remark in remarks)
        screens[-1] = Screen(last.text, (*last.blocks, *small_print))
    return screens


def remarks(detail: Mapping[str, Any]) -> list[str]:
    """Say what a notice tells besides the text: parts that never came, a message cut off, a flash message."""
    found = []
    if missing := detail.get("missing"):
        found.append(f"⚠️ {_missing(missing, detail.get('total'))}")
    if detail.get("truncated"):
        found.append("⚠️ This message came cut off")
    if detail.get("opted_out"):
        found.append("🚫 They have opted out: nothing can be texted to them")
    if sim := detail.get("other_sim"):
        found.append(f"🪪 This came on another SIM ({sim}) than the line's own")
    if (sent_at := detail.get("sent_at")) is not None:
        found.append(f"🗄️ Sent on {_day(int(sent_at))}, long before it came")
    if detail.get("class") == 0:
        found.append("⚡ Flash message")
    return found


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")


def _missing(parts: Sequence[int], total: int | None) -> str:
    numbers = ", ".join(str(part) for part in sorted(parts))
    of = f" of {total}" if total else ""
    return f"Part {numbers}{of} has not arrived" if len(parts) == 1 else f"Parts {numbers}{of} have not arrived"


def mirrored(message: Message, who: str) -> list[Screen]:
    """Show what was sent from elsewhere, or waits for its time, and by whom."""
    pieces = chunks(clean(message.text))
    first, *rest = pieces if pieces[0].strip() else [NO_TEXT]
    by = words(f"↪️ Sent by {who}", bold=True)
    if message.send_at is not None and message.state in _NOT_YET:
        by = [*words(f"🕒 Scheduled by {who} for ", bold=True), *moment(message.send_at // 1000, "later")]
    head = section(by, words("\n"), words(first))
    return [
        screen(first, rich_text(head)),
        *(screen(piece, rich_text(section(words(piece)))) for piece in rest),
    ]


def sender(origin: Origin | None, name: str | None) -> str:
    """Say who asked for a message; `name` is the Slack user's, where one asked."""
    actor = shorten(origin.actor, 80) if origin is not None and origin.actor else None
    match origin.kind if origin is not None else None:
        case OriginKind.SLACK:
            return shorten(name, 80) if name else "a colleague"
        case OriginKind.API:
            return f"{actor} (API)" if actor else "the API"
        case OriginKind.CLI:
            return f"{actor} (command line)" if actor else "the command line"
        case _:
            return "clerkd"
