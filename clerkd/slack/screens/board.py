"""The dashboard's values, and its blocks: the same in a channel and on the Home tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from clerkd.model.line import LineState
from clerkd.model.number import national
from clerkd.model.quota import QuotaStatus
from clerkd.model.ticket import Priority
from clerkd.model.ticket_lifecycle import Status
from clerkd.slack.ids import button_value
from clerkd.slack.render import Block, Element, context, quote, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.line import STATES
from clerkd.slack.screens.times import JUST_NOW, age, clock, count, day

OPEN_LINK = "clerk.open"  # a button that was a link, in rows posted before: Slack tells of the press, nothing is to do
MENU = "clerk.board.more"
MENU_OPTIONS = 5  # Slack's limit of an overflow menu
LINES_SHOWN = 20
ALARMS_SHOWN = 5
PREVIEW_SHOWN = 80

STATUS_WORDS = {
    Status.NEW: "New",
    Status.OPEN: "Open",
    Status.PENDING: "Pending",
    Status.ON_HOLD: "On hold",
    Status.SOLVED: "Solved",
    Status.CLOSED: "Closed",
}
PRIORITY_MARKS = {Priority.URGENT: "🔴 ", Priority.HIGH: "🟠 ", Priority.NORMAL: "", Priority.LOW: ""}
_WORKS = {LineState.READY, LineState.DEGRADED}
_DOTS = {LineState.READY: "🟢", LineState.DEGRADED: "🟡", LineState.SEARCHING: "🟠"}
_BARS = ((-73, "▂▄▆█"), (-85, "▂▄▆"), (-97, "▂▄"), (-113, "▂"))  # dBm, RSSI as 27.007 §8.5 counts it


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A line."""

    name: str
    number: str
    region: str | None
    state: LineState
    reason: str | None = None
    operator: str | None = None
    signal_dbm: int | None = None
    quota: QuotaStatus | None = None
    queued: int = 0  # texts that wait for their turn
    held: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """A conversation that needs an answer."""

    name: str | None
    peer: str
    region: str | None
    line: str
    waiting_since: int
    unanswered: int
    status: Status = Status.NEW
    priority: Priority | None = None
    assignees: tuple[str, ...] = ()
    last_text: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class DoorShown:
    """A button that leads somewhere."""

    action: str
    label: str
    in_menu: bool = False
    style: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that the dashboard shows."""

    lines: tuple[LineRow, ...]
    needs: tuple[NeedRow, ...]
    needs_total: int
    doors: tuple[DoorShown, ...]
    now: int
    zone: tzinfo
    version: str = ""
    slack: str = ""  # how the connection is, in words
    last_in: int | None = None  # epoch ms
    last_out: int | None = None


def blocks(board: Board) -> list[Block]:
    """Return the dashboard. What is wrong comes first."""
    down = [line for line in board.lines if line.state not in _WORKS]
    shown = [alarm(line) for line in down[:ALARMS_SHOWN]]
    if len(down) > ALARMS_SHOWN:
        shown.append(context(f"and {count(len(down) - ALARMS_SHOWN, 'more line')} down"))
    shown += [rich_text(section(*_lines(board)))] if board.lines else []
    if len(board.lines) > LINES_SHOWN:
        shown.append(context(f"and {count(len(board.lines) - LINES_SHOWN, 'more line')}"))
    shown += doors(board.doors)
    shown += [{"type": "divider"}, *_needs(board), context(_small_print(board))]
    return shown


def summary(board: Board) -> str:
    """Return the dashboard in a sentence, for notifications and clients without blocks."""
    down = [line for line in board.lines if line.state not in _WORKS]
    parts = [_alarm_words(line) for line in down]
    parts.append(f"{count(board.needs_total, 'conversation')} need{'s' if board.needs_total == 1 else ''} an answer.")
    return " ".join(parts)


def alarm(line: LineRow) -> Block:
    """Say that a line does not work and what that means."""
    return rich_text(section(words("🔴 " + _alarm_words(line), bold=True)))


def doors(shown: Sequence[DoorShown]) -> list[Block]:
    """Return the row of buttons, with the menu at its end; a menu of one entry would be a detour."""
    in_menu = [door for door in shown if door.in_menu][:MENU_OPTIONS]
    if len(in_menu) < 2:
        in_menu = []
    elements = [_button(door) for door in shown if door not in in_menu]
    if in_menu:
        options = [{"text": _plain(shorten(door.label, 75)), "value": button_value(do=door.action)} for door in in_menu]
        elements.append({"type": "overflow", "action_id": MENU, "options": options})
    return [{"type": "actions", "elements": elements}] if elements else []


def bars(signal_dbm: int | None) -> str:
    """Return a signal strength as bars; nothing when it is not known."""
    if signal_dbm is None:
        return ""
    return "📶 " + next((drawn for least, drawn in _BARS if signal_dbm >= least), "▁")


def row(text: str, accessory: Element | None = None) -> Block:
    """Return a row of a list: what it says, never parsed, and what can be done."""
    block: Block = {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
    return block | ({"accessory": accessory} if accessory is not None else {})


def conversation(
    name: str | None, number: str, line: str, *, mark: str, facts: Sequence[str], preview: str, link: str | None
) -> Block:
    """Return a conversation in a list: who it is, how it stands, the last text, and the way to it."""
    who_else = [number, line] if name else [line]
    head = section(
        words(mark), words(shorten(name or number, 60), bold=True), words(" · " + " · ".join(who_else)),
        words("\n" + " · ".join(facts)), leading("Reply", link),
    )  # fmt: skip
    return rich_text(head, *([quote(shorten(preview, PREVIEW_SHOWN))] if preview.strip() else []))


def leading(label: str, link: str | None) -> list[Element]:
    """Return what ends a line with the way to somewhere, if there is one."""
    return [*words(" · "), {"type": "link", "url": link, "text": label, "style": {"bold": True}}] if link else []


def _small_print(board: Board) -> str:
    facts = [f"clerkd {board.version}"] if board.version else []
    facts += [f"Slack: {shorten(board.slack, 150)}"] if board.slack else []
    times = [
        f"{word} {clock(at, board.zone, board.now)}"
        for word, at in (("in", board.last_in), ("out", board.last_out))
        if at is not None
    ]
    return " · ".join([*facts, "last text " + ", ".join(times) if times else "no texts yet"])


def _alarm_words(line: LineRow) -> str:
    why = shorten(line.reason, 200).rstrip(".") if line.reason else STATES.get(line.state, line.state.value)
    waits = "waits" if line.queued == 1 else "wait"
    queue = f" {count(line.queued, 'text')} {waits} until it is back." if line.queued else ""
    return f"Line {shorten(line.name, 40)} is down: {why}.{queue}"


def _lines(board: Board) -> list[list[Element]]:
    rows = [_line(line, board) for line in board.lines[:LINES_SHOWN]]
    return [group for index, one in enumerate(rows) for group in ([words("\n")] if index else []) + one]


def _line(line: LineRow, board: Board) -> list[list[Element]]:
    facts = [national(line.number, line.region)] if line.number else []
    if line.state is not LineState.READY:
        facts.append(STATES.get(line.state, line.state.value))
    facts += [fact for fact in (bars(line.signal_dbm), shorten(line.operator or "", 40)) if fact]
    if line.quota is not None:
        facts.append(_quota(line.quota, board))
    if line.queued and line.state in _WORKS:
        facts.append(f"{count(line.queued, 'text')} queued")
    if line.held:
        facts.append(f"⏸️ {count(line.held, 'text')} held: the quota is used up")
    dot = _DOTS.get(line.state, "🔴")
    name = words(shorten(line.name, 40), bold=True)
    return [words(f"{dot} "), name, *([words(" · " + " · ".join(facts))] if facts else [])]


def _quota(quota: QuotaStatus, board: Board) -> str:
    warning = "⚠️ " if quota.used * 100 >= quota.total * 80 else ""
    return f"{warning}{quota.used:,}/{quota.total:,} segments, resets {day(quota.resets_at, board.zone, board.now)}"


def _needs(board: Board) -> list[Block]:
    if not board.needs:
        return [rich_text(section(words("✅ Nothing needs an answer.", bold=True)))]
    rows = [_need(need, board) for need in board.needs]
    more = board.needs_total - len(board.needs)
    head = rich_text(section(words(f"Needs an answer ({board.needs_total:,})", bold=True)))
    return [head, *rows, *([context(f"and {more:,} more, in the Inbox")] if more > 0 else [])]


def _need(need: NeedRow, board: Board) -> Block:
    waits = age(need.waiting_since, board.now)
    facts = ["came just now" if waits == JUST_NOW else f"waiting {waits}"]
    facts += [f"{need.unanswered} new"] if need.unanswered > 1 else []
    facts += [STATUS_WORDS[need.status], taken(need.assignees)]
    return conversation(
        need.name,
        national(need.peer, need.region),
        shorten(need.line, 40),
        mark=PRIORITY_MARKS.get(need.priority, "") if need.priority else "",
        facts=facts,
        preview=need.last_text,
        link=need.link,
    )


def taken(assignees: Sequence[str]) -> str:
    """Return who has a conversation."""
    more = f" and {len(assignees) - 3} more" if len(assignees) > 3 else ""
    return ", ".join(shorten(name, 30) for name in assignees[:3]) + more or "nobody yet"


def _button(door: DoorShown) -> Element:
    element: Element = {"type": "button", "action_id": door.action, "text": _plain(shorten(door.label, 75))}
    return element | ({"style": door.style} if door.style else {})


def _plain(text: str) -> Element:
    return {"type": "plain_text", "text": text, "emoji": True}
