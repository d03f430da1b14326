"""What the outbox takes, refuses and remembers."""

import asyncio

import pytest
from fakes.desk import PEER, open_office

from clerkd.errors import (
    Conflict,
    CountryNotAllowed,
    EmptyText,
    InvalidNumber,
    NotFound,
    PremiumNumber,
    StoreFull,
    TextTooLong,
    UnknownLine,
    UnsendableText,
)
from clerkd.model.lifecycle import MessageState
from clerkd.model.message import Origin, OriginKind, SendRequest
from clerkd.model.notice import NoticeKind
from clerkd.store.ops.messages import get_message, list_messages


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        yield office


async def test_an_accepted_message_is_stored_with_its_planned_segments_and_told(office):
    origin = Origin(OriginKind.SLACK, "U1", "C1:1.2")
    accepted = await office.outbox.accept(SendRequest(to="(415) 555-0123", text="x" * 200, origin=origin))

    message = accepted.message
    assert accepted.created
    assert (message.peer, message.state, message.origin) == (PEER, MessageState.ACCEPTED, origin)
    assert [(segment.part, segment.of) for segment in message.segments] == [(1, 2), (2, 2)]
    assert await office.message(message.id) == message
    [notice] = await office.reader.take()
    assert (notice.kind, notice.message_id, notice.conversation_id) == (
        NoticeKind.MESSAGE_ACCEPTED,
        message.id,
        message.conversation_id,
    )


async def test_the_same_key_again_answers_with_the_first_message_and_sends_nothing(office):
    first = await office.outbox.accept(SendRequest(to=PEER, text="once", key="k1"))
    again = await office.outbox.accept(SendRequest(to=PEER, text="other", key="k1"))
    refused_today = await office.outbox.accept(SendRequest(to=PEER, text="", key="k1"))

    assert (again.message, again.created) == (first.message, False)
    assert refused_today.message == first.message
    assert len(await office.store.read(list_messages)) == 1


async def test_sixty_callers_with_one_key_make_one_message(office):
    answers = await asyncio.gather(
        *(office.outbox.accept(SendRequest(to=PEER, text="once", key="k1")) for _ in range(60))
    )
    assert len({answer.message.id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1


@pytest.mark.parametrize(
    ("to", "text", "error", "code"),
    [
        (PEER, "", EmptyText, "text.empty"),
        (PEER, " \n", EmptyText, "text.empty"),
        (PEER, "half \ud83d", UnsendableText, "text.invalid"),
        (PEER, "a\0b", UnsendableText, "text.invalid"),
        ("abc", "hi", InvalidNumber, "number.invalid"),
        ("+1415555", "hi", InvalidNumber, "number.invalid"),
        ("911", "hi", PremiumNumber, "policy.premium"),
        ("12345", "hi", PremiumNumber, "policy.premium"),
        ("+1 900 555 0100", "hi", PremiumNumber, "policy.premium"),
        ("+49 30 1234567", "hi", CountryNotAllowed, "policy.country"),
    ],
)
async def test_what_may_not_be_sent_is_refused_with_its_reason_and_not_stored(office, to, text, error, code):
    with pytest.raises(error) as refused:
        await office.outbox.accept(SendRequest(to=to, text=text))
    assert refused.value.code == code
    assert await office.store.read(list_messages) == []


async def test_a_text_of_too_many_segments_says_how_many(office):
    with pytest.raises(TextTooLong) as refused:
        await office.send("x" * 153 * 11)
    assert refused.value.details == {"segments": 11, "limit": 10}
    assert len((await office.send("x" * 153 * 10)).segments) == 10


async def test_an_unknown_line_is_named_with_those_that_exist(office):
    with pytest.raises(UnknownLine) as refused:
        await office.send("hi", line="sales")
    assert refused.value.details == {"line": "sales", "lines": ["support"]}


async def test_a_line_without_countries_texts_its_own_country_only(tmp_path):
    async with open_office(tmp_path / "own.db", running=False, countries=frozenset()) as office:
        await office.send("hi", PEER)
        with pytest.raises(CountryNotAllowed):
            await office.send("hi", "+447700900123")


async def test_nothing_is_accepted_when_the_disk_is_nearly_full(office):
    office.room.error = StoreFull("nearly")
    with pytest.raises(StoreFull):
        await office.send("hi")
    assert await office.store.read(list_messages) == []


async def test_a_message_can_be_taken_back_while_it_waits_and_only_once(office):
    message = await office.send("oops")
    cancelled = await office.outbox.cancel(message.id, actor="U1")

    assert cancelled.state is MessageState.CANCELLED
    with pytest.raises(Conflict) as late:
        await office.outbox.cancel(message.id)
    assert late.value.details["state"] == "cancelled"
    with pytest.raises(NotFound):
        await office.outbox.cancel("nobody")


async def test_a_message_for_later_is_scheduled_and_one_for_the_past_is_not(office):
    later = await office.send("later", send_at=office.clock.now + 60_000)
    past = await office.send("past", send_at=office.clock.now - 60_000)

    assert (later.state, later.send_at) == (MessageState.SCHEDULED, office.clock.now + 60_000)
    assert past.state is MessageState.ACCEPTED
    assert (await office.outbox.release(later.id)).state is MessageState.ACCEPTED


async def test_messages_of_one_peer_share_a_conversation(office):
    one, two, other = await office.send("1"), await office.send("2"), await office.send("3", "+447700900123")
    assert one.conversation_id == two.conversation_id != other.conversation_id
    assert await office.store.read(get_message, one.id) == one
