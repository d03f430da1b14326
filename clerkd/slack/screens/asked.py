"""Something that was written while nobody listened: shall it still be sent?"""

from __future__ import annotations

from clerkd.slack.ids import ButtonAction, button_value
from clerkd.slack.render import Screen, actions, button, moment, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten


def stale(received_id: str, written_at: int) -> Screen:
    """Ask; `written_at` is in epoch seconds."""
    value = button_value(received=received_id)
    return screen(
        "This was written while clerkd could not hear it, and was not sent. Send it now?",
        rich_text(
            section(
                words("🕒 This was written "),
                moment(written_at, "some time ago"),
                words(", while clerkd could not hear it, and was not sent. Send it now?"),
            )
        ),
        actions(
            button(ButtonAction.SEND_NOW, "Send now", value, style="primary"),
            button(ButtonAction.DISCARD, "Don't send", value),
        ),
    )


def collision(received_id: str, who: str, text: str) -> Screen:
    """Ask the second of two who answer at the same time; `text` is what the first one wrote."""
    value = button_value(received=received_id)
    said = f"✋ {shorten(who, 80)} answered a moment ago"
    return screen(
        f"{said}. Your text was not sent yet. Send it anyway?",
        rich_text(
            section(words(f"{said}:")),
            quote(shorten(text, 200)),
            section(words("Your text was not sent yet. Send it anyway?")),
        ),
        actions(
            button(ButtonAction.SEND_NOW, "Send anyway", value, style="primary"),
            button(ButtonAction.DISCARD, "Discard", value),
        ),
    )


def decided(what: str) -> Screen:
    """The question after somebody answered it."""
    return screen(what, rich_text(section(words(what))))
