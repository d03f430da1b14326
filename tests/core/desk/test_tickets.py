"""Tickets on a real store, with a clock that only the test moves."""

from contextlib import asynccontextmanager

import pytest
from fakes.desk import OTHER, PEER, open_office

from clerkd.core.desk.notifications import TOPICS, Notifications
from clerkd.core.desk.reminders import Reminders
from clerkd.core.desk.tickets import Tickets
from clerkd.core.inbound.inbox import Inbox
from clerkd.errors import NotFound
from clerkd.model.inbound import InboundSegment
from clerkd.model.message import Encoding, Origin, OriginKind
from clerkd.model.notice import NoticeKind, Topic
from clerkd.model.rules import LETTERS, DndEntry, DndKind, OptOut
from clerkd.model.ticket import Priority, TicketChange, TicketRules
from clerkd.model.ticket_lifecycle import Status, Step
from clerkd.store.ops.board import count_waiting_conversations
from clerkd.store.ops.conversations import find_conversation
from clerkd.store.ops.dnd import put_dnd
from clerkd.store.ops.notices import read_notices, register_sink
from clerkd.store.ops.notifications import next_ticket_time
from clerkd.store.ops.optouts import opt_out
from clerkd.store.ops.tickets import get_ticket, get_ticket_view
from clerkd.store.ops.tickets_inbox import NOBODY, InboxFilter, count_inbox, list_inbox, list_waiting, search_tags
from clerkd.store.ops.tickets_notes import list_notes, ticket_history

DANA, SAM = "U0DANA", "U0SAM"
TOLD = {NoticeKind.ANSWER_AWAITED, NoticeKind.ANSWER_GIVEN}


class Kept:
    def __init__(self, payload):
        self.payload = payload

    async def acknowledge(self):
        pass


class Work:
    """The office with its tickets, stepped by hand."""

    def __init__(self, office, rules):
        self.office = office
        self.rules = rules
        self.reminders = Reminders(office.store, office.clock, rules)
        self.notifications = Notifications(office.store, self.reminders, rules)
        self.tickets = Tickets(office.store, office.clock, self.reminders, rules)
        self.inbox = Inbox(store=office.store, clock=office.clock, ids=office.ids, space=office.room)
        self._texts = 0

    async def settle(self):
        while await self.office.store.read(read_notices, "tickets", 1):
            await self.office.store.write(self.notifications._take)
        await self.reminders._catch_up()

    async def text(self, text="Hello", sender=PEER):
        self._texts += 1
        segment = InboundSegment(
            line="support",
            sim="8944500000000000001",
            pdu=f"{self._texts}".encode(),
            received_at=self.office.clock.now_ms(),
            sender=sender,
            sent_at=None,
            encoding=Encoding.GSM7,
            text=text,
        )
        await self.inbox.receive(Kept(segment))
        await self.settle()
        return await self.conversation(sender)

    async def reply(self, text="Hi", to=PEER, **wish):
        message = await self.office.send(text, to=to, **({"origin": Origin(OriginKind.SLACK, DANA)} | wish))
        await self.settle()
        return message

    async def pass_time(self, seconds):
        self.office.clock.advance(seconds)
        await self.settle()

    async def conversation(self, peer=PEER):
        found = await self.office.store.read(find_conversation, "support", peer)
        return found.id

    async def ticket(self, peer=PEER):
        return await self.office.store.read(get_ticket, await self.conversation(peer))

    async def told(self):
        """Return what people were told since the last look: `why` or `how`."""
        notices = await self.office.reader.take()
        return [str(notice.detail.get("why") or notice.detail.get("how")) for notice in notices if notice.kind in TOLD]


@asynccontextmanager
async def open_work(path, **rules):
    async with open_office(path, running=False) as office:
        await office.store.write(register_sink, "tickets")
        yield Work(office, TicketRules(**rules))


@pytest.fixture
async def work(tmp_path):
    async with open_work(tmp_path / "db") as one:
        yield one


async def test_the_first_text_of_a_number_is_told_at_once_as_new(work):
    await work.text()

    ticket = await work.ticket()
    assert (ticket.status, ticket.unanswered) == (Status.NEW, 1)
    assert await work.told() == ["new"]


