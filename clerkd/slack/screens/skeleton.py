"""Modals before, after and instead of the real one: all that is the same in every modal."""

from __future__ import annotations

from collections.abc import Sequence

from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Screen, context, rich_text, section, words
from clerkd.slack.sanitize import shorten

TITLE_LIMIT = 24
PASSING = "clerk.passing"  # callback_id of a modal that gives way to the one that its buttons open


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback: str,
    submit: str | None = None,
    close: str = "Close",
    carried: str = "",
    notify_on_close: bool = False,
) -> Json:
    """Return a modal. `carried` is its private_metadata, from `clerkd.slack.ids.button_value`."""
    view: Json = {
        "type": "modal",
        "callback_id": callback,
        "title": _plain(shorten(title, TITLE_LIMIT)),
        "close": _plain(shorten(close, TITLE_LIMIT)),
        "blocks": list(blocks),
    }
    if submit is not None:
        view["submit"] = _plain(shorten(submit, TITLE_LIMIT))
    if carried:
        view["private_metadata"] = carried
    if notify_on_close:
        view["notify_on_close"] = True
    return view


def loading(title: str, *, callback: str = "clerk.loading") -> Json:
    """Return what is shown for the moment until the modal's content is known."""
    return modal(title, [context("⏳ Loading …")], callback=callback)


def notice(title: str, text: str) -> Json:
    """Return a modal that says something and has nothing to submit."""
    return modal(title, [rich_text(section(words(text)))], callback="clerk.notice")


def shown(title: str, screen: Screen) -> Json:
    """Return a modal that shows what a message would."""
    return modal(title, screen.blocks, callback="clerk.notice")


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}
