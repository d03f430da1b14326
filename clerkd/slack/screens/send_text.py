"""Send Text: to whom, what, and when. Also the form in which a scheduled text is edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from clerkd.model.line import Measure
from clerkd.model.message import Encoding
from clerkd.model.recurrence import Frequency, Recurrence
from clerkd.model.template import Template, TemplateScope
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, Screen, actions, context, rich_text, screen, section, words
from clerkd.slack.sanitize import clean, shorten
from clerkd.slack.screens import inputs
from clerkd.slack.screens.skeleton import modal

CALLBACK = "clerk.send_text"
TITLE = "Send Text"
EDIT_TITLE = "Edit text"

OPEN = "clerk.send_text.open"  # the button, wherever it is
TO = "clerk.send_text.to"
LINE = "clerk.send_text.line"
TEMPLATE = "clerk.send_text.template"
TEXT = "clerk.send_text.text"
LATER = "clerk.send_text.later"
AT = "clerk.send_text.at"
ZONE = "clerk.send_text.zone"
REPEAT = "clerk.send_text.repeat"
UNTIL = "clerk.send_text.until"
TIMES = "clerk.send_text.times"
CANCEL_IF_ANSWERED = "clerk.send_text.cancel_if_answered"
REPLY = "clerk.send_text.reply"

NEVER = "never"
REPEATS: dict[str, str] = {
    NEVER: "Does not repeat",
    "daily:1": "Every day",
    "weekly:1": "Every week",
    "weekly:2": "Every two weeks",
    "monthly:1": "Every month",
}
YES = "yes"
HINT = "A text holds 160 characters, or 70 with emoji and other letters than the usual; a longer one goes in segments."
_PREVIEW_LIMIT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    """What the form shows. `text` is put into the box only when its `version` is new: what was typed stays."""

    lines: Sequence[tuple[str, str]]  # name, number as people write it
    line: str
    to: Element | None = None  # an option
    templates: Sequence[Template] = ()
    template: str | None = None
    text: str = ""
    version: int = 0
    cost: str = ""  # what is said under the text
    warning: str = ""  # what has to be mended there first
    later: bool = False
    at: int | None = None  # epoch s, as the reader's clock has it
    zone: str = "UTC"
    repeat: str = NEVER
    repeats: bool = True  # whether it may
    until: str | None = None
    times: int | None = None
    next_times: Sequence[str] = ()
    cancel_if_answered: bool = False
    channels: Sequence[tuple[str, str]] = ()  # id and name of those in which a conversation may be
    reply: str | None = None
    editing: str | None = None  # whom the scheduled text is for
    carried: Mapping[str, str] = field(default_factory=dict)


def form(shows: SendText) -> Json:
    """Return the modal."""
    blocks = [*_whom(shows), *_what(shows), *_when(shows)]
    if len(shows.channels) > 1 and shows.editing is None:
        blocks.append(_reply(shows))
    return modal(
        TITLE if shows.editing is None else EDIT_TITLE,
        blocks,
        callback=CALLBACK,
        submit="Send" if shows.editing is None else "Save",
        close="Cancel",
        carried=button_value(**{**shows.carried, "n": str(shows.version)}),
    )


def text_block(version: int) -> str:
    """Return the block_id of the text's box. Another text put there needs another one, or Slack keeps the old."""
    return f"text:{version}"


def _whom(shows: SendText) -> list[Block]:
    if shows.editing is not None:
        return [rich_text(section(words("To "), words(shows.editing, bold=True)))]
    who = inputs.asking_menu(TO, chosen=shows.to, placeholder="A name or a phone number")
    blocks = [inputs.field("to", "To", who, dispatch=True)]
    if len(shows.lines) > 1:
        options = [inputs.option(" · ".join(filter(None, line)), line[0]) for line in shows.lines]
        blocks.append(inputs.field("line", "From", inputs.menu(LINE, options, chosen=shows.line), dispatch=True))
    return blocks


def _what(shows: SendText) -> list[Block]:
    blocks = []
    if shows.templates and shows.editing is None:
        chooser = inputs.grouped_menu(
            TEMPLATE, _template_groups(shows.templates), chosen=shows.template, placeholder="None"
        )
        blocks.append(inputs.field("template", "Use a template", chooser, optional=True, dispatch=True))
    box = inputs.text_box(TEXT, value=shows.text, multiline=True, live=True, focus=shows.to is not None)
    blocks.append(inputs.field(text_block(shows.version), "Text", box, dispatch=True))
    if shows.warning:
        blocks.append({**context(f"⚠️ {shorten(shows.warning, _PREVIEW_LIMIT)}"), "block_id": "warning"})
    blocks.append({**context(shows.cost or HINT), "block_id": "cost"})
    return blocks


def _template_groups(templates: Sequence[Template]) -> list[Element]:
    titles = {
        TemplateScope.PERSONAL: "Yours",
        TemplateScope.LINE: "This line",
        TemplateScope.WORKSPACE: "Everybody's",
    }
    groups = []
    for scope, title in titles.items():
        options = [inputs.option(one.name, one.id, one.body) for one in templates if one.scope is scope]
        if options:
            groups.append(inputs.group(title, options))
    return groups


