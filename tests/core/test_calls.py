"""Calls in the core: under the number that people know, counted where they are not shown, answered by one text."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from fakes.desk import PEER, open_office
from fakes.post import Parcel

from clerkd.core.inbound.calls import TEXT_WITHIN_MS, TextBacks
from clerkd.core.inbound.inbox import Inbox
from clerkd.model.call import CallRules, TextBack
from clerkd.model.inbound import IncomingCall
from clerkd.model.message import OriginKind
from clerkd.model.notice import NoticeKind, Topic
from clerkd.model.rules import DndEntry, DndKind, OptOut
from clerkd.store.ops.conversations import list_conversations
from clerkd.store.ops.dnd import count_dnd_calls, put_dnd
from clerkd.store.ops.messages import list_messages
from clerkd.store.ops.optouts import opt_out

HOUR_MS = 3_600_000
OTHER_LINE = "+14155550101"
BACK = TextBack("We cannot take calls here. Please text us.", 24 * HOUR_MS)


class Exchange:
    """An office whose line is called."""

    def __init__(self, office, text_back):
        self.office = office
        self.inbox = Inbox(
            store=office.store,
            clock=office.clock,
            ids=office.ids,
            space=office.room,
            calls={office.radio.name: CallRules("US", text_back)},
            numbers=[OTHER_LINE],
        )

    async def ring(self, caller=PEER):
        await self.inbox.receive(Parcel(IncomingCall(self.office.radio.name, self.office.clock.now_ms(), caller)))

    async def texts(self):
        return [one for one in await self.office.store.read(list_messages, limit=50) if one.origin is not None]

    async def withheld(self):
        """Wait until people are told that there is no text, and return why."""
        notices = await self.office.reader.wait_for(lambda one: one.kind is NoticeKind.TEXT_BACK_WITHHELD)
        return notices[-1].detail["reason"]


@asynccontextmanager
async def called_office(path, text_back=BACK, *, running=True):
    async with open_office(path) as office:
        backs = TextBacks(
            office.store, office.clock, office.outbox, {office.radio.name: text_back} if text_back else {}
        )
        office.publisher.follow(backs, {Topic.TEXT_BACK_OWED})
        task = asyncio.create_task(backs.run()) if running else None
        yield Exchange(office, text_back)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_national_number_is_the_peer_that_texts_come_from(tmp_path):
    async with called_office(tmp_path / "db", None) as exchange:
        await exchange.ring("4155550123")
        await exchange.ring("+14155550123")

        assert [one.peer for one in await exchange.office.store.read(list_conversations)] == ["+14155550123"]


async def test_whoever_is_hung_up_on_gets_one_text_a_day(tmp_path):
    async with called_office(tmp_path / "db") as exchange:
        await exchange.ring()
        await exchange.office.reader.wait_for(lambda one: one.kind is NoticeKind.MESSAGE_ACCEPTED)
        await exchange.ring()
        exchange.office.clock.advance(23 * 3600)
        await exchange.ring()
        assert len(await exchange.texts()) == 1

        exchange.office.clock.advance(3601)
        await exchange.ring()
        await exchange.office.reader.wait_for(lambda one: one.kind is NoticeKind.MESSAGE_ACCEPTED)

        texts = await exchange.texts()
        assert [(one.text, one.peer, one.origin.kind) for one in texts] == [(BACK.text, PEER, OriginKind.CALL)] * 2


async def test_a_withheld_number_and_a_line_of_our_own_get_none(tmp_path):
    async with called_office(tmp_path / "db") as exchange:
        await exchange.ring(None)
        await exchange.ring(OTHER_LINE)
        await exchange.ring("12345")
        await exchange.ring(PEER)
        await exchange.office.reader.wait_for(lambda one: one.kind is NoticeKind.MESSAGE_ACCEPTED)

        assert [one.peer for one in await exchange.texts()] == [PEER]


@pytest.mark.parametrize(
    ("caller", "why"), [("+33199000001", "may text GB, US"), (PEER, "opted out")], ids=["country", "opted out"]
)
async def test_the_rules_hold_for_text_backs_and_people_are_told(tmp_path, caller, why):
    async with called_office(tmp_path / "db") as exchange:
        await exchange.office.store.write(opt_out, OptOut(PEER, 1, "STOP"), line=None)
        await exchange.ring(caller)

        assert why in await exchange.withheld()
        assert await exchange.texts() == []


async def test_a_text_that_is_owed_for_too_long_is_not_sent(tmp_path):
    async with called_office(tmp_path / "db", running=False) as exchange:
        await exchange.ring()
        exchange.office.clock.advance(TEXT_WITHIN_MS / 1000 + 1)
        backs = TextBacks(exchange.office.store, exchange.office.clock, exchange.office.outbox, {"support": BACK})
        task = asyncio.create_task(backs.run())

        assert await exchange.withheld() == "it is too long ago"
        task.cancel()


async def test_a_call_from_the_do_not_disturb_list_is_counted_and_not_shown_or_answered(tmp_path):
    async with called_office(tmp_path / "db") as exchange:
        await exchange.office.store.write(put_dnd, DndEntry("1", PEER, DndKind.EXACT, 1))
        await exchange.ring()
        await exchange.ring()
        await exchange.ring("+14155550142")
        notices = await exchange.office.reader.wait_for(lambda one: one.kind is NoticeKind.MESSAGE_ACCEPTED)

        assert [one.detail["caller"] for one in notices if one.kind is NoticeKind.CALL_RECEIVED] == ["+14155550142"]
        assert await exchange.office.store.read(count_dnd_calls, since=0) == 2
