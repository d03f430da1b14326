import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.desk import OTHER, PEER, Reader, open_office
from fakes.slack_room import Kept

from clerkd.core.desk.optouts import ReasonMissing, TheirsAlone
from clerkd.core.inbound.inbox import Inbox
from clerkd.errors import Conflict, DoNotDisturb, OptedOut
from clerkd.model.inbound import Concat, InboundSegment, IncomingCall
from clerkd.model.message import Encoding
from clerkd.model.quota import Quota
from clerkd.model.rules import DndEntry, DndKind, OptOut
from clerkd.store.ops.dnd import count_dnd, kept_back, list_dnd, put_dnd, remove_dnd
from clerkd.store.ops.messages import list_messages, message_history
from clerkd.store.ops.optouts import opt_out, opt_out_history, owed_answers
from clerkd.store.ops.rules import find_opt_out

CONFIRMATION = "Acme: You are unsubscribed and will get no more texts. Reply START to rejoin."


class Ear:
    """The inbound half beside an office."""

    def __init__(self, office):
        self.office = office
        self.texts = 0
        self.inbox = Inbox(store=office.store, clock=office.clock, ids=office.ids, space=office.room)

    async def text(self, text, sender=PEER, **facts):
        self.texts += 1
        now = self.office.clock.now_ms()
        segment = InboundSegment(
            line="support", sim="sim", pdu=f"{self.texts}".encode(), received_at=now, sender=sender, sent_at=None,
            encoding=Encoding.UCS2, text=text, **facts,
        )  # fmt: skip
        await self.inbox.receive(Kept(segment))


@asynccontextmanager
async def hearing(path, **options):
    async with open_office(path / "c.db", **options) as office:
        yield office, Ear(office)


async def kinds(office):
    return [notice.kind.value for notice in await Reader(office.store, "another").take()]


