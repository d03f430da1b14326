"""Cursor paging, the same for every list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from clerkd.simulate.slack.call import Call
from clerkd.simulate.slack.records import Json
from clerkd.simulate.slack.refusal import Refusal

Item = TypeVar("Item")


def page(items: Sequence[Item], call: Call, *, default: int, most: int) -> tuple[Sequence[Item], Json]:
    """Return one page of `items` and its `response_metadata`, after the call's `cursor` and `limit`.

    `default` 0 means everything at once when no limit is given. Raise `invalid_cursor`, `invalid_limit`.
    """
    limit = call.get("limit", 0) or default or max(1, len(items))
    if limit < 0 or limit > most:
        raise Refusal("invalid_limit")
    start = _read_cursor(call.get("cursor") or "")
    end = start + limit
    cursor = _make_cursor(end) if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def _make_cursor(start: int) -> str:
    return base64.b64encode(f"next:{start}".encode()).decode()


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word != "next":
            raise Refusal("invalid_cursor")
        return int(number)
    except (ValueError, binascii.Error):
        raise Refusal("invalid_cursor") from None
