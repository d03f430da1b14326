"""Another line sends what a line cannot: by a deadline, whole, once, and only while nothing was written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fakes.desk import OTHER, PEER, Office, open_office
from fakes.radio import Radio

from clerkd.core.outbound.dispatcher import Dispatcher
from clerkd.core.outbound.fallback import Fallback, Fallbacks
from clerkd.core.outbound.policy import LineRules, Policy
from clerkd.errors import Indeterminate, Temporary
from clerkd.model.line import Outgoing
from clerkd.store.ops.messages import message_history
from clerkd.store.ops.routes import move_message, stranded

US = frozenset({"US"})


class NoNetwork(Temporary):
    code = "modem.no-network-service"


class Silence(Indeterminate):
    code = "modem.unanswered"


@dataclass
class Pair:
    office: Office
    backup: Radio
    fallbacks: Fallbacks
    fallback: Fallback

    async def look(self) -> None:
        await self.fallbacks.look("support", self.fallback)


@asynccontextmanager
async def pair(tmp_path, *, no_result_s: float | None = None, countries=US, **options) -> AsyncIterator[Pair]:
    async with open_office(tmp_path / "clerkd.db", **options) as office:
        backup = Radio(name="backup", number="+14155550199")
        dispatcher = Dispatcher(backup, office.store, office.clock)
        fallback = Fallback("backup", 60, no_result_s)
        fallbacks = Fallbacks(
            store=office.store,
            clock=office.clock,
            lines={"support": office.radio, "backup": backup},
            dispatchers={"support": office.dispatcher, "backup": dispatcher},
            policy=Policy({name: LineRules(name, "US", countries) for name in ("support", "backup")}),
            fallbacks={"support": fallback},
        )
        running = asyncio.create_task(dispatcher.run(), name="backup")
        try:
            yield Pair(office, backup, fallbacks, fallback)
        finally:
            dispatcher.stop()
            await asyncio.wait({running}, timeout=10)


async def events(office: Office, message_id: str) -> list[str]:
    return [entry.event for entry in await office.store.read(message_history, message_id)]


async def test_a_text_moves_when_the_network_is_gone_for_as_long_as_was_said(tmp_path):
    async with pair(tmp_path) as both:
        both.office.radio.go(ready=False)
        message = await both.office.send("x" * 200)
        await both.look()
        await both.office.elapse(59)
        await both.look()
        assert both.backup.air == []
        await both.office.elapse(1)
        await both.look()

        sent = await both.office.wait_state(message.id, "submitted")
        assert [part for _, part, _, _ in both.backup.air] == [1, 2]
        assert (sent.line, sent.sent_by, sent.conversation_id) == ("support", "backup", message.conversation_id)
        assert await events(both.office, message.id) == ["created", "moved", "accepted", "accepted"]
        both.office.radio.go(ready=True)
        await both.office.send("and on")
        await both.office.radio.wait_air(1)
        assert both.office.radio.texts == ["and on"]


async def test_a_return_of_the_network_in_time_moves_nothing(tmp_path):
    async with pair(tmp_path) as both:
        both.office.radio.go(ready=False)
        await both.look()
        await both.office.elapse(50)
        both.office.radio.go(ready=True)
        await both.look()
        both.office.radio.go(ready=False)
        await both.office.send("mine")
        await both.office.elapse(20)
        await both.look()
        both.office.radio.go(ready=True)
        await both.office.radio.wait_air(1)

        assert both.backup.air == []


async def test_a_text_without_a_result_moves_while_nothing_of_it_was_written(tmp_path):
    async with pair(tmp_path, no_result_s=20) as both:
        both.office.radio.script.append(NoNetwork())
        message = await both.office.send("refused for now")
        await both.office.radio.wait_begun(1)
        await both.office.wait_history(message.id, ["created", "deferred"])
        both.office.radio.go(ready=False)
        await both.office.elapse(20)
        await both.look()

        await both.office.wait_state(message.id, "submitted")
        assert both.backup.texts == ["refused for now"]
        assert await events(both.office, message.id) == ["created", "deferred", "moved", "accepted"]


async def test_what_is_being_submitted_or_in_doubt_never_moves(tmp_path):
    async with pair(tmp_path, no_result_s=20) as both:
        both.office.radio.hold()
        both.office.radio.script.append(("lost", Silence()))
        message = await both.office.send("once")
        await both.office.radio.wait_begun(1)
        await both.office.elapse(100)
        await both.look()
        both.office.radio.let_go()
        await both.office.wait_state(message.id, "unknown")
        await both.office.elapse(100)
        await both.look()

        assert both.office.radio.texts == ["once"]
        assert both.backup.air == []


async def test_a_text_of_which_a_part_is_sent_stays(tmp_path):
    async with pair(tmp_path, no_result_s=20) as both:
        both.office.radio.script.extend([None, NoNetwork()])
        message = await both.office.send("x" * 200)
        await both.office.radio.wait_begun(2)
        await both.office.wait_history(message.id, ["created", "accepted", "deferred"])
        both.office.radio.go(ready=False)
        await both.office.elapse(100)
        await both.look()

        assert both.backup.air == []


async def test_a_claim_between_looking_and_moving_wins(tmp_path):
    async with pair(tmp_path) as both:
        both.office.radio.go(ready=False)
        message = await both.office.send("mine")
        [waiting] = await both.office.store.read(stranded, "support", queued_before=both.office.clock.now)
        both.office.radio.hold()
        both.office.radio.go(ready=True)
        await both.office.radio.wait_begun(1)
        plan = both.backup.plan(Outgoing(PEER, "mine", 1, report=True))

        moved = await both.office.store.write(
            move_message, waiting.seq, "backup", plan, at=both.office.clock.now, reason="too late"
        )

        assert moved is False
        both.office.radio.let_go()
        await both.office.wait_state(message.id, "submitted")
        assert both.backup.air == []


async def test_a_line_that_may_not_text_there_takes_nothing(tmp_path):
    async with pair(tmp_path, countries=frozenset({"GB"})) as both:
        both.office.radio.go(ready=False)
        await both.look()
        message = await both.office.send("stay")
        await both.office.elapse(61)
        await both.look()

        assert await events(both.office, message.id) == ["created"]


async def test_nothing_moves_to_a_line_that_does_not_work_either(tmp_path):
    async with pair(tmp_path) as both:
        both.backup.go(ready=False)
        both.office.radio.go(ready=False)
        await both.look()
        message = await both.office.send("stay")
        await both.office.elapse(61)
        await both.look()

        assert await events(both.office, message.id) == ["created"]


async def test_a_moved_text_that_is_refused_for_now_is_tried_again_and_moves_no_further(tmp_path):
    async with pair(tmp_path) as both:
        both.backup.script.append(NoNetwork())
        both.office.radio.go(ready=False)
        await both.look()
        message = await both.office.send("again", OTHER)
        await both.office.elapse(61)
        await both.look()
        await both.office.wait_history(message.id, ["created", "moved", "deferred"])
        await both.office.elapse(61)
        async with asyncio.timeout(15):
            while not both.backup.air:
                await both.look()
                await asyncio.sleep(0.01)

        await both.office.wait_state(message.id, "submitted")
        assert both.backup.texts == ["again"]
