"""Cut the power at every commit: nothing is lost, nothing goes out twice, what is in doubt is shown."""

import asyncio
from collections import Counter

import pytest
from fakes.cut import CutStore
from fakes.desk import OTHER, PEER, open_office
from fakes.post import Parcel, make_inbox, open_post, text_of

from clerkd.errors import Indeterminate, Permanent, Temporary
from clerkd.model.lifecycle import MessageState
from clerkd.store.ops.messages import list_messages


class Busy(Temporary):
    code = "modem.network-busy"


class Refusal(Permanent):
    code = "modem.network-refused"


class Silence(Indeterminate):
    code = "modem.unanswered"


WISHES = [("a", PEER), ("b" * 200, OTHER), ("c", PEER), ("d" * 320, PEER), ("e", OTHER)]
SETTLED = {MessageState.SUBMITTED, MessageState.UNKNOWN, MessageState.FAILED}


async def send_all(office, accepted):
    for text, to in WISHES:
        message = await office.send(text, to, key=text[0])
        accepted.append(message.id)


async def quiet(office):
    """Let everything that is queued end, retries included."""
    async with asyncio.timeout(20):
        while any(message.state not in SETTLED for message in await office.store.read(list_messages)):
            await office.elapse(5)
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("kept", [True, False], ids=["after the commit", "before the commit"])
@pytest.mark.parametrize("at", range(1, 25))
async def test_a_crash_at_any_commit_loses_no_message_and_sends_none_twice(tmp_path, at, kept):
    accepted: list[str] = []
    async with open_office(
        tmp_path / "clerkd.db", running=False, wrap=lambda store: CutStore(store, at, kept=kept)
    ) as office:
        radio, clock = office.radio, office.clock
        radio.script.extend([None, Busy(), ("lost", Silence()), None, None, Refusal()])
        tasks = [asyncio.create_task(work) for work in (office.dispatcher.run(), send_all(office, accepted))]
        while not office.store.dead.is_set() and not tasks[1].done():
            await asyncio.sleep(0.001)
        for _ in range(200):
            if office.store.dead.is_set():
                break
            await office.elapse(1)
            await asyncio.sleep(0.001)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert office.store.dead.is_set()
        office.store.copy_to(tmp_path / "left.db")

    radio.script.clear()
    async with open_office(tmp_path / "left.db", radio=radio, clock=clock) as office:
        await quiet(office)
        messages = await office.store.read(list_messages)
        assert await office.store.check() == []
    assert set(accepted) <= {message.id for message in messages}
    on_air = Counter((peer, part, text[0]) for peer, part, _, text in radio.air)
    assert max(on_air.values(), default=0) <= 1
    for message in messages:
        for segment in message.segments:
            copies = on_air[message.peer, segment.part, message.text[0]]
            if segment.state.value in {"submitted", "delivered"}:
                assert copies == 1
            elif segment.state.value != "unknown":
                assert copies == 0


@pytest.mark.parametrize("kept", [True, False], ids=["after the commit", "before the commit"])
@pytest.mark.parametrize("at", range(1, 13))
async def test_a_crash_at_any_commit_tells_every_text_exactly_once(tmp_path, at, kept):
    async with open_post(
        tmp_path / "clerkd.db", running=False, wrap=lambda store: CutStore(store, at, kept=kept)
    ) as office:
        clock = office.clock
        sim = {
            name: text_of(office, name, sequence=sequence, total=3)
            for name, sequence in [("one", None), ("p2", 2), ("two", None), ("p1", 1), ("p3", 3), ("three", None)]
        }

        class Slot(Parcel):
            async def acknowledge(self):
                sim.pop(self.payload.text)

        async def deliver():
            for segment in list(sim.values()):
                await office.inbox.receive(Slot(segment))

        task = asyncio.create_task(deliver())
        while not office.store.dead.is_set() and not task.done():
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait({task})
        assert office.store.dead.is_set()
        office.store.copy_to(tmp_path / "left.db")

    async with open_office(tmp_path / "left.db", running=False, clock=clock) as office:
        inbox = make_inbox(office)
        running = asyncio.create_task(inbox.run())
        for segment in list(sim.values()):
            await inbox.receive(Parcel(segment))
        async with asyncio.timeout(5):
            while len(await office.store.read(list_messages)) < 4:
                await asyncio.sleep(0.001)
        running.cancel()
        await asyncio.wait({running})
        texts = sorted(message.text for message in await office.store.read(list_messages))
        told = [notice.message_id for notice in await office.reader.take()]
    assert texts == ["one", "p1p2p3", "three", "two"]
    assert len(told) == len(set(told)) == 4
