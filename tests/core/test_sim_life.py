"""Prepaid SIMs: what is left on them is asked and told, and one that is idle is kept alive."""

import asyncio
import re
from contextlib import suppress
from decimal import Decimal

import pytest
from fakes.desk import PEER, open_office
from fakes.facts import fact

from clerkd.core.outbound.balance import AGAIN_MS, Balances
from clerkd.core.outbound.keepalive import KeepAlive, KeepAlives
from clerkd.errors import Permanent, Temporary
from clerkd.model.balance import BalanceRule, BalanceState, amount_of
from clerkd.model.line import LineState, LineStatus
from clerkd.model.message import SendRequest
from clerkd.model.notice import NoticeKind
from clerkd.model.ussd import UssdReply
from clerkd.store.ops.messages import find_message
from clerkd.store.ops.notices import read_notices
from clerkd.store.ops.sims import see_sim

DAY_MS = 86_400_000
RULE = BalanceRule("*100#", re.compile(r"Balance: (\S+)"), Decimal(5), DAY_MS)
SIM = "8944500000000000001"


class Network:
    """A line that asks a network with these answers."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0
        self.state = LineState.READY

    def status(self):
        return LineStatus("support", "+14155550100", self.state, sim=SIM)

    async def ussd(self, code):
        assert code == "*100#"
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return UssdReply(answer, wants_reply=False)


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        yield office


@pytest.fixture
async def running():
    tasks = []
    yield lambda task: tasks.append(asyncio.create_task(task))
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("5", "5"), ("5.20", "5.20"), ("5,20", "5.20"), ("1.234,56", "1234.56"), ("1,234.56", "1234.56"),
        ("1 234,5", "1234.5"), ("-0,40", "-0.40"), ("1,234", "1234"), ("", None), ("EUR", None), ("5.", "5"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_networks_write_it(text, amount):
    assert amount_of(text) == (None if amount is None else Decimal(amount))


async def told(office):
    notices = await office.store.read(read_notices, "another reader", 100)
    return [one.detail["state"] for one in notices if one.kind is NoticeKind.BALANCE_CHANGED]


async def test_a_balance_is_told_when_it_is_low_and_when_it_is_enough_again(office, running):
    answers = ["Balance: 5,00", "Balance: 4,99", "Balance: 4,00", "Balance: 15,00", "Offline", "Balance: 15,00"]
    network = Network(*answers)
    balances = Balances(office.store, office.clock, {"support": network}, {"support": RULE})
    running(balances.run())
    for number in range(1, len(answers) + 1):
        await fact(lambda number=number: network.asked == number and balances.known)
        await fact(lambda number=number: balances.known["support"].answer == answers[number - 1])
        if network.answers:
            office.clock.advance(DAY_MS / 1000)
            balances.wake()

    assert await told(office) == ["low", "enough", "unread", "enough"]


async def test_a_modem_that_cannot_be_asked_is_asked_later_and_a_refusal_is_no_balance(office, running):
    network = Network(Temporary("no network"), Permanent("the network refused *100#"))
    balances = Balances(office.store, office.clock, {"support": network}, {"support": RULE})
    running(balances.run())
    await fact(lambda: network.asked == 1)
    assert not balances.known
    office.clock.advance(AGAIN_MS / 1000)
    balances.wake()

    await fact(lambda: "support" in balances.known)
    assert balances.known["support"].state is BalanceState.UNREAD
    assert await told(office) == ["unread"]


async def test_a_restart_asks_when_it_is_time_and_not_before(office, running):
    first = Network("Balance: 1")
    one = Balances(office.store, office.clock, {"support": first}, {"support": RULE})
    running(one.run())
    await fact(lambda: one.known)
    again = Network("Balance: 1")
    two = Balances(office.store, office.clock, {"support": again}, {"support": RULE})
    running(two.run())

    await fact(lambda: two.known)
    assert again.asked == 0


async def keepers(office, network, rule):
    await office.store.write(see_sim, "support", SIM, at=office.clock.now_ms())
    return KeepAlives(office.store, office.clock, office.outbox, {"support": network}, {"support": rule})


async def test_an_idle_sim_sends_one_text_and_one_that_is_used_none(office, running):
    rule = KeepAlive(80 * DAY_MS, PEER, "still here")
    keeping = await keepers(office, Network(), rule)
    running(keeping.run())
    for _ in range(79):
        office.clock.advance(DAY_MS / 1000)
        keeping.wake()
    await office.outbox.accept(SendRequest(to=PEER, text="used"))
    await office.radio.wait_air(1)
    for _ in range(79):
        office.clock.advance(DAY_MS / 1000)
        keeping.wake()
        await asyncio.sleep(0)
    assert office.radio.texts == ["used"]

    for _ in range(3):
        office.clock.advance(DAY_MS / 1000)
        keeping.wake()
        await office.radio.wait_air(2)
    assert office.radio.texts == ["used", "still here"]


async def test_a_line_without_a_network_adds_no_text_to_its_queue(office, running):
    network = Network()
    network.state = LineState.SEARCHING
    keeping = await keepers(office, network, KeepAlive(DAY_MS, PEER, "still here"))
    office.clock.advance(2 * DAY_MS / 1000)
    running(keeping.run())
    await office.store.read(find_message, "nothing")  # a turn of the store: it has looked
    assert office.radio.texts == []

    network.state = LineState.READY
    keeping.wake()
    await office.radio.wait_air(1)


async def test_a_code_keeps_a_sim_alive_too_and_a_refusal_is_tried_again(office, running):
    network = Network(Temporary("no network"), "Balance: 5", "Balance: 5")
    keeping = await keepers(office, network, KeepAlive(DAY_MS, code="*100#"))
    office.clock.advance(DAY_MS / 1000)
    running(keeping.run())
    await fact(lambda: network.asked == 1)
    keeping.wake()
    await fact(lambda: network.asked == 2)
    keeping.wake()
    office.clock.advance(DAY_MS / 1000)
    keeping.wake()
    await fact(lambda: network.asked == 3)
    assert office.radio.texts == []
