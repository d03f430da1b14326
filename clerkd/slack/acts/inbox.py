"""The Inbox: opened from the dashboard, narrowed and paged in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clerkd.model.ticket import TicketView
from clerkd.model.ticket_lifecycle import Status
from clerkd.ports.store import Tx
from clerkd.slack.acts.find import results_of
from clerkd.slack.acts.inbox_filter import filter_of
from clerkd.slack.board import thread_link
from clerkd.slack.interactions import Act, Desk, Door, Interactions
from clerkd.slack.payload import Acted, Json
from clerkd.slack.screens import find, inbox, skeleton
from clerkd.slack.screens.board import STATUS_WORDS
from clerkd.slack.screens.inbox import ANY, CHOICE, NOBODY, SNOOZED, WAITING, Choice, InboxPage, InboxRow
from clerkd.store.ops.board import LastText, last_texts
from clerkd.store.ops.contacts import contact_names
from clerkd.store.ops.tickets_inbox import NOBODY as UNASSIGNED
from clerkd.store.ops.tickets_inbox import InboxCounts, InboxFilter, count_fitting, count_inbox, list_inbox


def interactions() -> Interactions:
    """Return what is answered here."""
    return Interactions(
        actions={
            inbox.OPEN: Act(open_inbox),
            inbox.FILTER: Act(narrow),
            inbox.PAGE: Act(turn),
            inbox.FIND: Act(open_find),
        },
        doors=[Door(inbox.OPEN, lambda _tx, _now: "Inbox", 40)],
    )


async def open_inbox(payload: Acted, desk: Desk) -> None:
    """Open the Inbox."""

    async def filled() -> Json:
        return inbox.view(await page_of(desk, {}))

    loading = skeleton.loading("Inbox", callback=inbox.CALLBACK)
    await desk.screens.show_then(payload, loading, filled)


async def narrow(payload: Acted, desk: Desk) -> None:
    """Show what fits a filter that was set, from the newest on."""
    name = payload.action.partition(":")[2]
    if payload.view is not None and name in inbox.FILTERS:
        chosen = dict(payload.view.carried) | {name: payload.chosen or ANY}
        await desk.screens.update(payload.view.id, inbox.view(await page_of(desk, chosen)))


async def turn(payload: Acted, desk: Desk) -> None:
    """Show another page."""
    if payload.view is not None:
        page = await page_of(desk, payload.view.carried, before=payload.value.get("before", ""))
        await desk.screens.update(payload.view.id, inbox.view(page))


async def open_find(payload: Acted, desk: Desk) -> None:
    """Open the search on top, narrowed as the Inbox is."""
    carried = payload.view.carried if payload.view is not None else {}
    chosen = {name: value for name, value in carried.items() if name in inbox.FILTERS and value != ANY}
    await desk.screens.push(payload.trigger, find.view(await results_of(desk, "", within=chosen)))


async def page_of(desk: Desk, chosen: Mapping[str, str], *, before: str = "") -> InboxPage:
    """Read a page of the Inbox; `before` is the cursor of the last row of the page before."""
    found = await desk.store.read(_read, chosen, _cursor(before), desk.team_url(), desk.clock.now_ms())
    people = {person for ticket in found.tickets[: inbox.ROWS] for person in ticket.ticket.assignees}
    people |= {person for person in list(found.counts.by_assignee)[: inbox.OPTIONS] if person != UNASSIGNED}
    called = {person: (await desk.people.find(person)).name for person in sorted(people)}
    shown = found.tickets[: inbox.ROWS]
    last = shown[-1].ticket if len(found.tickets) > inbox.ROWS else None
    return InboxPage(
        rows=tuple(_row(ticket, found, called, desk) for ticket in shown),
        total=found.total,
        choices=_choices(found.counts, called, chosen),
        chosen={name: value for name, value in chosen.items() if name in inbox.FILTERS},
        older=f"{last.activity_at}:{last.conversation_id}" if last is not None else None,
        first=not before,
        now=desk.clock.now_ms(),
        zone=desk.person.tz,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    tickets: Sequence[TicketView]  # one more than a page, if there is one
    names: Mapping[str, str]
    links: Mapping[str, str | None]
    texts: Mapping[str, LastText]
    counts: InboxCounts  # of everything: a menu says what there is, whatever is chosen
    total: int


def _read(tx: Tx, chosen: Mapping[str, str], before: tuple[int, str] | None, team_url: str, now: int) -> _Found:
    wanted = filter_of(chosen, now)
    tickets = list_inbox(tx, wanted, before=before, limit=inbox.ROWS + 1)
    counts = count_inbox(tx, InboxFilter(snoozed=None, now=now))
    return _Found(
        tickets=tickets,
        names=contact_names(tx, {ticket.peer for ticket in tickets}),
        links={
            ticket.ticket.conversation_id: thread_link(tx, ticket.ticket.conversation_id, team_url)
            for ticket in tickets
        },
        texts=last_texts(tx, [ticket.ticket.conversation_id for ticket in tickets[: inbox.ROWS]]),
        counts=counts,
        total=count_fitting(tx, wanted),
    )


def _choices(counts: InboxCounts, called: Mapping[str, str], chosen: Mapping[str, str]) -> dict[str, list[Choice]]:
    statuses = [(status.value, STATUS_WORDS[status], counts.by_status.get(status, 0)) for status in Status]
    people = [(one, called.get(one, one), number) for one, number in counts.by_assignee.items() if one != UNASSIGNED]
    choices = {
        "show": [
            Choice(ANY, "Everything"),
            Choice(CHOICE + WAITING, f"Needs an answer ({counts.waiting:,})"),
            Choice(CHOICE + SNOOZED, "Snoozed"),
        ],
        "status": [Choice(ANY, "Any status"), *_counted(statuses)],
        "assignee": [
            Choice(ANY, "Anybody's"),
            Choice(NOBODY, f"Nobody's ({counts.by_assignee.get(UNASSIGNED, 0):,})"),
            *_counted(people),
        ],
        "line": _counted([(line, line, number) for line, number in counts.by_line.items()]),
        "tag": _counted([(tag, tag, number) for tag, number in counts.by_tag.items()]),
    }
    for name, every in (("line", "Any line"), ("tag", "Any tag")):
        least = 2 if name == "line" else 1
        choices[name] = [Choice(ANY, every), *choices[name]] if len(choices[name]) >= least else []
    return {name: _with_chosen(offered, chosen.get(name, ANY)) for name, offered in choices.items()}


def _counted(found: Sequence[tuple[str, str, int]]) -> list[Choice]:
    return [Choice(CHOICE + value, f"{label} ({number:,})") for value, label, number in found]


def _with_chosen(offered: list[Choice], chosen: str) -> list[Choice]:
    """Keep what is chosen among what is offered, also when nothing has it any more."""
    cut = offered[: inbox.OPTIONS - 1]
    if not offered or chosen in {choice.value for choice in cut}:
        return cut
    return [*cut, next((choice for choice in offered if choice.value == chosen), Choice(chosen, chosen[1:] or "?"))]


def _row(found: TicketView, page: _Found, called: Mapping[str, str], desk: Desk) -> InboxRow:
    ticket = found.ticket
    last = page.texts.get(ticket.conversation_id)
    return InboxRow(
        name=page.names.get(found.peer),
        peer=found.peer,
        region=desk.lines.region(found.line),
        line=found.line,
        status=ticket.status,
        priority=ticket.priority,
        subject=ticket.subject,
        assignees=tuple(called.get(person, person) for person in ticket.assignees),
        tags=ticket.tags,
        waiting_since=ticket.waiting_since,
        unanswered=ticket.unanswered,
        activity_at=ticket.activity_at,
        snoozed=ticket.snoozed,
        last_text=last.text if last is not None else "",
        last_inbound=last is None or last.inbound,
        link=page.links.get(ticket.conversation_id),
    )


def _cursor(before: str) -> tuple[int, str] | None:
    at, _, conversation_id = before.partition(":")
    return (int(at), conversation_id) if at.isdecimal() and conversation_id else None
