"""What the dashboard shows, read in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clerkd import __version__
from clerkd.model.line import LineStatus
from clerkd.model.quota import QuotaStatus
from clerkd.model.ticket import TicketView
from clerkd.ports.store import Tx
from clerkd.slack.interactions import Desk, Door, Roles
from clerkd.slack.links import permalink
from clerkd.slack.screens.board import Board, DoorShown, LineRow, NeedRow
from clerkd.slack.settings import QuotaOf
from clerkd.slack.whereabouts import answered_at
from clerkd.store.ops.board import (
    LastText,
    count_held_messages,
    count_queued_messages,
    count_waiting_conversations,
    last_texts,
    last_times,
)
from clerkd.store.ops.contacts import contact_names
from clerkd.store.ops.tickets_inbox import list_waiting

NEEDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Found:
    queued: Mapping[str, int]
    held: Mapping[str, int]
    quotas: Mapping[str, QuotaStatus | None]
    waiting: int
    needs: Sequence[TicketView]
    names: Mapping[str, str]  # by number
    links: Mapping[str, str | None]  # by conversation, as the texts
    texts: Mapping[str, LastText]
    labels: Sequence[str]
    last: tuple[int | None, int | None]


class Boards:
    """Make the dashboard as one person sees it. `doors` are known when all acts are."""

    def __init__(self, doors: Callable[[], Sequence[Door]], quota_of: QuotaOf, roles: Roles) -> None:
        self._doors = doors
        self._quota_of = quota_of
        self._roles = roles

    async def of(self, desk: Desk) -> Board:
        """Return the dashboard for `desk.person`, now."""
        now = desk.clock.now_ms()
        doors = [door for door in self._doors() if await self._roles.refusal(desk.person, door.needs) is None]
        statuses = desk.statuses()
        names = [status.name for status in statuses]
        found = await desk.store.read(_read, names, doors, self._quota_of, desk.team_url(), now=now)
        people = {person for need in found.needs for person in need.ticket.assignees}
        called = {person: (await desk.people.find(person)).name for person in sorted(people)}
        return Board(
            lines=tuple(_line_row(status, found, desk) for status in statuses),
            needs=tuple(_need_row(need, found, called, desk) for need in found.needs),
            needs_total=found.waiting,
            doors=tuple(
                DoorShown(door.action, label, door.in_menu, door.style)
                for door, label in zip(doors, found.labels, strict=True)
            ),
            now=now,
            zone=desk.person.tz,
            version=__version__,
            slack=desk.slack(),
            last_in=found.last[0],
            last_out=found.last[1],
        )


def _read(tx: Tx, lines: Sequence[str], doors: Sequence[Door], quota_of: QuotaOf, team_url: str, *, now: int) -> _Found:
    needs = list_waiting(tx, now=now, limit=NEEDS_SHOWN)
    conversations = [need.ticket.conversation_id for need in needs]
    return _Found(
        queued=count_queued_messages(tx),
        held=count_held_messages(tx),
        quotas={line: quota_of(tx, line, now) for line in lines},
        waiting=count_waiting_conversations(tx, now=now),
        needs=needs,
        names=contact_names(tx, [need.peer for need in needs]),
        links={one: thread_link(tx, one, team_url) for one in conversations},
        texts=last_texts(tx, conversations, inbound_only=True),
        last=last_times(tx),
        labels=[door.label(tx, now) for door in doors],
    )


def thread_link(tx: Tx, conversation_id: str, team_url: str) -> str | None:
    """Return where a conversation is answered in Slack."""
    place = answered_at(tx, conversation_id) if team_url else None
    return None if place is None else permalink(team_url, *place)


def _line_row(status: LineStatus, found: _Found, desk: Desk) -> LineRow:
    return LineRow(
        name=status.name,
        number=status.number,
        region=desk.lines.region(status.name),
        state=status.state,
        reason=status.reason,
        operator=status.operator,
        signal_dbm=status.signal_dbm,
        quota=found.quotas.get(status.name),
        queued=found.queued.get(status.name, 0),
        held=found.held.get(status.name, 0),
    )


def _need_row(need: TicketView, found: _Found, called: Mapping[str, str], desk: Desk) -> NeedRow:
    ticket = need.ticket
    last = found.texts.get(ticket.conversation_id)
    return NeedRow(
        name=found.names.get(need.peer),
        peer=need.peer,
        region=desk.lines.region(need.line),
        line=need.line,
        waiting_since=ticket.waiting_since or 0,
        unanswered=ticket.unanswered,
        status=ticket.status,
        priority=ticket.priority,
        assignees=tuple(called[person] for person in ticket.assignees),
        last_text=last.text if last is not None else "",
        link=found.links.get(ticket.conversation_id),
    )
