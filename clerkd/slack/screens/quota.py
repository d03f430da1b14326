"""A line's quota: warnings, texts that wait for it, and what can be done about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

from clerkd.model.message import Message
from clerkd.model.quota import QuotaStatus
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Element, Screen, actions, context, moment, quote, rich_text, screen, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.inputs import field, menu, option, press, text_box
from clerkd.slack.screens.line import called
from clerkd.slack.screens.skeleton import modal, notice
from clerkd.slack.screens.times import clock, day

OTHER_LINE = "clerk.quota.other_line"
ADD_PACK = "clerk.quota.add_pack"
WAIT = "clerk.quota.wait"
PACK_FORM = "clerk.quota.pack"
LINE_FORM = "clerk.quota.line"
SEGMENTS = "segments"
LINE = "line"
USUAL_PACK = 100
TEXT_LIMIT = 80  # enough to know it by: the whole text stands above, in its thread

_HALF_A_DAY_MS = 12 * 3_600_000


def warning(line: str, detail: Mapping[str, Any]) -> Screen:
    """Say in the line's channel that its quota is nearly used."""
    percent, used, total = (int(detail.get(key, 0)) for key in ("percent", "used", "segments"))
    resets_at = int(detail.get("resets_at", 0))
    said = f"⚠️ Line {line} has reached {percent} % of its quota: {used:,} of {total:,} segments are used"
    next_step = " Beyond it texts wait; nothing is lost."
    return screen(
        f"{said}.{next_step}",
        rich_text(section(words(f"{said}. It resets "), _when(resets_at), words(f".{next_step}"))),
        actions(press(ADD_PACK, "Add pack", button_value(line=line))),
    )


def held(
    message: Message, region: str | None, *, until: int | None, other_lines: Sequence[str], contact: str | None = None
) -> Screen:
    """Say in the thread that a text waits for its line's quota, and offer what can be done."""
    value = button_value(message=message.id, line=message.line)
    said = f"⏸️ Not sent to {called(contact, message.peer, region)} yet: the quota of line {message.line} is used up. "
    goes = [words("It goes out at the reset ("), _when(until), words(") or when a pack is added.")] if until else []
    buttons = [press(OTHER_LINE, "Use another line", value)] if other_lines else []
    buttons += [press(ADD_PACK, "Add pack", value), press(WAIT, f"Wait until {_day(until)}", value)]
    return screen(
        f"{said}It goes out at the reset or when a pack is added.",
        rich_text(section(words(said), *goes), *_quoted(message)),
        actions(*buttons),
    )


def waits(message: Message, region: str | None, *, until: int | None, name: str, contact: str | None = None) -> Screen:
    """The same after somebody decided to wait: no buttons."""
    said = f"⏸️ Not sent to {called(contact, message.peer, region)} yet: {shorten(name, 80)} lets it wait until "
    return screen(
        f"{said}the quota resets.",
        rich_text(section(words(said), _when(until), words(".")), *_quoted(message)),
    )


def pack_form(line: str, status: QuotaStatus, zone: tzinfo, now: int) -> Json:
    """Ask how many segments to add."""
    ends = day(status.resets_at, zone, now)
    return modal(
        "Add pack",
        [
            context(f"{standing(line, status, zone, now)}. A pack is for this period: it ends on {ends}."),
            field(
                SEGMENTS,
                "Segments to add",
                text_box("clerk.quota.segments", value=str(USUAL_PACK), most=9, focus=True),
                hint="What waits goes out at once, in its order, as far as the pack reaches.",
            ),
        ],
        callback=PACK_FORM,
        submit="Add",
        close="Cancel",
        carried=button_value(line=line),
    )


def pack_added(line: str, status: QuotaStatus, zone: tzinfo, now: int) -> Json:
    """Say what the quota is now."""
    return notice("Add pack", f"Added. {standing(line, status, zone, now)}.")


def line_form(message: Message, lines: Sequence[tuple[str, str, QuotaStatus | None]]) -> Json:
    """Ask which other line (name, number, quota) sends a text that waits."""
    options = [
        option(f"{name} {number}", name, "no quota" if status is None else f"{status.left:,} segments left")
        for name, number, status in lines
    ]
    return modal(
        "Use another line",
        [
            rich_text(
                section(words("They see another number, and their answer comes to that line's channel.")),
                *_quoted(message),
            ),
            field(LINE, "Line", menu("clerk.quota.line_chosen", options, chosen=lines[0][0])),
        ],
        callback=LINE_FORM,
        submit="Send",
        close="Cancel",
        carried=button_value(message=message.id),
    )


def sent_from(line: str) -> Json:
    """Say that another line sends it."""
    return notice("Use another line", f"Line {line} sends it. You find it in that line's channel.")


def standing(line: str, status: QuotaStatus, zone: tzinfo, now: int) -> str:
    """Return in words how a line's quota stands."""
    packs = f" (its quota of {status.segments:,} and {status.packs:,} from packs)" if status.packs else ""
    return (
        f"Line {line}: {status.used:,} of {status.total:,} segments used{packs}, "
        f"resets {clock(status.resets_at, zone, now)}"
    )


def _quoted(message: Message) -> list[Json]:
    return [quote(shorten(message.text, TEXT_LIMIT))] if message.text else []


def _when(at: int | None) -> list[Element]:
    return moment(at // 1000, "at the reset") if at else words("at the reset")


def _day(at: int | None) -> str:
    # A reset is a midnight somewhere: half a day later it is that day nearly everywhere.
    return day(at + _HALF_A_DAY_MS, UTC, at) if at else "the reset"
