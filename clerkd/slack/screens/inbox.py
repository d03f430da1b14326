"""The Inbox: conversations as a list of work, narrowed by status, assignee, line and tag, with counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from clerkd.model.number import national
from clerkd.model.ticket import Priority
from clerkd.model.ticket_lifecycle import Status
from clerkd.slack.ids import button_value
from clerkd.slack.payload import Json
from clerkd.slack.render import Block, Element, context, rich_text, section, words
from clerkd.slack.sanitize import shorten
from clerkd.slack.screens.board import PRIORITY_MARKS, STATUS_WORDS, conversation, taken
from clerkd.slack.screens.skeleton import modal
from clerkd.slack.screens.times import JUST_NOW, age, count

CALLBACK = "clerk.inbox"
OPEN = "clerk.inbox.open"
FILTER = "clerk.inbox.filter"  # and after a colon what it narrows
PAGE = "clerk.inbox.page"
FIND = "clerk.inbox.find"

ANY = "*"
NOBODY = "-"
CHOICE = "="  # before the value of a choice, so that no tag is taken for one of the two above
OPTIONS = 100  # of one menu
ROWS = 10

FILTERS = {"show": "Show", "status": "Status", "assignee": "Assignee", "line": "Line", "tag": "Tag"}
WAITING = "waiting"
SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A conversation."""

    name: str | None
    peer: str
    region: str | None
    line: str
    status: Status
    priority: Priority | None = None
    subject: str = ""
    assignees: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    waiting_since: int | None = None
    unanswered: int = 0
    activity_at: int | None = None
    snoozed: bool = False
    last_text: str = ""
    last_inbound: bool = True
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a filter can be set to."""

    value: str  # ANY, NOBODY, or CHOICE and what it is
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """A page of the Inbox as it is filtered."""

    rows: tuple[InboxRow, ...]
    total: int
    choices: Mapping[str, Sequence[Choice]]  # by filter; one that offers nothing is not shown
    chosen: Mapping[str, str] = field(default_factory=dict)  # by filter; ANY where nothing is
    older: str | None = None  # cursor
    first: bool = True
    now: int
    zone: tzinfo


def view(page: InboxPage) -> Json:
    """Return the Inbox."""
    menus = [_menu(name, page) for name in FILTERS if len(page.choices.get(name, ())) > 1]
    shown: list[Block] = [{"type": "actions", "block_id": "filters", "elements": menus}] if menus else []
    shown.append(rich_text(section(words(_head(page), bold=True))))
    shown += [_row(one, page) for one in page.rows[:ROWS]]
    if not page.rows:
        shown.append(context("Every conversation shows up here as soon as a text came or went."))
    shown.append({"type": "actions", "block_id": "pages", "elements": _pages(page)})
    return modal("Inbox", shown, callback=CALLBACK, carried=button_value(**page.chosen))


def _head(page: InboxPage) -> str:
    return count(page.total, "conversation") if page.total else "No conversation fits"


def _row(one: InboxRow, page: InboxPage) -> Block:
    facts = [_when(one, page), STATUS_WORDS[one.status], taken(one.assignees)]
    facts += ["💤 snoozed"] if one.snoozed else []
    facts += [shorten(one.subject, 60)] if one.subject else []
    facts += ["#" + shorten(tag, 40) for tag in one.tags[:5]]
    return conversation(
        one.name,
        national(one.peer, one.region),
        shorten(one.line, 40),
        mark=PRIORITY_MARKS.get(one.priority, "") if one.priority else "",
        facts=facts,
        preview=one.last_text if one.last_inbound or not one.last_text else f"↪️ {one.last_text}",
        link=one.link,
    )


def _when(one: InboxRow, page: InboxPage) -> str:
    since = one.waiting_since if one.waiting_since is not None else one.activity_at
    if since is None:
        return "no texts yet"
    passed = age(since, page.now)
    if one.waiting_since is None:
        return "last text just now" if passed == JUST_NOW else f"last text {passed} ago"
    waits = "came just now" if passed == JUST_NOW else f"waiting {passed}"
    return f"{waits} · {one.unanswered} new" if one.unanswered > 1 else waits


def _menu(name: str, page: InboxPage) -> Element:
    choices = list(page.choices[name])[:OPTIONS]
    options = [{"text": _plain(shorten(choice.label, 75)), "value": choice.value} for choice in choices]
    chosen = page.chosen.get(name, ANY)
    selected = next((option for option in options if option["value"] == chosen), options[0])
    return {
        "type": "static_select",
        "action_id": f"{FILTER}:{name}",
        "placeholder": _plain(FILTERS[name]),
        "options": options,
        "initial_option": selected,
    }


def _pages(page: InboxPage) -> list[Element]:
    elements = [{"type": "button", "action_id": FIND, "text": _plain("🔎 Find")}]
    if not page.first:
        elements.append(_page("Newest", ""))
    if page.older is not None:
        elements.append(_page("Older", page.older))
    return elements


def _page(label: str, cursor: str) -> Element:
    return {
        "type": "button",
        "action_id": f"{PAGE}:{label.lower()}",
        "text": _plain(label),
        "value": button_value(before=cursor),
    }


def _plain(text: str) -> Element:
    return {"type": "plain_text", "text": text, "emoji": True}
