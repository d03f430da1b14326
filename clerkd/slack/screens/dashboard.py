"""The dashboard in a channel, which only the one who asked sees, and on the Home tab."""

from __future__ import annotations

from clerkd.slack.payload import Json
from clerkd.slack.render import Screen, screen
from clerkd.slack.screens.board import Board, blocks, summary

HOME = "clerk.home"


def message(board: Board) -> Screen:
    """Return the dashboard as an ephemeral message."""
    return screen(summary(board), *blocks(board))


def home(board: Board) -> Json:
    """Return the dashboard as a Home tab."""
    head = {"type": "header", "text": {"type": "plain_text", "text": "Clerk", "emoji": True}}
    return {"type": "home", "callback_id": HOME, "blocks": [head, *blocks(board)]}
