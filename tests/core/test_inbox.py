"""Keep, acknowledge, act."""

import asyncio

import pytest
from fakes.desk import PEER
from fakes.post import Parcel, make_inbox, open_post, text_of

from clerkd.errors import StoreFull
from clerkd.model.inbound import IncomingCall, Unreadable
from clerkd.model.lifecycle import MessageState
from clerkd.model.line import LineState, LineStatus
from clerkd.model.notice import NoticeKind
from clerkd.store.ops.conversations import find_conversation, list_conversations
from clerkd.store.ops.messages import list_messages
from clerkd.store.ops.search import search_messages


@pytest.fixture
async def office(tmp_path):
    async with open_post(tmp_path / "clerkd.db") as office:
        yield office


async def test_a_text_is_kept_acknowledged_and_told(office):
    parcel = await office.arrive(text_of(office, "hello"))

    assert parcel.acknowledged == 1
    [message] = await office.store.read(list_messages, peer=PEER)
    assert (message.text, message.state, message.segments) == ("hello", MessageState.RECEIVED, ())
    [notice] = await office.reader.take()
    assert (notice.kind, notice.message_id, notice.detail) == (NoticeKind.MESSAGE_RECEIVED, message.id, {})


async def test_a_pdu_offered_again_is_acknowledged_and_dropped_for_a_week(office):
    for _ in range(3):
        assert (await office.arrive(text_of(office, "hello", pdu=b"same"))).acknowledged == 1
    assert len(await office.store.read(list_messages)) == 1
    await office.arrive(text_of(office, "hello", pdu=b"same text, other time stamp"))
    assert len(await office.store.read(list_messages)) == 2
    office.clock.advance(7 * 24 * 3600 + 1)
    await office.arrive(text_of(office, "hello", pdu=b"same"))
    assert len(await office.store.read(list_messages)) == 3


async def test_what_arrives_and_what_is_sent_share_a_conversation(office):
    await office.arrive(text_of(office, "question"))
    sent = await office.send("answer")
    conversation = await office.store.read(find_conversation, "support", PEER)

    assert (conversation.id, conversation.messages) == (sent.conversation_id, 2)
    texts = [m.text for m in await office.store.read(list_messages, conversation_id=conversation.id)]
    assert texts == ["question", "answer"]
    assert await office.store.read(list_conversations) == [conversation]


async def test_on_a_full_disk_nothing_is_acknowledged(office):
    office.room.error = StoreFull("full")
    parcel = Parcel(text_of(office, "hello"))
    with pytest.raises(StoreFull):
        await office.inbox.receive(parcel)
    assert parcel.acknowledged == 0
    office.room.error = None
    await office.inbox.receive(parcel)
    assert len(await office.store.read(list_messages)) == 1


async def test_the_source_forgets_before_anything_is_done_with_the_text(tmp_path):
    async with open_post(tmp_path / "clerkd.db", running=False) as office:
        seen = []

        class Witness(Parcel):
            async def acknowledge(self):
                seen.append(await office.store.read(lambda tx: tx.one("SELECT count(*) AS n FROM parts")["n"]))
                seen.append(len(await office.store.read(list_messages)))

        await office.inbox.receive(Witness(text_of(office, "hello")))
    assert seen == [1, 0]


async def test_what_was_kept_and_not_told_before_a_crash_is_told_by_the_next_life(tmp_path):
    async with open_post(tmp_path / "clerkd.db", running=False) as office:
        clock = office.clock

        class Killed(Parcel):
            async def acknowledge(self):
                raise asyncio.CancelledError

        for number, payload in enumerate(
            [text_of(office, "alone"), text_of(office, "a", sequence=1), text_of(office, "b", sequence=2)]
        ):
            with pytest.raises(asyncio.CancelledError):
                await office.inbox.receive(Killed(payload))
            assert await office.store.read(list_messages) == [], number
    async with open_post(tmp_path / "clerkd.db", clock=clock) as office:
        await office.reader.wait_for(lambda notice: notice.message_id is not None)
        await asyncio.sleep(0.05)
        assert sorted(message.text for message in await office.store.read(list_messages)) == ["ab", "alone"]


