"""What is sent later, again, or not at all because they texted first."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest
from fakes.desk import PEER, open_office
from fakes.slack_room import Kept

from clerkd.core.inbound.inbox import Inbox
from clerkd.core.outbound.outbox import TimeOver
from clerkd.errors import Conflict, CountryNotAllowed, TextTooLong
from clerkd.model.inbound import InboundSegment
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Encoding, SendRequest
from clerkd.model.recurrence import Frequency, Recurrence, instant, local_time
from clerkd.store.ops.messages import list_messages, message_history
from clerkd.store.ops.schedules import count_scheduled, get_scheduled, get_series, list_scheduled

HOUR = 3600
DAY = 24 * HOUR


async def until(office, check):
    """Wait for a fact in the store."""
    async with asyncio.timeout(10):
        while not (found := await check()):
            await office.reader.wait_for(lambda notice: True)
    return found


def rule_from(office, in_s: int, frequency=Frequency.DAILY, **more) -> tuple[int, Recurrence]:
    """A rule whose first time is `in_s` from now, and that time."""
    starts = local_time(office.clock.now_ms() + in_s * 1000, "Europe/Berlin")
    return instant(starts, "Europe/Berlin"), Recurrence(frequency, starts, "Europe/Berlin", **more)


async def repeat(office, text: str, rule: Recurrence, at: int, **more):
    return await office.send(text, send_at=at, recurrence=rule, **more)


async def waiting(office):
    return await office.store.read(list_scheduled)


async def texts_in(office, text: str, sender: str = PEER):
    inbox = Inbox(store=office.store, clock=office.clock, ids=office.ids, space=office.room)
    running = asyncio.get_running_loop().create_task(inbox.run())
    segment = InboundSegment(
        line=office.radio.name, sim="8944500000000000001", pdu=text.encode(), received_at=office.clock.now_ms(),
        sender=sender, sent_at=None, encoding=Encoding.GSM7, text=text,
    )  # fmt: skip
    await inbox.receive(Kept(segment))
    await office.reader.wait_for(lambda notice: notice.kind.value == "message.received")
    running.cancel()
    await asyncio.wait({running})


# Follow-ups -------------------------------------------------------------------------------------------------


async def test_a_follow_up_is_taken_back_when_they_text_first(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at = office.clock.now_ms() + DAY * 1000
        follow_up = await office.send("Any questions?", send_at=at, cancel_if_answered=True)
        other = await office.send("See you tomorrow", send_at=at)
        assert (await office.store.read(get_scheduled, follow_up.id)).cancel_if_answered
        await texts_in(office, "Thanks, all clear")
        assert (await office.message(follow_up.id)).state is MessageState.CANCELLED
        assert (await office.message(follow_up.id)).error.message == "they texted first"
        assert (await office.message(other.id)).state is MessageState.SCHEDULED


async def test_somebody_else_s_text_takes_nothing_back(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at = office.clock.now_ms() + DAY * 1000
        follow_up = await office.send("Any questions?", send_at=at, cancel_if_answered=True)
        await texts_in(office, "Hello", sender="+14155550199")
        assert (await office.message(follow_up.id)).state is MessageState.SCHEDULED


async def test_what_has_been_sent_is_no_follow_up_any_more(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at = office.clock.now_ms() + HOUR * 1000
        follow_up = await office.send("Any questions?", send_at=at, cancel_if_answered=True)
        await office.elapse(HOUR)
        await office.wait_state(follow_up.id, "submitted")
        await texts_in(office, "No")
        assert (await office.message(follow_up.id)).state is MessageState.SUBMITTED


# Late ---------------------------------------------------------------------------------------------------------


async def test_a_late_text_says_why_it_waits_and_goes_when_a_person_says_so(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        late = await office.send("Good morning", send_at=office.clock.now_ms() + HOUR * 1000)
        await office.store.close()
        office.clock.advance(3 * HOUR)
    async with open_office(tmp_path / "db", clock=office.clock) as office:
        held = await office.wait_state(late.id, "held")
        assert held.error.code == "schedule.missed"
        assert [one.message.id for one in await waiting(office)] == [late.id]
        assert await office.store.read(count_scheduled) == 1
        await office.outbox.release(late.id, actor="U1")
        sent = await office.wait_state(late.id, "submitted")
        assert sent.error is None
        assert await waiting(office) == []


async def test_a_text_that_is_less_than_an_hour_late_goes_out(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        late = await office.send("Good morning", send_at=office.clock.now_ms() + HOUR * 1000)
        office.clock.advance(HOUR + 3599)
    async with open_office(tmp_path / "db", clock=office.clock) as office:
        await office.wait_state(late.id, "submitted")


# Series ---------------------------------------------------------------------------------------------------------


async def test_a_text_repeats_until_its_count_is_reached(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR, count=3)
        await repeat(office, "Take your pills", rule, at)
        for turn in range(3):
            (one,) = await until(office, lambda: waiting(office))
            assert one.series.turn.number == turn
            office.clock.now = one.message.send_at
            office.schedule.wake()
            await office.wait_state(one.message.id, "submitted")
        await until(office, lambda: ended(office, one.series.id))
        assert office.radio.texts == ["Take your pills"] * 3
        assert await waiting(office) == []


async def ended(office, series_id):
    return (await office.store.read(get_series, series_id)).ended_at


async def test_a_text_repeats_until_a_day(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR, Frequency.WEEKLY)
        last = date.fromordinal(rule.starts.date().toordinal() + 7)
        rule = Recurrence(rule.frequency, rule.starts, rule.zone, until=last)
        first = await repeat(office, "Bins out", rule, at)
        await office.outbox.release(first.id)
        (second,) = await until(office, lambda: waiting(office))
        await office.outbox.release(second.message.id)
        await until(office, lambda: ended(office, first.id))


async def test_missed_turns_ask_once_and_the_next_one_stands(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Take your pills", rule, at)
        office.clock.advance(5 * DAY + 2 * HOUR)
    async with open_office(tmp_path / "db", clock=office.clock) as office:
        await office.wait_state(first.id, "held")
        missed, following = await until(office, lambda: both(office))
        assert (missed.message.id, missed.series) == (first.id, None)
        assert following.series.turn.number == 6
        assert following.message.send_at > office.clock.now_ms()


async def both(office):
    found = await waiting(office)
    return found if len(found) == 2 else None


async def test_send_now_and_skipping_move_on_to_the_next_turn_and_not_to_the_same(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Take your pills", rule, at)
        await office.outbox.release(first.id)
        (second,) = await until(office, lambda: waiting(office))
        assert second.message.send_at - at in {23 * HOUR * 1000, DAY * 1000, 25 * HOUR * 1000}
        await office.outbox.cancel(second.message.id)
        (third,) = await until(office, lambda: waiting(office))
        assert third.series.turn.number == 2


async def test_a_series_can_be_stopped_and_takes_its_waiting_turn_along(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Take your pills", rule, at)
        stopped = await office.outbox.stop_series(first.id, actor="U1")
        assert stopped.state is MessageState.CANCELLED
        assert await ended(office, first.id)
        assert await waiting(office) == []


async def test_a_series_that_may_not_be_sent_any_more_stops_and_says_why(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Take your pills", rule, at)
        office.clock.advance(HOUR)
    async with open_office(tmp_path / "db", clock=office.clock, countries=frozenset({"GB"})) as office:
        taken = await office.reader.wait_for(lambda notice: notice.kind.value == "series.stopped")
        # The last gate refuses the turn that is due, too, and may tell so in the same batch.
        (stopped,) = [notice for notice in taken if notice.kind.value == "series.stopped"]
        assert "may text GB" in stopped.detail["reason"]
        assert await ended(office, first.id)


async def test_a_series_ends_when_they_text_first_if_that_was_wished(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Still interested?", rule, at, cancel_if_answered=True)
        await office.outbox.release(first.id)
        (second,) = await until(office, lambda: waiting(office))
        assert second.cancel_if_answered
        await texts_in(office, "Yes!")
        assert (await office.message(second.message.id)).state is MessageState.CANCELLED
        assert await ended(office, first.id)
        assert await waiting(office) == []


# Edited ---------------------------------------------------------------------------------------------------------


async def test_a_scheduled_text_is_edited_in_place(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at = office.clock.now_ms() + HOUR * 1000
        one = await office.send("Old", send_at=at)
        wish = SendRequest(to=PEER, text="New " * 60, send_at=at + 60_000, cancel_if_answered=True)
        edited = await office.outbox.edit(one.id, wish, actor="U1")
        assert (edited.id, edited.text, edited.send_at, len(edited.segments)) == (one.id, "New " * 60, at + 60_000, 2)
        assert (await office.store.read(get_scheduled, one.id)).cancel_if_answered
        assert [(e.event, e.actor) for e in await office.store.read(message_history, one.id)][1:] == [("edited", "U1")]
        await office.elapse(HOUR + 60)
        await office.wait_state(one.id, "submitted")
        assert "".join(office.radio.texts) == "New " * 60
        with pytest.raises(Conflict):
            await office.outbox.edit(one.id, replace(wish, send_at=at + DAY * 1000))


async def test_a_follow_up_is_not_edited_to_a_time_that_is_over(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at = office.clock.now_ms() + HOUR * 1000
        one = await office.send("Old", send_at=at, cancel_if_answered=True)
        with pytest.raises(TimeOver):
            await office.outbox.edit(one.id, SendRequest(to=PEER, text="New", send_at=1, cancel_if_answered=True))
        assert (await office.message(one.id)).text == "Old"


async def test_an_edit_that_may_not_be_sent_changes_nothing(tmp_path):
    async with open_office(tmp_path / "db", segment_limit=2) as office:
        one = await office.send("Old", send_at=office.clock.now_ms() + HOUR * 1000)
        with pytest.raises(TextTooLong):
            await office.outbox.edit(one.id, SendRequest(to=PEER, text="x" * 500, send_at=one.send_at))
        with pytest.raises(CountryNotAllowed):
            await office.outbox.edit(one.id, SendRequest(to="+33639980001", text="x", send_at=one.send_at))
        assert (await office.message(one.id)).text == "Old"


async def test_editing_a_turn_edits_the_turns_to_come(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, HOUR)
        first = await repeat(office, "Take your pills", rule, at)
        later, moved = rule_from(office, 3 * HOUR, count=2)
        await office.outbox.edit(first.id, SendRequest(to=PEER, text="Pills!", send_at=later), rule=moved)
        await office.outbox.release(first.id)
        (second,) = await until(office, lambda: waiting(office))
        assert (second.message.text, second.series.turn.number) == ("Pills!", 1)
        await office.outbox.release(second.message.id)
        await until(office, lambda: ended(office, first.id))
        assert len(await office.store.read(list_messages)) == 2


async def test_an_edit_to_a_time_before_the_old_one_does_not_stop_the_series(tmp_path):
    async with open_office(tmp_path / "db") as office:
        at, rule = rule_from(office, 2 * DAY)
        first = await repeat(office, "Take your pills", rule, at)
        earlier, moved = rule_from(office, DAY)
        await office.outbox.edit(first.id, SendRequest(to=PEER, text="Pills", send_at=earlier), rule=moved)
        await office.outbox.release(first.id)
        (second,) = await until(office, lambda: waiting(office))
        assert second.message.id != first.id
        await office.outbox.release(second.message.id)
        await until(office, lambda: waiting(office))


async def test_what_a_text_costs_is_told_with_the_line_s_rules(tmp_path):
    async with open_office(tmp_path / "db") as office:
        measured, rules = office.outbox.measure("It’s here")
        assert (measured.forced_by, rules.segment_limit) == ("’", 10)