def _when(shows: SendText) -> list[Block]:
    blocks: list[Block] = []
    if shows.editing is None:
        box = inputs.boxes(LATER, [inputs.option("Send at a later time", YES)], ticked=[YES] if shows.later else [])
        blocks.append(inputs.field("later", "When", box, optional=True, dispatch=True))
    if not shows.later:
        return blocks
    picker: Element = {"type": "datetimepicker", "action_id": AT}
    if shows.at is not None:
        picker["initial_date_time"] = shows.at
    zone = inputs.asking_menu(ZONE, chosen=inputs.option(shows.zone, shows.zone))
    repeat = inputs.menu(REPEAT, [inputs.option(label, value) for value, label in REPEATS.items()], chosen=shows.repeat)
    blocks += [
        inputs.field("at", "Date and time", picker, dispatch=True),
        inputs.field("zone", "Time zone", zone, hint="Where the clock shows that time", dispatch=True),
    ]
    if shows.repeats:
        blocks.append(inputs.field("repeat", "Repeat", repeat, dispatch=True))
    if shows.repeats and shows.repeat != NEVER:
        blocks += _repeats(shows)
    keep = inputs.boxes(
        CANCEL_IF_ANSWERED,
        [inputs.option("Cancel if they text first", YES)],
        ticked=[YES] if shows.cancel_if_answered else [],
    )
    return [*blocks, inputs.field("cancel_if_answered", "Follow-up", keep, optional=True)]


def _repeats(shows: SendText) -> list[Block]:
    until: Element = {"type": "datepicker", "action_id": UNTIL}
    if shows.until is not None:
        until["initial_date"] = shows.until
    times: Element = {
        "type": "number_input",
        "action_id": TIMES,
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": "1000",
    }
    if shows.times is not None:
        times["initial_value"] = str(shows.times)
    blocks = [
        inputs.field("until", "Until", until, hint="The last day; empty: no end", optional=True, dispatch=True),
        inputs.field("times", "Or how many times", times, optional=True),
    ]
    if shows.next_times:
        blocks.append({**context("Next: " + " · ".join(shows.next_times)), "block_id": "next"})
    return blocks


def _reply(shows: SendText) -> Block:
    options = [inputs.option(f"#{name.lstrip('#')}", channel) for channel, name in shows.channels]
    hint = "A conversation that is shown somewhere already stays there"
    return inputs.field(
        "reply", "Reply goes to", inputs.menu(REPLY, options, chosen=shows.reply), hint=hint, optional=True
    )


def cost(measure: Measure, *, limit: int, left: int | None = None) -> str:
    """Return what a text costs: characters, segments, what makes it Unicode, what is left of the quota."""
    said = [_count(measure.characters, "character")]
    if measure.segments > limit:
        said.append(f"⚠️ {measure.segments} segments, at most {limit} can be sent")
    else:
        said.append(_count(measure.segments, "segment"))
    if measure.encoding is Encoding.UCS2 and measure.forced_by is not None:
        said.append(f"Unicode because of {_shown(measure.forced_by)}")
    if left is not None:
        said.append(f"quota left {left:,}")
    return " · ".join(said)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _shown(character: str) -> str:
    """Return a character as it is, or by its number where nothing would be seen."""
    return clean(character).strip() or " ".join(f"U+{ord(one):04X}" for one in character)


def rule_words(rule: Recurrence) -> str:
    """Return a rule in words: `every week on Monday at 09:00 (Europe/Berlin), until 1 Mar 2027`."""
    unit = {Frequency.DAILY: "day", Frequency.WEEKLY: "week", Frequency.MONTHLY: "month"}[rule.frequency]
    said = f"every {unit}" if rule.every == 1 else f"every {rule.every} {unit}s"
    if rule.frequency is Frequency.WEEKLY:
        said += f" on {rule.starts:%A}"
    if rule.frequency is Frequency.MONTHLY:
        said += f" on day {rule.starts.day}" + (", or the last one" if rule.starts.day > 28 else "")
    said += f" at {rule.starts:%H:%M} ({rule.zone})"
    if rule.until is not None:
        said += f", until {rule.until.day} {rule.until:%b %Y}"
    if rule.count is not None:
        said += f", {_count(rule.count, 'time')} in all"
    return said


def clock(local: datetime) -> str:
    """Return a time on the wall in a few characters: `Mon 4 Jan 09:00`."""
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def sent(who: str, *, link: str | None, when: str = "", waits: str = "", where: str = "") -> Screen:
    """Say that it is on its way, or until `when` or why it `waits`, and where the conversation is."""
    done = f"✅ Sent to {shorten(who, 80)}."
    if when:
        done = f"🕒 Scheduled for {shorten(who, 80)}, {when}."
    elif waits:
        done = f"⏳ Kept for {shorten(who, 80)}: {waits}."
    tail = [*words(" "), {"type": "link", "url": link, "text": "Open thread"}] if link is not None else []
    if link is None and where:
        tail = words(f" The conversation is in {where}.")
    return screen(done, rich_text(section(words(done), tail)))


def invitation() -> Screen:
    """Offer the form where nothing can open it at once."""
    text = "Text somebody:"
    return screen(
        text,
        rich_text(section(words(text))),
        actions(inputs.press(OPEN, "📱 Send Text", button_value(), style="primary")),
    )
