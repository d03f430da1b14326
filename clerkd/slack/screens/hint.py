"""Explanations that only the one concerned sees, and refusals that everybody in the thread does."""

from __future__ import annotations

from clerkd.slack.render import Screen, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten

BROADCAST = (
    "Not sent: @here, @channel and @everyone call colleagues and are never texted. Start with // for an internal note."
)
FILES = (
    "📎 Not sent: files cannot be texted yet, and the text was not sent without them. Write the text alone to send it."
)
EMPTY = "Not sent: there is no text. Example: send 4155550123 Hello"
TOO_LATE = "That text is on the air already or has been sent: it cannot be recalled."
UNCHANGEABLE = "That text is on the air already or has been sent: editing changes it here only."
EDIT_SENDS_NOTHING = "That message was not sent, and editing it does not send it. Please write it again."
CANCELLED = "Cancelled: nothing was sent."
OLD_BUTTON = "This button no longer leads anywhere."
BROKEN = "⚠️ Not sent: something went wrong inside clerkd, its log says what. Please write it again."

OLD_FORM = "This form is from an earlier version of clerkd and can no longer be sent. Nothing was done: open it again."
UNKNOWN_WORD = "I don't know that word. Try /clerk help."
PRESS_AGAIN = "That took too long to open. Please press it again."
ACT_BROKEN = "⚠️ Something went wrong inside clerkd, its log says what. Look whether it was done before you try again."
STILL_WORKING = "⏳ Still working on it. The result is shown here; you may close this."
DONE = "✅ Done."

CLOSED_CHANNEL = (
    "Not sent: this conversation goes on in its thread, and nothing written in this channel is texted any more."
)
CHANNEL_ON_ITS_WAY = "A channel for this conversation is being created already."
UNDER_NOTIFICATION = (
    "Not sent: this is a notification, which goes away. Press Reply on it, and write in the conversation's own thread."
)

NOT_A_MEMBER = "Not sent: only full members of this workspace can text from here."
NOT_YOURS = "Only full members of this workspace can do this."
SHARED_CHANNEL = "Not sent: this channel is shared with another organisation, so nothing is texted from here."


def unreadable_number(typed: str) -> str:
    """Say that a number could not be read, with an example."""
    return f"Couldn't read a phone number in “{shorten(typed, 40)}”. Try: send 4155550123 Hello"


def not_sent(reason: str) -> str:
    """Say why a text was not accepted."""
    return f"Not sent: {shorten(reason, 300)}"


def not_done(reason: str) -> str:
    """Say why nothing was done."""
    return f"Not done: {shorten(reason, 300)}"


def not_now(reason: str) -> str:
    """Say why it cannot be done at this moment."""
    return f"Not now: {shorten(reason, 300)}. Please try again in a moment."


def already(by: str | None) -> str:
    """Say that somebody was quicker."""
    return f"Already done by {shorten(by, 80)}." if by else "This has been settled already."


def changed_meanwhile(state: str) -> str:
    """Say that the message is not in the state any more for which the button was."""
    return f"Nothing was done: the message is {state} now."


def told(text: str) -> Screen:
    """Show a sentence."""
    return screen(text, rich_text(section(words(text))))
