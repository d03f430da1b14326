"""How queued messages go out: in order, once, with every outcome recorded."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from fakes.cut import CutStore
from fakes.desk import OTHER, PEER, open_office

from clerkd.core.outbound.dispatcher import Dispatcher
from clerkd.errors import Conflict, Indeterminate, Permanent, StoreFull, Temporary
from clerkd.model.lifecycle import MessageState, SegmentState
from clerkd.model.message import Lane, OutcomePolicy
from clerkd.store.ops.messages import message_history


class Busy(Temporary):
    code = "modem.network-busy"


class Vague(Temporary):
    code = "modem.unknown-fault"


class Missed(Temporary):
    code = "modem.no-prompt"


class Unregistered(Temporary):
    code = "modem.no-network-service"


class Gone(Temporary):
    code = "modem.lost"


class NoSim(Permanent):
    code = "modem.no-sim"


class Refusal(Permanent):
    code = "modem.network-refused"


class Silence(Indeterminate):
    code = "modem.unanswered"


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        yield office


async def test_a_message_goes_out_and_its_receipt_is_kept(office):
    message = await office.send("hello")
    sent = await office.wait_state(message.id, "submitted")

    assert office.radio.air == [(PEER, 1, 1, "hello")]
    [segment] = sent.segments
    assert (segment.reference, segment.attempts, segment.submitted_at) == (1, 1, office.clock.now)
    history = await office.store.read(message_history, message.id)
    assert [entry.event for entry in history] == ["created", "accepted"]


async def test_messages_go_out_in_the_order_of_acceptance_and_parts_together(office):
    office.radio.hold()
    texts = ["a" * 400, "b", "c" * 300, "d"]
    messages = [await office.send(text, to) for text, to in zip(texts, (PEER, OTHER, PEER, OTHER), strict=True)]
    office.radio.let_go()
    for message in messages:
        await office.wait_state(message.id, "submitted")

    assert [(text[0], part) for _, part, _, text in office.radio.air] == [
        ("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("c", 2), ("d", 1),
    ]  # fmt: skip
    assert office.radio.mores == [True] * 6 + [False]


async def test_a_resent_message_does_not_come_between_the_parts_of_another(office):
    office.radio.script.extend([Refusal(), None])
    old = await office.send("old")
    await office.wait_state(old.id, "failed")
    office.radio.hold()
    long = await office.send("b" * 300)
    await office.radio.wait_begun(2)
    await office.outbox.resend(old.id)
    office.radio.let_go()
    await office.wait_state(old.id, "submitted")

    assert [text[0] for text in office.radio.texts] == ["b", "b", "o"]
    assert (await office.message(long.id)).state is MessageState.SUBMITTED


async def test_a_passing_refusal_is_tried_again_after_its_delay_and_holds_the_conversation_only(office):
    office.radio.script.append(Busy())
    first = await office.send("first")
    second = await office.send("second")
    elsewhere = await office.send("elsewhere", OTHER)
    await office.wait_state(elsewhere.id, "submitted")

    assert office.radio.texts == ["elsewhere"]
    assert (await office.message(first.id)).state is MessageState.ACCEPTED
    await office.elapse(1)
    await office.wait_state(second.id, "submitted")
    assert office.radio.texts == ["elsewhere", "first", "second"]
    history = await office.store.read(message_history, first.id)
    assert [entry.event for entry in history] == ["created", "deferred", "accepted"]


@pytest.mark.parametrize(
    ("error", "delays_s"), [(Busy, (0.5, 1, 2, 30, 120, 600)), (Vague, (0.5, 1, 2, 2)), (Missed, (30, 120, 600, 1800))]
)
async def test_refused_too_often_waits_for_a_person_and_the_queue_goes_on(office, error, delays_s):
    office.radio.script.extend([error("busy")] * (len(delays_s) + 1))
    message = await office.send("hi")
    for tried, delay_s in enumerate(delays_s, 1):
        await office.wait_history(message.id, ["created"] + ["deferred"] * tried)
        await office.elapse(delay_s - 0.1)
        assert office.radio.submitting == tried
        await office.elapse(0.1)
    parked = await office.wait_state(message.id, "held")
    behind = await office.send("behind")
    await office.wait_state(behind.id, "submitted")

    tries = len(delays_s) + 1
    assert (parked.error.code, parked.segments[0].attempts) == ("send.parked", tries)
    assert parked.error.message == f"it was refused {tries} times, the last time because busy"
    await office.outbox.release(message.id, actor="U1")
    await office.wait_state(message.id, "submitted")
    assert office.radio.texts == ["behind", "hi"]


async def test_what_every_message_meets_parks_none_of_them(office):
    office.radio.script.extend([Vague()] * 60)
    messages = [await office.send("hi", f"+1415555{number:04}") for number in range(120, 126)]
    for tries in range(5, 61):
        await office.radio.wait_begun(tries)
        await asyncio.sleep(0.005)  # for the verdict
        await office.elapse(300)
    for message in messages:
        await office.wait_state(message.id, "submitted")


async def test_of_a_text_that_has_begun_a_part_refused_too_often_is_failed_and_can_be_tried_again(office):
    office.radio.script.extend([None, *[Vague("busy")] * 5])
    message = await office.send("a" * 200)
    for tried in range(1, 5):
        await office.wait_history(message.id, ["created", "accepted"] + ["deferred"] * tried)
        await office.elapse(30)
    failed = await office.wait_state(message.id, "failed")
    assert [segment.state for segment in failed.segments] == [SegmentState.SUBMITTED, SegmentState.FAILED]
    await office.outbox.resend(message.id)
    await office.wait_state(message.id, "submitted")
    assert [len(text) for text in office.radio.texts] == [153, 47]


async def test_the_texts_to_one_peer_keep_their_order_while_one_of_them_is_put_off(office):
    office.radio.script.append(Busy())
    first = await office.send("1")
    await office.wait_history(first.id, ["created", "deferred"])
    second = await office.send("2", lane=Lane.REPLY)
    others = [await office.send("x", OTHER) for _ in range(3)]
    await office.wait_state(others[-1].id, "submitted")
    office.radio.script.extend([Busy()] * 2)
    for tried, delay_s in enumerate((0.5, 1, 2), 1):
        await office.wait_history(first.id, ["created"] + ["deferred"] * tried)
        await office.elapse(delay_s)
    await office.wait_state(second.id, "submitted")
    assert office.radio.texts == ["x", "x", "x", "1", "2"]


async def test_a_refusal_for_good_fails_the_message_and_its_other_parts(office):
    office.radio.script.extend([None, Refusal("no such subscriber")])
    message = await office.send("x" * 400)
    after = await office.send("next")
    failed = await office.wait_state(message.id, "failed")
    await office.wait_state(after.id, "submitted")

    assert [segment.state for segment in failed.segments] == [
        SegmentState.SUBMITTED, SegmentState.FAILED, SegmentState.FAILED,
    ]  # fmt: skip
    assert len(office.radio.air) == 2


async def test_retry_sends_what_failed_and_not_what_went_out(office):
    office.radio.script.extend([None, Refusal()])
    message = await office.send("a" * 153 + "b" * 153 + "c")
    await office.wait_state(message.id, "failed")
    await office.outbox.resend(message.id, actor="U1")
    await office.wait_state(message.id, "submitted")

    assert [text[0] for text in office.radio.texts] == ["a", "b", "c"]


@pytest.mark.parametrize("went_out", [True, False])
async def test_an_unclear_outcome_is_unknown_and_the_rest_waits_for_a_person(office, went_out):
    office.radio.script.append(("lost", Silence()) if went_out else Silence())
    message = await office.send("x" * 200)
    after = await office.send("next", OTHER)
    unknown = await office.wait_state(message.id, "unknown")
    await office.wait_state(after.id, "submitted")

    assert [segment.state for segment in unknown.segments] == [SegmentState.UNKNOWN, SegmentState.PENDING]
    assert unknown.error.code == "modem.unanswered"
    assert office.radio.texts.count("x" * 153) == went_out
    await office.elapse(23 * 3600)
    assert (await office.outbox.mark_sent(message.id, actor="U1")).segments[0].state is SegmentState.SUBMITTED
    await office.wait_state(message.id, "submitted")
    assert office.radio.texts[-1] == "x" * 47


async def test_a_person_may_send_an_unknown_message_again(office):
    office.radio.script.append(("lost", Silence()))
    message = await office.send("hi")
    await office.wait_state(message.id, "unknown")
    await office.outbox.resend(message.id, actor="U1")
    sent = await office.wait_state(message.id, "submitted")

    assert office.radio.texts == ["hi", "hi"]
    assert (sent.segments[0].attempts, sent.error) == (2, None)
    with pytest.raises(Conflict):
        await office.outbox.resend(message.id)


async def test_at_least_once_is_repeated_once_by_itself_and_at_most_once_never(office):
    office.radio.script.extend([("lost", Silence()), Silence(), ("lost", Silence())])
    repeated = await office.send("alert", outcome_policy=OutcomePolicy.AT_LEAST_ONCE)
    await office.wait_state(repeated.id, "unknown")
    await office.elapse(121)
    await office.radio.wait_begun(2)
    await office.wait_state(repeated.id, "unknown")
    await office.elapse(121)
    never = await office.send("code", outcome_policy=OutcomePolicy.AT_MOST_ONCE)
    await office.wait_state(never.id, "unknown")
    await office.elapse(121)

    with pytest.raises(Conflict):
        await office.outbox.resend(never.id, actor="U1")
    assert office.radio.submitting == 3


async def test_a_fault_in_the_line_is_an_unclear_outcome_and_stops_nothing(office):
    office.radio.script.append(("lost", ZeroDivisionError()))
    message = await office.send("hi")
    after = await office.send("next", OTHER)
    await office.wait_state(after.id, "submitted")
    assert (await office.message(message.id)).state is MessageState.UNKNOWN


async def test_nothing_is_claimed_while_the_line_is_not_ready(office):
    office.radio.go(ready=False)
    message = await office.send("hi")
    office.dispatcher.wake()
    await asyncio.sleep(0.05)
    assert (await office.message(message.id)).state is MessageState.ACCEPTED
    office.radio.go(ready=True)
    await office.wait_state(message.id, "submitted")


@pytest.mark.parametrize("error", [Unregistered, NoSim])
async def test_a_line_at_fault_costs_a_message_neither_its_place_nor_its_tries(office, error):
    office.radio.script.extend([error() for _ in range(20)])
    message = await office.send("hi")
    for attempt in range(20):
        await office.radio.wait_begun(attempt + 1)
        await asyncio.sleep(0.01)
        await office.elapse(300)
    await office.wait_state(message.id, "submitted")
    assert office.radio.texts == ["hi"]


async def test_a_line_whose_modem_went_is_used_again_as_soon_as_it_is_ready(office):
    office.radio.script.extend([Gone() for _ in range(8)])
    message = await office.send("hi")

    await office.wait_state(message.id, "submitted")  # though no time has passed

    assert office.radio.texts == ["hi"]


async def test_a_message_that_cannot_be_sent_in_time_expires(office):
    office.radio.go(ready=False)
    message = await office.send("hi", ttl_ms=60_000)
    await office.elapse(61)
    expired = await office.wait_state(message.id, "expired")
    office.radio.go(ready=True)

    assert expired.error.code == "send.expired"
    await office.outbox.resend(message.id)
    await office.wait_state(message.id, "submitted")


async def test_a_scheduled_message_goes_out_at_its_time(office):
    message = await office.send("later", send_at=office.clock.now + 60_000)
    await office.elapse(59)
    assert (await office.message(message.id)).state is MessageState.SCHEDULED
    await office.elapse(1)
    await office.wait_state(message.id, "submitted")


async def test_a_scheduled_message_missed_by_much_is_held_for_a_person(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        missed = await office.send("missed", send_at=office.clock.now + 60_000)
        late = await office.send("late", send_at=office.clock.now + 60_000 + 7_000_000)
        clock = office.clock
    clock.advance(60 + 7000 + 600)
    async with open_office(tmp_path / "clerkd.db", clock=clock) as office:
        await office.wait_state(missed.id, "held")
        await office.wait_state(late.id, "submitted")
        await office.outbox.release(missed.id, actor="U1")
        await office.wait_state(missed.id, "submitted")
        assert office.radio.texts == ["late", "missed"]


async def test_what_was_being_sent_when_the_daemon_died_is_unknown_and_not_sent_again(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        office.radio.hold()
        message = await office.send("hi")
        task = asyncio.create_task(office.dispatcher.run())
        await office.radio.wait_begun(1)
        task.cancel()
        await asyncio.wait({task})
        assert (await office.message(message.id)).state is MessageState.SUBMITTING
    async with open_office(tmp_path / "clerkd.db") as office:
        unknown = await office.wait_state(message.id, "unknown")
        assert unknown.error.code == "submit.interrupted"
        assert office.radio.air == []


async def test_stopping_waits_for_the_segment_in_flight_and_claims_nothing_more(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        office.radio.hold()
        first, second = await office.send("1"), await office.send("2", OTHER)
        task = asyncio.create_task(office.dispatcher.run())
        await office.radio.wait_begun(1)
        office.dispatcher.stop()
        await asyncio.sleep(0.01)
        assert not task.done()
        office.radio.let_go()
        async with asyncio.timeout(5):
            await task
        assert (await office.message(first.id)).state is MessageState.SUBMITTED
        assert (await office.message(second.id)).state is MessageState.ACCEPTED


async def test_stopping_an_idle_dispatcher_or_one_without_a_network_ends_it_at_once(tmp_path):
    for ready in (True, False):
        async with open_office(tmp_path / f"{ready}.db", running=False) as office:
            office.radio.go(ready=ready)
            task = asyncio.create_task(office.dispatcher.run())
            await asyncio.sleep(0.02)
            office.dispatcher.stop()
            async with asyncio.timeout(5):
                await task


async def test_a_dispatcher_that_lost_its_lease_records_what_went_out_and_claims_nothing(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        office.radio.hold()
        first, second = await office.send("1"), await office.send("2")
        stale = asyncio.create_task(office.dispatcher.run())
        await office.radio.wait_begun(1)
        office.radio.go(ready=False)
        office.clock.advance(31)
        other = Dispatcher(office.radio, office.store, office.clock, owner="other")
        taken = asyncio.create_task(other.run())
        await office.wait_state(first.id, "unknown")
        office.radio.let_go()
        known = await office.wait_state(first.id, "submitted")
        assert known.segments[0].reference == 1
        assert (await office.message(second.id)).state is MessageState.ACCEPTED
        for dispatcher, task in ((office.dispatcher, stale), (other, taken)):
            dispatcher.stop()
            async with asyncio.timeout(5):
                await task
        assert office.radio.texts == ["1"]


async def test_an_idle_dispatcher_writes_nothing(office):
    message = await office.send("hi")
    await office.wait_state(message.id, "submitted")
    with closing(sqlite3.connect(office.store.path)) as witness:
        before = witness.execute("PRAGMA data_version").fetchone()
        await asyncio.sleep(0.2)
        assert witness.execute("PRAGMA data_version").fetchone() == before


class FullStore(CutStore):
    """Refuses every write while `full`, as a disk does."""

    full = False

    async def write(self, op, /, *args, **kwargs):
        if self.full:
            raise StoreFull("full")
        return await super().write(op, *args, **kwargs)


async def test_a_receipt_that_meets_a_full_disk_is_written_when_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr("clerkd.core.outbound.dispatcher.RETRY_S", 0.01)
    monkeypatch.setattr("clerkd.core.patience.RETRY_S", 0.01)
    async with open_office(tmp_path / "clerkd.db", wrap=lambda store: FullStore(store, 10**9, kept=True)) as office:
        office.radio.hold()
        message = await office.send("hi")
        await office.radio.wait_begun(1)
        office.store.full = True
        office.radio.let_go()
        await office.radio.wait_air(1)
        await asyncio.sleep(0.05)
        assert (await office.message(message.id)).state is MessageState.SUBMITTING
        await office.elapse(1)
        office.store.full = False
        await office.wait_state(message.id, "submitted")
        after = await office.send("next")
        await office.wait_state(after.id, "submitted")
        assert office.radio.texts == ["hi", "next"]


async def test_a_long_queue_of_a_held_conversation_does_not_slow_the_others(office):
    office.radio.go(ready=False)
    office.radio.script.append(Busy())
    await asyncio.gather(*(office.send(f"n{number}") for number in range(300)))
    elsewhere = await office.send("elsewhere", OTHER)
    office.radio.go(ready=True)
    await office.wait_state(elsewhere.id, "submitted")
    assert office.radio.texts == ["elsewhere"]