async def test_an_ongoing_conversation_is_told_after_three_minutes_of_quiet_as_one(work):
    await work.text()
    await work.pass_time(60)
    await work.text()
    await work.pass_time(60)
    await work.text()
    await work.told()

    await work.pass_time(179)
    assert await work.told() == []
    await work.pass_time(1)
    assert await work.told() == ["waiting"]
    assert (await work.ticket()).unanswered == 3


async def test_nothing_is_told_of_what_was_answered_meanwhile(work):
    await work.text()
    await work.text()
    await work.told()
    await work.reply()

    assert await work.told() == ["answered"]
    await work.pass_time(3600 * 24)
    assert await work.told() == []


async def test_the_held_notification_survives_a_restart(work, tmp_path):
    await work.text()
    await work.text()
    await work.told()

    again = Work(work.office, work.rules)
    again.office.clock.advance(180)
    await again.settle()

    assert await again.told() == ["waiting"]


async def test_an_answer_opens_and_an_inbound_reopens(work):
    conversation = await work.text()
    await work.reply()
    assert (await work.ticket()).status is Status.OPEN

    for status in (Status.PENDING, Status.ON_HOLD, Status.SOLVED):
        await work.tickets.change(conversation, TicketChange(status=status), actor=DANA)
        await work.text()
        assert (await work.ticket()).status is Status.OPEN


async def test_solved_is_closed_after_four_days_and_new_again_with_the_next_text(work):
    conversation = await work.text()
    await work.tickets.solve(conversation, actor=DANA)
    await work.pass_time(4 * 86_400 - 1)
    assert (await work.ticket()).status is Status.SOLVED

    await work.pass_time(1)
    assert (await work.ticket()).status is Status.CLOSED
    assert await work.office.store.read(next_ticket_time) is None

    await work.text()
    assert (await work.ticket()).status is Status.NEW


async def test_steps_that_are_switched_off_do_not_happen(tmp_path):
    async with open_work(tmp_path / "db", steps=frozenset({Step.REOPEN.value})) as work:
        conversation = await work.text()
        await work.reply()
        assert (await work.ticket()).status is Status.NEW
        await work.tickets.solve(conversation, actor=DANA)
        await work.pass_time(10 * 86_400)
        assert (await work.ticket()).status is Status.SOLVED


async def test_a_timer_of_a_step_that_was_switched_off_since_does_not_spin(work):
    conversation = await work.text()
    await work.tickets.solve(conversation, actor=DANA)

    later = Work(work.office, TicketRules(steps=frozenset()))
    await later.pass_time(4 * 86_400)

    assert (await later.ticket()).status is Status.SOLVED
    assert await later.office.store.read(next_ticket_time) is None


async def test_reminders_escalate_and_those_missed_while_nobody_ran_come_once(work):
    await work.text()
    await work.told()
    await work.pass_time(60 * 60)
    assert await work.told() == ["overdue"]

    await work.pass_time(24 * 3600)
    assert (await work.told()).count("overdue") == 1


async def test_urgent_is_told_without_delay(work):
    conversation = await work.text()
    await work.tickets.change(conversation, TicketChange(priority=Priority.URGENT), actor=DANA)
    await work.told()
    await work.text()

    assert await work.told() == ["waiting"]
    await work.pass_time(5 * 60)
    assert "overdue" in await work.told()


async def test_a_snooze_ends_with_the_next_text(work):
    conversation = await work.text()
    await work.tickets.snooze(conversation, None, actor=DANA)
    await work.told()
    await work.pass_time(86_400)
    assert await work.told() == []

    await work.text()
    ticket = await work.ticket()
    assert not ticket.snoozed
    assert await work.told() == ["waiting"]


async def test_a_snooze_ends_at_its_time(work):
    conversation = await work.text()
    until = work.office.clock.now_ms() + 3_600_000
    await work.tickets.snooze(conversation, until, actor=DANA)
    await work.told()
    assert (await work.ticket()).snoozed_until == until

    await work.pass_time(3600)
    assert "snoozed" in await work.told()
    assert not (await work.ticket()).snoozed


async def test_claiming_assigns_and_opens_and_can_be_taken_back(work):
    conversation = await work.text()
    await work.tickets.claim(conversation, actor=DANA)
    await work.tickets.claim(conversation, actor=SAM)
    ticket = await work.ticket()
    assert (set(ticket.assignees), ticket.status) == ({DANA, SAM}, Status.OPEN)

    await work.tickets.unclaim(conversation, actor=DANA)
    assert (await work.ticket()).assignees == (SAM,)
    history = await work.office.store.read(ticket_history, conversation)
    assert [one.event for one in history if one.actor == DANA] == ["assigned", "unassigned"]