async def test_stop_is_confirmed_once_and_nothing_goes_out_after_it(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        await ear.text("Stop!")
        await office.radio.wait_air(1)
        for word in ("STOP", "Arrêt", "unsubscribe"):
            await ear.text(word)
        with pytest.raises(
            OptedOut, match=r"opted out on 14 Nov 2023 \(STOP\); only they can rejoin, by texting START"
        ):
            await office.send("buy!")
        await ear.text("start")
        await office.radio.wait_air(2)
        await office.wait_state((await office.send("welcome")).id, "submitted")
        assert office.radio.texts == [
            CONFIRMATION, "Acme: You are subscribed again. Reply HELP for help, STOP to end.", "welcome",
        ]  # fmt: skip
        assert await office.store.read(owed_answers) == []


async def test_what_waits_for_whoever_opts_out_is_cancelled_with_the_rule_in_its_history(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        office.radio.go(ready=False)
        queued = await office.send("queued")
        scheduled = await office.send("scheduled", send_at=office.clock.now_ms() + 3_600_000)
        other = await office.send("to another", OTHER)
        await ear.text("STOP")
        for message in (queued, scheduled):
            found = await office.message(message.id)
            assert (found.state.value, found.error.code) == ("cancelled", "policy.opted-out")
            entry = (await office.store.read(message_history, message.id))[-1]
            assert (entry.event, entry.actor) == ("cancelled", "policy.opted-out")
            assert "(STOP)" in entry.detail
        told = next(n for n in await Reader(office.store, "x").take() if n.kind.value == "peer.opted-out")
        assert (told.detail["cancelled"], told.detail["texts"]) == (2, ["queued", "scheduled"])
        office.radio.go(ready=True)
        await office.wait_state(other.id, "submitted")
        await office.radio.wait_air(2)
        assert sorted(office.radio.texts) == sorted(["to another", CONFIRMATION])


async def test_the_last_gate_stops_what_got_past_every_other(tmp_path):
    async with hearing(tmp_path) as (office, _):
        office.radio.go(ready=False)
        message = await office.send("already accepted")
        now = office.clock.now_ms()
        await office.store.write(_only_the_row, OptOut(PEER, now, "STOP"))
        office.radio.go(ready=True)
        office.dispatcher.wake()
        found = await office.wait_state(message.id, "cancelled")
        assert found.error.code == "policy.opted-out"
        assert office.radio.air == []


def _only_the_row(tx, found):
    tx.run(
        "INSERT INTO opt_outs (peer, at, keyword) VALUES (:peer, :at, :word)",
        peer=found.peer, at=found.at, word=found.keyword,
    )  # fmt: skip


async def test_a_text_that_has_begun_fails_when_its_peer_opts_out(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        office.radio.hold()
        message = await office.send("z" * 400)
        await office.radio.wait_begun(1)
        await ear.text("stop")
        office.radio.let_go()
        await office.wait_state(message.id, "failed")
        await office.radio.wait_air(2)  # the confirmation comes after it
        found = await office.message(message.id)
        assert [segment.state.value for segment in found.segments] == ["submitted", "failed", "failed"]


async def test_a_confirmation_passes_the_quota_but_counts(tmp_path):
    async with hearing(tmp_path, quota=Quota(1)) as (office, ear):
        await office.wait_state((await office.send("the only one")).id, "submitted")
        await ear.text("STOP")
        await office.radio.wait_air(2)
        assert (await office.quotas.status())["support"].used == 2


async def test_an_answer_that_comes_too_late_is_not_given(tmp_path):
    async with hearing(tmp_path, running=False) as (office, ear):
        await ear.text("STOP")
        assert len(await office.store.read(owed_answers)) == 1
        office.clock.advance(301)
        answering = asyncio.create_task(office.optouts.run())
        async with asyncio.timeout(10):
            while await office.store.read(owed_answers):
                await asyncio.sleep(0.005)
        answering.cancel()
        assert [m.text for m in await office.store.read(list_messages)] == ["STOP"]


async def test_help_is_answered_to_everybody_but_not_again_and_again(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        for _ in range(3):
            await ear.text("HELP")
        await ear.text("AYUDA", OTHER)
        await office.radio.wait_air(2)
        office.clock.advance(301)
        await ear.text("info")
        await office.radio.wait_air(3)
        assert [peer for peer, *_ in office.radio.air] == [PEER, OTHER, PEER]
        assert "help@example.com" in office.radio.texts[0]


async def test_by_hand_a_reason_is_needed_and_a_keyword_is_theirs_alone(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        with pytest.raises(ReasonMissing):
            await office.optouts.opt_out(PEER, reason="  ", actor="U1")
        waiting = await office.send("later", send_at=office.clock.now_ms() + 9_000_000)
        cancelled = await office.optouts.opt_out(PEER, reason="asked on the phone", actor="U1")
        assert [message.id for message in cancelled] == [waiting.id]
        assert await office.optouts.opt_out(PEER, reason="again", actor="U2") == []
        with pytest.raises(OptedOut, match="asked on the phone"):
            await office.send("x")
        await office.optouts.opt_in(PEER, reason="changed their mind", actor="U2")
        with pytest.raises(Conflict):
            await office.optouts.opt_in(PEER, reason="twice", actor="U2")
        await ear.text("STOP")
        with pytest.raises(TheirsAlone):
            await office.optouts.opt_in(PEER, reason="we want to", actor="U2")
        history = await office.store.read(opt_out_history, PEER)
        assert [(entry.event.value, entry.actor, entry.keyword) for entry in history] == [
            ("out", "U1", None), ("out", "U2", None), ("back", "U2", None), ("out", None, "STOP"),
        ]  # fmt: skip


async def test_their_own_stop_outweighs_an_entry_by_hand(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        await office.optouts.opt_out(PEER, reason="said so", actor="U1")
        await ear.text("STOP")
        assert (await office.store.read(find_opt_out, PEER)).by_keyword


async def test_what_only_sounds_like_it_is_told_and_nothing_else_happens(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        await ear.text("please stop texting me")
        assert (await kinds(office))[-1] == "peer.opt-out-suspected"
        await office.wait_state((await office.send("did you mean that?")).id, "submitted")
        await office.optouts.dismiss(PEER, actor="U1")
        history = await office.store.read(opt_out_history, PEER)
        assert [entry.event.value for entry in history] == ["suspected", "dismissed"]


async def test_do_not_disturb_keeps_texts_and_calls_but_shows_none(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        now = office.clock.now_ms()
        await office.store.write(put_dnd, DndEntry("1", "+1900*", DndKind.PREFIX, now, "spam", "U1"))
        await office.store.write(put_dnd, DndEntry("2", "letters", DndKind.LETTERS, now))
        for sender in ("+19005550123", "WINNER", PEER):
            await ear.text("hello", sender)
        await ear.text("STOP", "+19005550123")
        await ear.inbox.receive(Kept(IncomingCall("support", now, "+19005550123")))
        assert (await kinds(office)).count("message.received") == 1
        assert "call.received" not in await kinds(office)
        assert len(await office.store.read(list_messages)) == 4
        assert await office.store.read(count_dnd, since=now - 1) == 3
        assert [m.peer for m in await office.store.read(kept_back, since=0)] == [
            "+19005550123",
            "WINNER",
            "+19005550123",
        ]
        assert await office.store.read(owed_answers) == []
        listed = await office.store.read(list_dnd, now=now, since=0)
        assert {(one.entry.pattern, one.messages) for one in listed} == {("+1900*", 2), ("letters", 1)}


async def test_do_not_disturb_ends_and_can_be_taken_off(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        now = office.clock.now_ms()
        await office.store.write(put_dnd, DndEntry("1", PEER, DndKind.EXACT, now, until=now + 1000))
        with pytest.raises(DoNotDisturb):
            await office.send("x")
        await office.elapse(2)
        await ear.text("shown")
        assert "message.received" in await kinds(office)
        again = await office.store.write(put_dnd, DndEntry("2", PEER, DndKind.EXACT, office.clock.now_ms()))
        assert again.id == "1"
        assert (await office.store.write(remove_dnd, "1")).pattern == PEER
        assert await office.store.write(remove_dnd, "1") is None
        await office.send("x")


async def test_a_late_part_of_a_text_that_is_not_shown_is_not_shown_either(tmp_path):
    async with hearing(tmp_path) as (office, ear):
        await office.store.write(put_dnd, DndEntry("1", PEER, DndKind.EXACT, office.clock.now_ms()))
        await ear.text("first ", concat=Concat(7, 8, 2, 1))
        await ear.text("second", concat=Concat(7, 8, 2, 2))
        assert await kinds(office) == []
        assert [m.text for m in await office.store.read(kept_back, since=0)] == ["first second"]


async def test_opting_out_twice_cancels_nothing_the_second_time(tmp_path):
    async with hearing(tmp_path) as (office, _):
        found = OptOut(PEER, office.clock.now_ms(), "STOP")
        assert await office.store.write(opt_out, found, line="support") == []
        assert await office.store.write(opt_out, found, line="support") is None
