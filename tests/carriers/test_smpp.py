"""SMPP against the server of the npm package `smpp`."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from contract.line_contract import LineContract
from fakes.facts import fact
from fakes.numbers import NUMBER, PEER
from fakes.receiver import KeepingReceiver
from fakes.smpp_server import HAVE_NODE, SmppServer, smpp_server

from clerkd.carriers.errors import NoAnswer
from clerkd.carriers.smpp.line import SmppLine
from clerkd.carriers.smpp.session import Account
from clerkd.clock import SystemClock
from clerkd.model.line import LineState, Outgoing

pytestmark = [pytest.mark.node, pytest.mark.skipif(not HAVE_NODE, reason="node and npm are not installed")]


@dataclass
class SmppBench:
    server: SmppServer
    line: SmppLine
    receiver: KeepingReceiver

    def on_air(self) -> list[str]:
        return self.server.texts(PEER)

    def text_in(self, text: str) -> None:
        self.server.deliver(PEER, NUMBER, text)

    def waiting(self) -> int:
        return self.server.waiting

    def refuse_next(self, *, for_good: bool) -> None:
        self.server.fault("refused" if for_good else "throttled")

    def lose_next_result(self) -> None:
        self.server.fault("lost")

    async def cut(self) -> None:
        await self.server.stop()
        await fact(lambda: self.line.status().state is LineState.ABSENT)

    async def join(self) -> None:
        await self.server.start()


@asynccontextmanager
async def bound(*, password: str = "secret", ready: bool = True):
    async with smpp_server() as server:
        receiver = KeepingReceiver()
        account = Account("127.0.0.1", server.port, tls=False, system_id="clerkd", password=password)
        line = SmppLine(
            name="support", number=NUMBER, account=account, receiver=receiver, clock=SystemClock(), rebind_s=0.05
        )
        running = asyncio.create_task(line.run(), name="line")
        try:
            if ready:
                async with asyncio.timeout(20):
                    await line.wait_ready()
            yield SmppBench(server, line, receiver)
        finally:
            running.cancel()
            await asyncio.wait({running})


class TestSmppLine(LineContract):
    @pytest.fixture
    async def bench(self):
        async with bound() as bench:
            yield bench

    async def test_a_lost_result_is_indeterminate_and_goes_out_once(self, bench):
        await super().test_a_lost_result_is_indeterminate_and_goes_out_once(_Patient(bench))


class _Patient(SmppBench):
    """The next text waits for the next bind, as a dispatcher does."""

    def __init__(self, bench: SmppBench) -> None:
        super().__init__(bench.server, _PatientLine(bench.line), bench.receiver)


class _PatientLine:
    def __init__(self, line: SmppLine) -> None:
        self._line = line
        self.plan = line.plan

    async def submit(self, segment, *, more):
        async with asyncio.timeout(15):
            await self._line.wait_ready()
        return await self._line.submit(segment, more=more)


async def test_a_wrong_password_locks_the_line():
    async with bound(password="wrong", ready=False) as bench:
        await fact(lambda: bench.line.status().state is LineState.LOCKED)
        assert "wrong password" in bench.line.status().reason


async def test_a_receipt_for_a_text_whose_answer_was_lost_says_that_it_is_recent():
    async with bound() as bench:
        bench.lose_next_result()
        (segment,) = bench.line.plan(Outgoing(PEER, "Hello", 1, report=True)).segments
        with pytest.raises(NoAnswer):
            await bench.line.submit(segment, more=False)
        await bench.receiver.wait(lambda: len(bench.receiver.reports) == 1, 20)

        (report,) = bench.receiver.reports
        assert (report.reference, report.accepted_at) == (bench.server.submitted[0]["id"], report.received_at)


async def test_a_report_is_asked_for_only_where_it_is_wanted():
    async with bound() as bench:
        for report in (True, False):
            (segment,) = bench.line.plan(Outgoing(PEER, "Hello", 1, report)).segments
            await bench.line.submit(segment, more=False)
        assert [one["registered_delivery"] for one in bench.server.submitted] == [1, 0]


async def test_the_same_text_twice_is_two_texts():
    async with bound() as bench:
        bench.text_in("yes")
        bench.text_in("yes")
        await bench.receiver.wait(lambda: bench.receiver.texts == ["yes", "yes"])
