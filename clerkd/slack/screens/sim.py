"""Another SIM in a line's modem: what that means, and the button with which an admin confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerkd.model.number import international
from clerkd.slack.ids import button_value
from clerkd.slack.render import Screen, actions, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import confirmation, press
from clerkd.slack.screens.times import count

USE = "clerk.line.use_sim"


def changed(line: str, number: str, detail: Mapping[str, Any], queued: int) -> Screen:
    """Say that another SIM is in a line's modem; `queued` texts wait."""
    found, bound = _sims(detail)
    waits = f"{count(queued, 'text')} {'waits' if queued == 1 else 'wait'}" if queued else "Texts to send wait"
    text = (
        f"🪪 Another SIM is in the modem of line {line}: {found}, and its own is {bound}. Nothing is sent through it. "
        f"{waits} until an admin confirms the new SIM or the line's own is back."
    )
    ask = confirmation(
        "Use this SIM?",
        f"The SIM {found} must belong to {international(number)}. What waits goes out through it.",
        yes="Use it",
        no="Cancel",
        danger=False,
    )
    button = press(USE, "Use this SIM", button_value(line=line, sim=found), confirm=ask)
    return screen(text, rich_text(section(words(text))), actions(button))


def settled(line: str, detail: Mapping[str, Any], name: str | None) -> Screen:
    """Say what became of that: who confirmed the new SIM, or that the line's own is back. No button."""
    found, _ = _sims(detail)
    if detail.get("how") == "replaced":
        text = f"🪪 The SIM of line {line} is {found} now, confirmed by {shorten(name or 'an admin', 80)}."
    else:
        text = f"🪪 Line {line} has its own SIM back ({found})."
    return screen(text, rich_text(section(words(text))))


def balance(line: str, detail: Mapping[str, Any]) -> Screen:
    """Say that the credit of a line's SIM is low, enough again, or cannot be read."""
    amount, below = detail.get("amount"), detail.get("below")
    match detail.get("state"):
        case "low":
            text = f"🪫 The SIM of line {line} has {amount} left, less than {below}. Top it up, or it stops sending."
        case "enough":
            text = f"🔋 The SIM of line {line} has {amount} again."
        case _:
            answer = shorten(str(detail.get("answer", "")), 200)
            text = f"🪫 The balance of line {line} cannot be read. Its network says: {answer}"
    return screen(text, rich_text(section(words(text))))


def _sims(detail: Mapping[str, Any]) -> tuple[str, str]:
    return str(detail.get("sim", "")), str(detail.get("bound", ""))