async def test_solving_lets_nothing_wait_and_unsolving_reopens(work):
    conversation = await work.text()
    await work.told()
    await work.tickets.solve(conversation, actor=DANA)
    assert await work.told() == ["solved"]
    assert (await work.ticket()).waiting_since is None

    await work.tickets.unsolve(conversation, actor=DANA)
    assert (await work.ticket()).status is Status.OPEN


async def test_an_answer_that_was_taken_back_is_no_answer(work):
    await work.text()
    since = (await work.ticket()).waiting_since
    reply = await work.reply()
    await work.told()
    await work.office.outbox.cancel(reply.id, actor=DANA)
    await work.settle()

    ticket = await work.ticket()
    assert (ticket.waiting_since, ticket.unanswered) == (since, 1)
    assert await work.told() == ["waiting"]


async def test_a_scheduled_text_is_no_answer_yet(work):
    await work.text()
    await work.reply(send_at=work.office.clock.now_ms() + 3_600_000)

    assert (await work.ticket()).waiting_since is not None


async def test_a_text_of_ours_to_a_new_number_waits_for_nothing_and_stays_new(work):
    await work.reply(to=OTHER)

    ticket = await work.ticket(OTHER)
    assert (ticket.status, ticket.waiting_since) == (Status.NEW, None)


async def test_what_a_person_saves_is_kept_and_a_note_comes_once(work):
    conversation = await work.text()
    change = TicketChange(
        subject="Broken tap",
        status=Status.PENDING,
        priority=Priority.HIGH,
        assign=frozenset({SAM}),
        add_tags=frozenset({"VIP", "Plumbing"}),
        notified=("C1", SAM),
        note="Call back on Friday",
        note_key="V1",
        note_name="Dana",
    )
    await work.tickets.change(conversation, change, actor=DANA)
    await work.tickets.change(conversation, change, actor=DANA)
    await work.tickets.change(conversation, TicketChange(add_tags=frozenset({"vip"})), actor=DANA)

    view = await work.office.store.read(get_ticket_view, conversation)
    ticket = view.ticket
    assert (ticket.subject, ticket.status, ticket.priority) == ("Broken tap", Status.PENDING, Priority.HIGH)
    assert (ticket.assignees, ticket.tags, ticket.notified) == ((SAM,), ("Plumbing", "VIP"), ("C1", SAM))
    assert view.notes == 1
    [note] = await work.office.store.read(list_notes, conversation)
    assert (note.author, note.name, note.text) == (DANA, "Dana", "Call back on Friday")

    removal = TicketChange(remove_tags=frozenset({"VIP"}), clear_priority=True, unassign=frozenset({SAM}))
    ticket = await work.tickets.change(conversation, removal, actor=DANA)
    assert (ticket.tags, ticket.priority, ticket.assignees) == (("Plumbing",), None, ())


async def test_a_conversation_that_was_erased_is_not_found(work):
    with pytest.raises(NotFound):
        await work.tickets.claim("no-such", actor=DANA)


async def test_the_inbox_filters_and_counts(work):
    one = await work.text()
    work.office.clock.advance(1)
    two = await work.text(sender=OTHER)
    await work.tickets.change(one, TicketChange(add_tags=frozenset({"VIP"}), assign=frozenset({DANA})), actor=DANA)
    await work.tickets.change(two, TicketChange(priority=Priority.URGENT), actor=DANA)
    read = work.office.store.read

    async def shown(**wanted):
        return [view.peer for view in await read(list_inbox, InboxFilter(**wanted))]

    assert await shown() == [OTHER, PEER]
    assert await shown(tag="vip") == [PEER]
    assert await shown(assignee=DANA) == [PEER]
    assert await shown(assignee=NOBODY) == [OTHER]
    assert await shown(line="support", status=Status.NEW, waiting=True) == [OTHER, PEER]
    assert await shown(line="other") == []
    counts = await read(count_inbox, InboxFilter())
    assert (counts.total, counts.waiting) == (2, 2)
    assert counts.by_status == {Status.NEW: 2}
    assert counts.by_assignee == {NOBODY: 1, DANA: 1}
    assert counts.by_tag == {"VIP": 1}
    assert [view.peer for view in await read(list_waiting, now=0)] == [OTHER, PEER]
    assert await read(search_tags, "ip") == ["VIP"]
    assert await read(search_tags, "%") == []
    [first] = await read(list_inbox, InboxFilter(), limit=1)
    rest = await read(list_inbox, InboxFilter(), before=(first.ticket.activity_at, first.ticket.conversation_id))
    assert [view.peer for view in rest] == [PEER]


