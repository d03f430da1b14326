"""What a carrier's answers, and their absence, mean for a text."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.carrier_bench import MemoryLedger, in_service
from fakes.facts import fact
from fakes.numbers import NUMBER, PEER

from clerkd.carriers.errors import AccountRefused, CarrierRefused, NoAnswer, PeerOptedOut, RateLimited
from clerkd.carriers.telnyx import Telnyx
from clerkd.carriers.twilio import Twilio
from clerkd.carriers.vonage import Vonage
from clerkd.clock import SystemClock
from clerkd.model.carrier import Awaited, Doubt
from clerkd.model.inbound import ReportStatus
from clerkd.model.line import LineState, Outgoing
from clerkd.simulate.carriers.telnyx import TelnyxStandIn
from clerkd.simulate.carriers.twilio import TwilioStandIn
from clerkd.simulate.carriers.vonage import VonageStandIn

KINDS = ("twilio", "telnyx", "vonage")


def pair(kind: str, secret: str = "secret", number: str = NUMBER):
    """A stand-in, and what makes its client once it listens."""
    match kind:
        case "twilio":
            stand_in = TwilioStandIn(NUMBER, auth_token="secret")
            sid = stand_in.account_sid
            return stand_in, lambda: Twilio(account_sid=sid, auth_token=secret, number=number, api_url=stand_in.url)
        case "telnyx":
            stand_in = TelnyxStandIn(NUMBER, auth_token="secret")
            return stand_in, lambda: Telnyx(auth_token=secret, number=number, api_url=stand_in.url)
        case _:
            stand_in = VonageStandIn(NUMBER, api_secret="secret")
            key = stand_in.api_key
            return stand_in, lambda: Vonage(api_key=key, api_secret=secret, number=number, api_url=stand_in.url)


@asynccontextmanager
async def bench(kind: str, **options):
    stand_in, client = pair(kind, **{key: options.pop(key) for key in ("secret", "number") if key in options})
    async with stand_in, in_service(stand_in, client(), **options) as built:
        yield built


async def send(built, text: str = "Hello") -> str:
    (segment,) = built.line.plan(Outgoing(PEER, text, 7, report=True)).segments
    return str((await built.line.submit(segment, more=False)).reference)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["500-taken", "cut-taken"])
async def test_an_answer_lost_after_the_text_was_taken_is_looked_up(kind, fault):
    async with bench(kind) as built:
        built.stand_in.faults.append(fault)

        assert await send(built) == built.stand_in.sent[0].id
        assert built.on_air() == ["Hello"]
        await built.receiver.wait(lambda: len(built.receiver.reports) == 1)
        assert built.receiver.reports[0].reference == built.stand_in.sent[0].id


@pytest.mark.parametrize("kind", KINDS)
async def test_the_same_text_sent_before_is_not_taken_for_the_one_in_doubt(kind):
    async with bench(kind) as built:
        await send(built)
        built.stand_in.faults.append("500")  # this one was not taken

        with pytest.raises(NoAnswer):
            await send(built)
        assert built.on_air() == ["Hello"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_doubt_of_an_earlier_life_is_settled_by_what_the_carrier_lists(kind):
    stand_in, client = pair(kind)
    async with stand_in:
        ledger = MemoryLedger(place="0" if kind == "twilio" else str(SystemClock().now_ms()))
        began = SystemClock().now_ms()
        async with in_service(stand_in, client()) as first:
            (segment,) = first.line.plan(Outgoing(PEER, "Hello", 7, report=True)).segments
            stand_in.faults.append("lost")
            with pytest.raises(NoAnswer):
                await first.line.submit(segment, more=False)
        stand_in.lookups_fail = False
        ledger.doubtful.append(Doubt(1, 1, segment.payload, began, SystemClock().now_ms()))
        async with in_service(stand_in, client(), ledger=ledger) as built:
            await fact(lambda: ledger.found)
            await built.receiver.wait(lambda: len(built.receiver.reports) == 1)
        assert ledger.found == [stand_in.sent[0].id]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_restart_loses_no_text_and_no_report(kind):
    stand_in, client = pair(kind)
    stand_in.delivers = False
    async with stand_in:
        ledger = MemoryLedger(place=str(SystemClock().now_ms() - 3000))
        async with in_service(stand_in, client(), ledger=ledger) as built:
            taken = await send(built)
            built.text_in("before")
            await built.receiver.wait(lambda: built.receiver.texts == ["before"])
        built.text_in("meanwhile")
        stand_in.sent[0].status = "delivered"
        ledger.open = [Awaited(taken, PEER, SystemClock().now_ms())]
        async with in_service(stand_in, client(), ledger=ledger) as again:
            again.receiver._keys |= built.receiver._keys  # as the inbox remembers for days what it kept
            await again.receiver.wait(lambda: again.receiver.texts[-1:] == ["meanwhile"])
            await again.receiver.wait(lambda: len(again.receiver.reports) == 1)
        assert again.receiver.reports[0].reference == taken


@pytest.mark.parametrize("kind", KINDS)
async def test_a_failed_delivery_says_why(kind):
    async with bench(kind) as built:
        built.stand_in.delivers = False
        await send(built)
        built.stand_in.sent[0].status = {"twilio": "undelivered", "telnyx": "delivery_failed"}.get(kind, "rejected")
        await built.receiver.wait(lambda: len(built.receiver.reports) == 1)

        (report,) = built.receiver.reports
        assert report.status is ReportStatus.FAILED
        assert report.reason
        assert report.reason.startswith(built.line.status().operator)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_wrong_secret_locks_the_line_and_says_what_to_do(kind):
    async with bench(kind, secret="wrong", ready=False) as built:
        await fact(lambda: built.line.status().state is LineState.LOCKED)
        assert "does not accept the account or its secret" in built.line.status().reason


@pytest.mark.parametrize("kind", KINDS)
async def test_a_number_of_somebody_else_locks_the_line_and_keeps_the_text(kind):
    async with bench(kind, number="+14155550142") as built:
        with pytest.raises(AccountRefused) as refused:
            await send(built)
        assert refused.value.code == "line.account-refused"
        assert built.line.status().state is LineState.LOCKED


@pytest.mark.parametrize("kind", KINDS)
async def test_a_carrier_that_takes_no_more_is_left_alone_for_as_long_as_it_says(kind):
    async with bench(kind) as built:
        built.stand_in.faults.append("rate")
        with pytest.raises(RateLimited) as refused:
            await send(built)
        assert refused.value.retry_after_s == 1
        waiting = asyncio.create_task(built.line.wait_ready())
        await asyncio.sleep(0)
        assert not waiting.done()
        async with asyncio.timeout(15):
            await waiting
        await send(built)


@pytest.mark.parametrize("kind", ["twilio", "telnyx"])
async def test_a_stop_that_the_carrier_keeps_is_noted(kind):
    async with bench(kind) as built:
        built.stand_in.faults.append("opted-out")
        with pytest.raises(PeerOptedOut):
            await send(built)
        assert built.ledger.out == [PEER]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_text_refused_for_good_carries_the_carriers_words(kind):
    async with bench(kind) as built:
        built.stand_in.faults.append("refused")
        with pytest.raises(CarrierRefused) as refused:
            await send(built)
        assert refused.value.details["carrier_code"]


@pytest.mark.parametrize("kind", KINDS)
async def test_many_texts_are_read_page_by_page_oldest_first(kind):
    stand_in, client = pair(kind)
    async with stand_in:
        for number in range(130):
            stand_in.text_in(PEER, f"text {number}").at -= (130 - number) * 2
        ledger = MemoryLedger(place=str(SystemClock().now_ms() - 300_000))
        async with in_service(stand_in, client(), ledger=ledger) as built:
            await built.receiver.wait(lambda: len(built.receiver.texts) == 130, 20)
        assert built.receiver.texts == [f"text {number}" for number in range(130)]