async def test_a_part_that_never_comes_is_waited_for_and_a_late_one_amends(office):
    await office.arrive(text_of(office, "Hello ", sequence=1))
    office.clock.advance(599)
    office.inbox.wake()
    assert await office.store.read(list_messages) == []
    office.clock.advance(1)
    office.inbox.wake()
    [told] = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.MESSAGE_RECEIVED)
    assert told.detail == {"missing": [2], "total": 2}

    await office.arrive(text_of(office, "world", sequence=2, stamp=-600_000))
    [amended] = await office.reader.take()
    [message] = await office.store.read(list_messages)
    assert (amended.kind, amended.message_id, amended.detail) == (NoticeKind.MESSAGE_AMENDED, told.message_id, {})
    assert message.text == "Hello world"
    assert await office.store.read(search_messages, "world") == [message]
    assert await office.store.read(search_messages, "missing") == []


async def test_unreadable_octets_are_kept_told_and_do_not_block_what_follows(office):
    broken = Unreadable("support", "sim", b"\x07\x91\xff", office.clock.now, "TP-UDL at octet 19")
    assert (await office.arrive(broken)).acknowledged == 1
    await office.arrive(broken)
    await office.arrive(text_of(office, "next"))
    first, second = await office.reader.take()
    assert (first.kind, first.detail) == (
        NoticeKind.MESSAGE_UNREADABLE,
        {"pdu": "0791FF", "reason": "TP-UDL at octet 19"},
    )
    assert second.kind is NoticeKind.MESSAGE_RECEIVED


async def test_calls_are_told_with_the_conversation_of_the_caller(office):
    await office.arrive(IncomingCall("support", office.clock.now, PEER))
    await office.arrive(IncomingCall("support", office.clock.now, None))
    known, withheld = await office.reader.take()
    conversation = await office.store.read(find_conversation, "support", PEER)

    assert (known.kind, known.detail, known.conversation_id) == (
        NoticeKind.CALL_RECEIVED,
        {"caller": PEER},
        conversation.id,
    )
    assert (withheld.detail, withheld.conversation_id) == ({"caller": None}, None)


async def test_a_text_that_cannot_be_assembled_stays_kept_and_the_line_goes_on(office, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("clerkd.core.inbound.assembly.tell", fail)
        assert (await office.arrive(text_of(office, "hard"))).acknowledged == 1
    office.clock.advance(11)
    office.inbox.wake()
    await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.MESSAGE_RECEIVED)
    [message] = await office.store.read(list_messages)
    assert message.text == "hard"


def status(state, reason=None):
    return LineStatus("support", "+14155550100", state, reason)


async def test_a_lost_line_is_told_once_and_its_return_once_even_by_the_next_life(office, tmp_path):
    office.inbox.line_changed(status(LineState.ABSENT, "no modem answers"))
    await asyncio.sleep(0.02)
    assert await office.reader.take() == []
    office.clock.advance(31)
    office.inbox.line_changed(status(LineState.SEARCHING, "no network"))
    [lost] = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_LOST)
    assert lost.detail == {"state": "searching", "reason": "no network"}

    next_life = make_inbox(office)
    task = asyncio.create_task(next_life.run())
    next_life.line_changed(status(LineState.READY))
    office.clock.advance(11)
    next_life.line_changed(status(LineState.READY))
    [back] = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_BACK)
    assert back.line == "support"
    task.cancel()
    await asyncio.wait({task})


async def test_a_line_that_comes_and_goes_is_lost_once_and_back_when_it_stays(office):
    for _ in range(6):
        office.inbox.line_changed(status(LineState.ABSENT, "the modem does not answer"))
        office.clock.advance(9)
        office.inbox.line_changed(status(LineState.READY))
        office.clock.advance(9)
    office.inbox.line_changed(status(LineState.ABSENT, "the modem does not answer"))
    [lost] = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_LOST)
    assert lost.detail["reason"] == "the modem does not answer"

    for _ in range(3):
        office.inbox.line_changed(status(LineState.READY))
        await asyncio.sleep(0.02)
        office.clock.advance(9)
        office.inbox.line_changed(status(LineState.ABSENT))
        office.clock.advance(60)
    office.inbox.line_changed(status(LineState.READY))
    office.clock.advance(10)
    office.inbox.line_changed(status(LineState.READY))
    [back] = await office.reader.wait_for(lambda notice: notice.kind is NoticeKind.LINE_BACK)
    assert back.line == "support"
    assert await office.reader.take() == []


async def test_a_moment_without_a_modem_is_not_told(office):
    office.inbox.line_changed(status(LineState.ABSENT))
    office.clock.advance(20)
    office.inbox.line_changed(status(LineState.READY))
    office.clock.advance(20)
    office.inbox.line_changed(status(LineState.READY))
    await asyncio.sleep(0.02)
    assert await office.reader.take() == []
