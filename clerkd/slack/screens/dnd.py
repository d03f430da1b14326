"""The Do Not Disturb list: whose texts are kept but not shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from clerkd.model.message import Message
from clerkd.model.number import national
from clerkd.model.rules import DndEntry, DndKind
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Screen, actions, context, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import confirmation, field, menu, option, press, text_box
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import clock, count, day

TITLE = "Do Not Disturb"
LIST = "clerk.dnd.list"  # a door, and the list's callback
ADD = "clerk.dnd.add"
REMOVE = "clerk.dnd.remove"
REVEAL = "clerk.dnd.reveal"
FORM = "clerk.dnd.form"
PATTERN, REASON, UNTIL = "pattern", "reason", "until"
FOR_EVER = "forever"
PERIODS = {FOR_EVER: "For ever", "1": "For a day", "7": "For a week", "30": "For 30 days"}  # days
SHOWN = 40  # entries of a modal that holds 100 blocks
REVEALED = 20
REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class DndView:
    """What the list shows. `entries` come with how many texts each kept back this week."""

    entries: Sequence[tuple[DndEntry, int]]
    total: int
    held_back: int
    names: Mapping[str, str]  # of whoever put them there
    zone: tzinfo
    now: int
    may_change: bool = True
    region: str | None = None
    calls: int = 0  # that were held back


def listing(view: DndView) -> Json:
    """Return the list with what can be done about it."""
    blocks: list[Block] = [context(_counter(view.held_back, view.calls))]
    buttons = [press(ADD, "Add…", button_value(), style="primary")] if view.may_change else []
    if view.held_back:
        buttons.append(press(REVEAL, "Show what was held back", button_value()))
    blocks += [actions(*buttons)] if buttons else []
    blocks += [row for entry, held in view.entries[:SHOWN] for row in _row(entry, held, view)]
    if not view.entries:
        blocks.append(
            rich_text(section(words("Nobody is on the list. Texts from a number on it are kept but not shown.")))
        )
    more = view.total - min(len(view.entries), SHOWN)
    if more > 0:
        blocks.append(context(f"… and {more:,} more, all in force. /clerk dnd remove NUMBER takes one off."))
    return modal(TITLE, blocks, callback=LIST)


def _row(entry: DndEntry, held: int, view: DndView) -> list[Block]:
    facts = [f"“{shorten(entry.reason, REASON_LIMIT)}”"] if entry.reason else []
    who = view.names.get(entry.actor or "", "")
    facts.append(f"since {day(entry.at, view.zone, view.now)}{f' by {shorten(who, 60)}' if who else ''}")
    facts.append(f"until {clock(entry.until, view.zone, view.now)}" if entry.until else "for ever")
    facts.append(f"{count(held, 'text')} held back this week")
    rows: list[Block] = [
        rich_text(section(words(f"🔕 {pattern_words(entry, view.region)}", bold=True), words("\n" + " · ".join(facts))))
    ]
    if view.may_change:
        sure = confirmation(
            "Take it off the list?", "Texts from there are shown again.", yes="Take off", no="Keep", danger=False
        )
        rows.append(actions(press(f"{REMOVE}:{entry.id[-12:]}", "Remove", button_value(entry=entry.id), confirm=sure)))
    return rows


def pattern_words(entry: DndEntry, region: str | None) -> str:
    """Return what an entry holds for, in words."""
    match entry.kind:
        case DndKind.LETTERS:
            return "every sender with a name instead of a number"
        case DndKind.PREFIX:
            return f"everything that begins with {entry.pattern.removesuffix('*')}"
        case DndKind.EXACT:
            return national(entry.pattern, region)


def form(pattern: str = "", *, from_list: bool = False) -> Json:
    """Ask whom to put on the list."""
    return modal(
        TITLE,
        [
            field(
                PATTERN,
                "Number, beginning or sender",
                text_box("clerk.dnd.pattern", value=pattern, placeholder="+1 415 555 0123", most=40, focus=not pattern),
                hint="A number, +1900* for all that begin so, a sender's name, or letters for all senders with names.",
            ),
            field(
                REASON, "Reason", text_box("clerk.dnd.reason", most=REASON_LIMIT, focus=bool(pattern)), optional=True
            ),
            field(
                UNTIL,
                "How long",
                menu(
                    "clerk.dnd.until",
                    [option(label, value) for value, label in PERIODS.items()],
                    chosen=FOR_EVER,
                ),
            ),
            context("Their texts and calls are kept but not shown, nothing is answered, and nothing is texted there."),
        ],
        callback=FORM,
        submit="Add",
        close="Cancel",
        carried=button_value(back="list" if from_list else "card"),
    )


def revealed(messages: Sequence[Message], total: int, zone: tzinfo, now: int, region: str | None) -> Json:
    """Show the newest texts that were held back."""
    blocks: list[Block] = [
        rich_text(
            section(
                words(national(message.peer, region), bold=True),
                words(f" · line {message.line} · {clock(message.created_at, zone, now)}"),
            ),
            quote(shorten(message.text, 400) or "(no text)"),
        )
        for message in messages[:REVEALED]
    ]
    if not blocks:
        blocks = [rich_text(section(words("Nothing was held back this week.")))]
    if total > len(messages):
        blocks.append(context(f"The newest {len(messages)} of {total:,}. clerkd messages lists all."))
    return modal("Held back", blocks, callback="clerk.dnd.revealed")


def summary(held_back: int, entries: int, *, calls: int = 0) -> Screen:
    """Return the list in a word, with a button to open it: for where no modal can open."""
    said = f"🔕 {count(entries, 'entry', 'entries')} on the Do Not Disturb list. {_counter(held_back, calls)}"
    return screen(said, rich_text(section(words(said))), actions(press(LIST, "Open the list", button_value())))


def label(held_back: int) -> str:
    """Return what the dashboard's menu says."""
    return f"Do Not Disturb ({held_back:,})" if held_back else TITLE


def _counter(held_back: int, calls: int) -> str:
    also = f" and {count(calls, 'call')}" if calls else ""
    return f"{count(held_back, 'text')}{also} held back this week"
