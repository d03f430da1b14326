"""What goes out later: the list with its buttons, and what is said about it in threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Message
from clerkd.model.number import national
from clerkd.model.recurrence import local_time, next_times
from clerkd.model.series import Scheduled
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, Screen, actions, context, moment, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens import inputs
from clerkd.slack.screens.send_text import clock, rule_words
from clerkd.slack.screens.skeleton import modal

CALLBACK = "clerk.scheduled"
TITLE = "Scheduled"
OPEN = "clerk.scheduled.open"
SEND_NOW = "clerk.scheduled.send_now"
EDIT = "clerk.scheduled.edit"
CANCEL = "clerk.scheduled.cancel_one"
STOP = "clerk.scheduled.stop"
PAGE = "clerk.scheduled.page"

PER_PAGE = 15  # with three blocks each, far below Slack's hundred
NEXT_SHOWN = 3
_TEXT_LIMIT = 160

EMPTY = "Nothing is scheduled. Tick “Send at a later time” when you text somebody, and it waits here."


def listing(
    found: Sequence[Scheduled],
    *,
    total: int,
    offset: int = 0,
    names: Mapping[str, str],
    authors: Mapping[str, str],
    regions: Mapping[str, str | None],
    note: str = "",
) -> Json:
    """Return the list. `names` are those of contacts by number, `authors` those of Slack users by id."""
    blocks: list[Block] = []
    if note:
        blocks.append(context(shorten(note, 200)))
    if not found:
        blocks.append(rich_text(section(words(EMPTY))))
    for one in found:
        number = national(one.message.peer, regions.get(one.message.line))
        blocks += _entry(one, names.get(one.message.peer, number), authors)
    blocks += inputs.pages(PAGE, total, offset, len(found), per_page=PER_PAGE, words=("◀ Earlier", "Later ▶"))
    return modal(TITLE, blocks, callback=CALLBACK, carried=button_value(offset=str(offset)))


def _entry(one: Scheduled, name: str, authors: Mapping[str, str]) -> list[Block]:
    message = one.message
    missed = message.state is MessageState.HELD
    mark = "⏸️ Missed " if missed else "🔁 " if one.series is not None else "🕒 "
    at = (message.send_at or message.created_at) // 1000
    actor = message.origin.actor if message.origin is not None else None
    author = authors.get(actor or "") or actor
    details = [f"line {message.line}", *([f"by {shorten(author, 80)}"] if author else [])]
    if one.cancel_if_answered:
        details.append("unless they text first")
    head = section(
        words(mark),
        moment(at, "later"),
        words("  "),
        words(shorten(name, 150), bold=True),
        words("\n" + shorten(message.text, _TEXT_LIMIT)),
    )
    said = [" · ".join(details)]
    if one.series is not None:
        said.append(_repeats(one))
    return [rich_text(head), *(context(words_) for words_ in said), actions(*_buttons(one))]


def _repeats(one: Scheduled) -> str:
    if one.series is None:
        return ""
    rule = one.series.rule
    following = [
        clock(local_time(at, rule.zone)) for at in next_times(rule, after=one.series.turn.at, limit=NEXT_SHOWN)
    ]
    then = f". Then {', '.join(following)}" if following else ". This is the last one"
    return f"🔁 {rule_words(rule)}{then}"


def _buttons(one: Scheduled) -> list[Element]:
    value = button_value(message=one.message.id)
    row = [
        inputs.press(SEND_NOW, "Send now", value, style="primary"),
        inputs.press(EDIT, "Edit", value),
    ]
    if one.series is None:
        asked = inputs.confirmation("Cancel this text?", "It is not sent.", yes="Cancel it", no="Keep it")
        return [*row, inputs.press(CANCEL, "Cancel", value, confirm=asked)]
    skip = inputs.confirmation(
        "Skip this one?", "It is not sent this time; the next ones are.", yes="Skip it", no="Keep it"
    )
    stop = inputs.confirmation("Stop repeating?", "It is not sent any more.", yes="Stop it", no="Keep it")
    series = button_value(series=one.series.id)
    return [
        *row,
        inputs.press(CANCEL, "Skip this one", value, confirm=skip),
        inputs.press(STOP, "Stop repeating", series, style="danger", confirm=stop),
    ]


def label(count: int) -> str:
    """Return what the button to the list says."""
    return f"Scheduled ({count:,})" if count else "Scheduled"


def stopped(message: Message, reason: str) -> Screen:
    """Say in the thread that a text repeats no more, and why."""
    said = f"🔁 This text repeats no more: {shorten(reason, 300).rstrip('.')}."
    return screen(said, rich_text(section(words(said), words(f"\n“{shorten(message.text, 80)}”", italic=True))))
