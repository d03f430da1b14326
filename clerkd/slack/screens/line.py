"""What happens to a line and on it, besides texts."""

from __future__ import annotations

from clerkd.model.line import LineState
from clerkd.model.number import international, national
from clerkd.slack.render import Screen, moment, preformatted, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.times import count

NAME_LIMIT = 80
PDU_LIMIT = 400  # octets of an unreadable message that are shown; all of them are in the store

STATES: dict[str, str] = {
    LineState.ABSENT: "its modem does not answer",
    LineState.LOCKED: "its SIM is locked",
    LineState.SEARCHING: "it has no network",
    LineState.DEGRADED: "it works in part",
    LineState.QUARANTINED: "another SIM is in the modem",
    LineState.BLOCKED: "the network refuses what it sends",
}


def lost(line: str, state: str, reason: str | None, queued: int = 0) -> Screen:
    """Say that a line does not work, why and what is done about it, and what happens to texts meanwhile.

    `queued` is how many wait for it already.
    """
    why = shorten(reason, 300) if reason else STATES.get(state, state)
    texts = f"{count(queued, 'text')} {'waits' if queued == 1 else 'wait'}" if queued else "Texts to send wait"
    text = f"🔴 Line {line} is down: {why.rstrip('.')}. {texts} until it is back."
    return screen(text, rich_text(section(words(text))))


def moved(by: str, number: str, reason: str) -> Screen:
    """Say that another line sends a text, from which number, and why."""
    text = f"↪️ This text goes out by line {by}, from {international(number)}: {shorten(reason, 300)}."
    return screen(text, rich_text(section(words(text))))


def back(line: str) -> Screen:
    """Say that it works again."""
    text = f"🟢 Line {line} is back."
    return screen(text, rich_text(section(words(text))))


def called(name: str | None, number: str, region: str | None) -> str:
    """Return whom a sentence is about: `Ann Lee, (415) 555-0123`; without a name the number."""
    shown = national(number, region)
    return f"{shorten(name, NAME_LIMIT)}, {shown}" if name else shown


def missed_call(caller: str | None, region: str | None, name: str | None = None, *, at: int | None = None) -> Screen:
    """Say that somebody rang, and when (`at`, epoch ms) if that was not just now."""
    text = f"📞 Missed call from {called(name, caller, region)}" if caller else "📞 Missed call, number withheld"
    when = [] if at is None else [words(", "), moment(at // 1000, "a while ago")]
    return screen(text, rich_text(section(words(text), *when)))


def no_text_back(reason: str) -> Screen:
    """Say that a missed call is not answered by a text, and why."""
    text = f"↩️ No text back: {shorten(reason, 300).rstrip('.')}."
    return screen(text, rich_text(section(words(text))))


def unreadable(pdu: str, reason: str, line: str) -> Screen:
    """Show octets that came as a message and could not be read (hex digits)."""
    shown = pdu[: PDU_LIMIT * 2]
    cut = f"\n… {len(pdu) // 2} octets in all" if len(pdu) > len(shown) else ""
    text = f"⚠️ A message came on line {line} that could not be read: {shorten(reason, 200)}"
    return screen(
        text,
        rich_text(section(words(text)), preformatted(shown + cut or "(no octets)")),
    )
