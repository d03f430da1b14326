"""What became of a message, in words, with what a person can do about it.

The rule for the words: what happened, why, what next; one button for each thing to do; no code without words.
"""

from __future__ import annotations

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message, OutcomePolicy
from clerkd.slack.ids import ButtonAction, button_value
from clerkd.slack.render import Element, Screen, actions, button, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import press
from clerkd.slack.screens.line import called

REASON_LIMIT = 300
RELEASE = "clerk.scheduled.release"  # the buttons of a text whose time was missed
CANCEL = "clerk.scheduled.cancel"
MISSED = "schedule.missed"  # its error code
PARKED = "send.parked"  # of a text that was refused too often

SETTLED = {
    MessageState.ACCEPTED: "⏳ It is being sent.",
    MessageState.SUBMITTING: "⏳ It is being sent.",
    MessageState.SUBMITTED: "✔️ It has been sent after all.",
    MessageState.DELIVERED: "📳 It has arrived after all: the phone confirmed it.",
    MessageState.CANCELLED: "It was cancelled.",
}


def verdict(message: Message, region: str | None, name: str | None = None) -> str | None:
    """Return what happened and why, for a state that needs words; None for one that a reaction tells."""
    peer = called(name, message.peer, region)
    reason = f": {shorten(message.error.message, REASON_LIMIT)}" if message.error is not None else ""
    match message.state:
        case MessageState.FAILED:
            return f"❌ Not delivered to {peer}{reason or ': the network refused it'}."
        case MessageState.EXPIRED:
            return f"❌ Not delivered to {peer}{reason or ': it ran out of time'}."
        case MessageState.UNKNOWN:
            then = "It is not sent again unless you say so."
            if message.outcome_policy is OutcomePolicy.AT_MOST_ONCE:
                then = "It is not sent again: its sender wants at most one copy."
            elif message.outcome_policy is OutcomePolicy.AT_LEAST_ONCE and not message.maybe_duplicate:
                then = "One more copy goes out in two minutes if nothing is heard of it."
            return f"❓ It may or may not have reached {peer}{reason}. {then}"
        case MessageState.HELD if message.error is not None and message.error.code == MISSED:
            return f"🕒 Not sent to {peer}: its time passed while clerkd was not running. Send it now?"
        case MessageState.HELD if message.error is not None and message.error.code == PARKED:
            return f"⏸️ Not sent to {peer}{reason}. Other texts go on. Try again?"
        case MessageState.HELD:
            return f"⏸️ Held back{reason or ': it waits for somebody to release it'}."
        case MessageState.CANCELLED:
            return f"Not sent{reason}." if reason else "Cancelled before it was sent."
        case _:
            return None


def prompt(message: Message, region: str | None, name: str | None = None) -> Screen:
    """Say what became of a message and offer what can be done."""
    said = _dotted(verdict(message, region, name) or "")
    row = _buttons(message)
    blocks = [rich_text(section(words(said), _which(message)))]
    return screen(said, *blocks, *([actions(*row)] if row else []))


def answered(message: Message, region: str | None, what: str, name: str | None = None) -> Screen:
    """The prompt after somebody decided: who did what, and no buttons. `message` is as it was before."""
    said = verdict(message, region, name)
    text = f"{_dotted(said)}\n{what}" if said else what
    return screen(text, rich_text(section(words(text), _which(message))))


def settled(message: Message) -> Screen:
    """The prompt after the facts decided it."""
    text = SETTLED.get(message.state, f"It is {message.state.value} now.")
    if message.maybe_duplicate:
        text += " It was sent again, so it may have arrived twice."
    return screen(text, rich_text(section(words(text), _which(message))))


def _buttons(message: Message) -> list[Element]:
    value = button_value(message=message.id)
    match message.state:
        case MessageState.FAILED | MessageState.EXPIRED:
            return [button(ButtonAction.RETRY, "Retry", value, style="primary")]
        case MessageState.UNKNOWN if message.outcome_policy is OutcomePolicy.AT_MOST_ONCE:
            return [button(ButtonAction.MARK_SENT, "Mark sent", value)]
        case MessageState.UNKNOWN:
            return [
                button(ButtonAction.RESEND, "Resend", value),
                button(ButtonAction.MARK_SENT, "Mark sent", value),
            ]
        case MessageState.HELD if message.error is not None and message.error.code in {MISSED, PARKED}:
            return [
                press(RELEASE, "Send now", value, style="primary"),
                press(CANCEL, "Cancel", value),
            ]
        case _:
            return []


def _which(message: Message) -> list[Element]:
    return words(f"\n“{shorten(message.text, 80)}”", italic=True)


def _dotted(text: str) -> str:
    return text[:-1] if text.endswith("..") else text
