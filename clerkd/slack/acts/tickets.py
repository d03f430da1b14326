"""Claim, solve and snooze: from a card's menu and by reactions on the card."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from clerkd.core.desk.tickets import Tickets
from clerkd.ports.store import Tx
from clerkd.slack.ids import CARD_KINDS, CardAction
from clerkd.slack.interactions import Act, Desk, Errors, Interactions, Permission, Said, ViewAnswer
from clerkd.slack.payload import Acted, Reacted, ViewSubmitted
from clerkd.slack.screens import assign
from clerkd.store.ops.slack_places import conversation_at
from clerkd.store.ops.slack_posts import find_post_at
from clerkd.store.ops.tickets import get_ticket_view

CLAIM = "eyes"
SOLVE = "white_check_mark"
MORNING = 9  # o'clock, where the person is
LONGEST_S = 366 * 24 * 3600


class Deciding:
    """What is answered to one-click decisions."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    def interactions(self) -> Interactions:
        """Return what is answered here."""
        return Interactions(
            actions={
                CardAction.CLAIM.value: Act(self.claim, Permission.SEND),
                CardAction.SOLVE.value: Act(self.solve, Permission.SEND),
                CardAction.SNOOZE.value: Act(self.ask_until, Permission.SEND),
            },
            views={assign.SNOOZE_CALLBACK: Act(self.snooze, Permission.SEND)},
            reactions={CLAIM: Act(self.reacted, Permission.SEND), SOLVE: Act(self.reacted, Permission.SEND)},
        )

    async def claim(self, payload: Acted, desk: Desk) -> Said | None:
        """Assign the conversation to whoever pressed."""
        await self._tickets.claim(payload.value.get("conversation", ""), actor=desk.person.id)
        desk.changed()
        return None

    async def solve(self, payload: Acted, desk: Desk) -> Said | None:
        """Call the conversation done."""
        await self._tickets.solve(payload.value.get("conversation", ""), actor=desk.person.id)
        desk.changed()
        return None

    async def reacted(self, payload: Reacted, desk: Desk) -> Said | None:
        """Claim or solve by a reaction on the card; taking it away takes that back."""
        conversation_id = await desk.store.read(_conversation_of_card, payload.place.channel, payload.place.ts)
        if conversation_id is None:
            return None
        if payload.name == CLAIM:
            decide = self._tickets.claim if payload.added else self._tickets.unclaim
        else:
            decide = self._tickets.solve if payload.added else self._tickets.unsolve
        await decide(conversation_id, actor=desk.person.id)
        desk.changed()
        return None

    async def ask_until(self, payload: Acted, desk: Desk) -> Said | None:
        """Ask until when to snooze."""
        conversation_id = payload.value.get("conversation", "")
        await desk.store.read(get_ticket_view, conversation_id)  # or `NotFound`
        choices = moments(desk.clock.now_ms() // 1000, desk.person.tz)
        await desk.screens.show(payload, assign.snooze_form(conversation_id, choices, int(choices[-1][1])))
        return None

    async def snooze(self, payload: ViewSubmitted, desk: Desk) -> ViewAnswer:
        """Snooze."""
        entered = payload.view.entered
        choice, now = entered.choice(assign.SNOOZE) or "", desk.clock.now_ms() // 1000
        until: int | None = None
        if choice != assign.UNTIL_NEXT:
            until = entered.moment(assign.SNOOZE_AT) if choice == assign.UNTIL_TIME else int(choice or 0)
            field = assign.SNOOZE_AT if choice == assign.UNTIL_TIME else assign.SNOOZE
            if until is None or until <= now:
                return Errors({field: "That time is over. Choose one that is still to come."})
            if until > now + LONGEST_S:
                return Errors({field: "That is more than a year away. Choose a time that is nearer."})
        conversation_id = payload.view.carried.get("conversation", "")
        until_ms = None if until is None else until * 1000
        await self._tickets.snooze(conversation_id, until_ms, actor=desk.person.id)
        desk.changed()
        return None


def moments(now: int, zone: tzinfo) -> list[tuple[str, str]]:
    """Return what is offered, in words and epoch seconds: soon, this evening's end, the next days' mornings."""
    local = datetime.fromtimestamp(now, zone)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    tomorrow = morning + timedelta(days=1)
    monday = morning + timedelta(days=7 - local.weekday())
    offered = [
        ("In 1 hour", now + 3600),
        ("In 4 hours", now + 4 * 3600),
        ("Tomorrow at 9:00", int(tomorrow.timestamp())),
    ]
    if monday > tomorrow:
        offered.append(("Next Monday at 9:00", int(monday.timestamp())))
    return [(label, str(moment)) for label, moment in offered]


def _conversation_of_card(tx: Tx, channel: str, ts: str) -> str | None:
    """Return whose card a message is."""
    conversation_id = conversation_at(tx, channel, ts)
    if conversation_id is not None:
        return conversation_id
    post = find_post_at(tx, channel, ts)
    kind, _, conversation_id = post.subject.partition(":") if post is not None else ("", "", "")
    return conversation_id if kind in CARD_KINDS else None