async def test_a_snooze_that_ends_with_nothing_waiting_is_told_and_ends_with_what_is_written(work):
    conversation = await work.text()
    await work.reply()
    await work.tickets.snooze(conversation, work.office.clock.now_ms() + 60_000, actor=DANA)
    await work.told()
    await work.pass_time(60)
    assert await work.told() == ["snoozed"]

    await work.reply()
    assert await work.told() == ["answered"]


async def test_texts_of_clerkd_itself_answer_nothing(work):
    await work.text()
    await work.told()
    await work.reply(origin=Origin(OriginKind.RULE))

    assert (await work.ticket()).waiting_since is not None
    assert await work.told() == []


async def test_what_becomes_of_a_text_wakes_the_tickets_only_where_something_waits(tmp_path):
    async with open_office(tmp_path / "db") as office:
        work, heard = Work(office, TicketRules()), []
        await office.store.write(register_sink, "tickets")
        office.store.listen(lambda topics: heard.extend(topics & TOPICS))
        await office.wait_state((await work.reply("nobody waits")).id, "submitted")
        assert heard == [NoticeKind.MESSAGE_ACCEPTED]

        later = await work.reply("for later", send_at=office.clock.now_ms() + 3_600_000)
        await work.text("hello?")
        heard.clear()
        await office.outbox.cancel(later.id)
        assert heard == [Topic.TICKET_CONCERNED]


# Who needs no answer ------------------------------------------------------------------------------------------


async def silence(work, how, *, until=None):
    at = work.office.clock.now_ms()
    if how == "opted out":
        found = OptOut(PEER, at, reason="asked on the phone", actor=DANA)
        await work.office.store.write(opt_out, found, line="support")
    else:
        pattern, kind = {"number": (PEER, DndKind.EXACT), "pattern": ("+1415*", DndKind.PREFIX)}[how]
        await work.office.store.write(put_dnd, DndEntry("d1", pattern, kind, at, until=until))


async def needing_an_answer(work):
    """How many need one: in the dashboard's list and number, the Inbox's number and list, and by its rows' words."""
    now, read = work.office.clock.now_ms(), work.office.store.read
    counts = await read(count_inbox, InboxFilter(snoozed=None, now=now))
    listed = await read(list_inbox, InboxFilter(now=now))
    return (
        len(await read(list_waiting, now=now)),
        await read(count_waiting_conversations, now=now),
        counts.waiting,
        len(await read(list_inbox, InboxFilter(waiting=True, now=now))),
        sum(one.ticket.waiting_since is not None for one in listed),
    )


@pytest.mark.parametrize("how", ["opted out", "number", "pattern"])
async def test_who_opted_out_or_is_not_to_be_disturbed_needs_no_answer_anywhere(work, how):
    await work.text()
    assert await needing_an_answer(work) == (1, 1, 1, 1, 1)
    await work.told()
    await silence(work, how)

    assert await needing_an_answer(work) == (0, 0, 0, 0, 0)
    await work.text("And another thing")
    for _ in range(12):
        await work.pass_time(3600)
    assert await work.told() == []
    assert await needing_an_answer(work) == (0, 0, 0, 0, 0)


async def test_what_waited_waits_again_when_a_do_not_disturb_entry_ends(work):
    await work.text()
    await silence(work, "number", until=work.office.clock.now_ms() + 60_000)
    assert await needing_an_answer(work) == (0, 0, 0, 0, 0)
    await work.pass_time(61)
    assert await needing_an_answer(work) == (1, 1, 1, 1, 1)


async def test_a_name_that_may_not_disturb_needs_no_answer(work):
    await work.text(sender="Acme")
    entry = DndEntry("d1", LETTERS, DndKind.LETTERS, work.office.clock.now_ms())
    await work.office.store.write(put_dnd, entry)
    assert await needing_an_answer(work) == (0, 0, 0, 0, 0)
    await work.text()
    assert await needing_an_answer(work) == (1, 1, 1, 1, 1)
