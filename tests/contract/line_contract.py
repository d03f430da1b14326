"""What every line has to do the same way, whether a modem or a carrier is behind it.

A line's tests inherit `LineContract` and give it a `bench` fixture: a line in service with a `KeepingReceiver`,
and the hands to play its other side.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Protocol

import pytest
from fakes.facts import fact
from fakes.numbers import PEER
from fakes.receiver import KeepingReceiver

from clerkd.errors import Indeterminate, Permanent, Temporary
from clerkd.model.inbound import ReportStatus
from clerkd.model.line import LineState, Outgoing, Plan, Receipt
from clerkd.model.message import Encoding
from clerkd.ports.line import Line


class Bench(Protocol):
    """A line in service, and its other side."""

    line: Line
    receiver: KeepingReceiver

    def on_air(self) -> list[str]:
        """The texts that reached PEER's phone."""
        ...

    def text_in(self, text: str) -> None:
        """Let PEER's phone send a text to the line."""
        ...

    def waiting(self) -> int:
        """How many received messages the line's source still keeps."""
        ...

    def refuse_next(self, *, for_good: bool) -> None:
        """Let the other side refuse the next segment."""
        ...

    def lose_next_result(self) -> None:
        """Let the next segment go out and its result get lost."""
        ...

    async def cut(self) -> None:
        """Take the connection away; return when the line knows."""
        ...

    async def join(self) -> None:
        """Give the connection back."""
        ...


TEXTS = [
    "",
    "Hello",
    "x" * 160,
    "x" * 161,
    "Grüße",
    "ok 😀!",
    "я" * 71,
    "😀" * 36,
    "{" * 80,
    "x" * 152 + "€" + "y" * 152,
]


def outgoing(text: str, *, reference: int = 7, report: bool = True, peer: str = PEER) -> Outgoing:
    return Outgoing(peer, text, reference, report)


async def send(line: Line, text: str, peer: str = PEER) -> list[Receipt]:
    segments = line.plan(outgoing(text, peer=peer)).segments
    return [await line.submit(segment, more=segment.part < segment.of) for segment in segments]


class LineContract:
    """The contract of `clerkd.ports.line.Line`, clause by clause."""

    peer = PEER
    patience_s = 10.0  # for what has to travel

    async def send(self, bench: Bench, text: str) -> list[Receipt]:
        """Send a text to the peer."""
        return await send(bench.line, text, self.peer)

    async def reach(self, bench: Bench, texts: list[str]) -> None:
        """Wait until these texts, and no others, reached the peer's phone."""
        with suppress(TimeoutError):
            await fact(lambda: bench.on_air() == texts, self.patience_s)
        assert bench.on_air() == texts

    def test_a_name_and_a_status_are_there_without_waiting(self, bench: Bench):
        status = bench.line.status()

        assert status.name == bench.line.name
        assert status.state is LineState.READY

    async def test_it_measures_a_text_as_it_plans_it(self, bench: Bench) -> None:
        for text in ("Hello", "a" * 161, "It’s here", ""):
            measured = bench.line.measure(text)
            planned = bench.line.plan(Outgoing(PEER, text, 7, report=False))
            assert (measured.encoding, measured.segments) == (planned.encoding, len(planned.segments))
        assert bench.line.measure("It’s here").forced_by == "’"

    @pytest.mark.parametrize("text", TEXTS)
    def test_planning_is_pure_and_numbers_its_segments(self, bench: Bench, text: str):
        plan: Plan = bench.line.plan(outgoing(text))

        assert plan == bench.line.plan(outgoing(text))
        assert [segment.part for segment in plan.segments] == list(range(1, len(plan.segments) + 1))
        assert {segment.of for segment in plan.segments} == {len(plan.segments)}
        assert isinstance(plan.encoding, Encoding)

    def test_a_text_that_cannot_be_sent_is_refused_for_good_by_the_plan(self, bench: Bench):
        with pytest.raises(Permanent):
            bench.line.plan(outgoing("hello", peer="+" + "1" * 40))

    @pytest.mark.parametrize("text", TEXTS[1:])
    async def test_what_is_planned_and_submitted_arrives_as_it_was_written(self, bench: Bench, text: str):
        receipts = await self.send(bench, text)

        assert all(isinstance(receipt, Receipt) for receipt in receipts)
        await self.reach(bench, [text])

    async def test_a_delivered_segment_is_reported_with_the_reference_of_its_receipt(self, bench: Bench):
        (receipt,) = await self.send(bench, "report, please")
        await bench.receiver.wait(lambda: len(bench.receiver.reports) == 1, self.patience_s)

        (report,) = bench.receiver.reports
        assert (report.line, report.reference, report.recipient) == (bench.line.name, receipt.reference, self.peer)
        assert report.status is ReportStatus.DELIVERED

    async def test_what_is_refused_is_not_on_the_air(self, bench: Bench):
        bench.refuse_next(for_good=False)
        with pytest.raises(Temporary):
            await self.send(bench, "later")
        bench.refuse_next(for_good=True)
        with pytest.raises(Permanent):
            await self.send(bench, "never")
        await self.send(bench, "now")

        await self.reach(bench, ["now"])

    async def test_a_lost_result_is_indeterminate_and_goes_out_once(self, bench: Bench):
        bench.lose_next_result()
        with pytest.raises(Indeterminate):
            await self.send(bench, "who knows")
        await self.send(bench, "and on")

        await self.reach(bench, ["who knows", "and on"])

    async def test_a_cancelled_submission_leaves_the_line_usable(self, bench: Bench):
        sending = asyncio.create_task(self.send(bench, "cancelled"))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await self.send(bench, "next")

        await fact(lambda: bench.on_air()[-1:] == ["next"], self.patience_s)
        assert bench.on_air().count("cancelled") <= 1

    async def test_without_a_connection_nothing_is_sent_and_the_line_is_not_ready(self, bench: Bench):
        await bench.cut()

        assert bench.line.status().state is not LineState.READY
        assert bench.line.status().reason
        with pytest.raises(Temporary):
            await self.send(bench, "not now")
        waiting = asyncio.create_task(bench.line.wait_ready())
        await asyncio.sleep(0)
        assert not waiting.done()
        await bench.join()
        async with asyncio.timeout(self.patience_s):
            await waiting
        await self.send(bench, "again")

        await self.reach(bench, ["again"])
        assert LineState.READY in bench.receiver.states

    async def test_what_arrives_is_kept_before_its_source_forgets_it(self, bench: Bench):
        bench.receiver.gate = asyncio.Event()
        bench.text_in("first the commit")
        await fact(lambda: bench.receiver.offers, self.patience_s)
        assert bench.waiting() == 1
        bench.receiver.gate.set()
        await bench.receiver.wait(lambda: bench.receiver.texts == ["first the commit"], self.patience_s)

        await fact(lambda: not bench.waiting(), self.patience_s)

    async def test_what_could_not_be_kept_is_offered_again(self, bench: Bench):
        bench.receiver.full = True
        bench.text_in("keep me")
        await bench.receiver.wait(lambda: bench.receiver.offers >= 1, self.patience_s)
        bench.receiver.full = False

        await bench.receiver.wait(lambda: bench.receiver.texts == ["keep me"], self.patience_s)

    async def test_a_received_text_says_where_it_came_from(self, bench: Bench):
        bench.text_in("hello 😀")
        await bench.receiver.wait(lambda: len(bench.receiver.segments) == 1, self.patience_s)

        (segment,) = bench.receiver.segments
        assert (segment.line, segment.sender, segment.text) == (bench.line.name, self.peer, "hello 😀")
        assert segment.pdu
        assert segment.sim
        assert segment.sent_at is not None
        assert abs(segment.received_at - segment.sent_at) < 60_000
