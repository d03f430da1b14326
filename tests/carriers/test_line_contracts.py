import pytest
from contract.line_contract import LineContract, outgoing
from fakes.carrier_bench import in_service
from fakes.numbers import NUMBER

from clerkd.carriers.telnyx import Telnyx
from clerkd.carriers.twilio import Twilio
from clerkd.carriers.vonage import Vonage
from clerkd.simulate.carriers.telnyx import TelnyxStandIn
from clerkd.simulate.carriers.twilio import TwilioStandIn
from clerkd.simulate.carriers.vonage import VonageStandIn


class CarrierContract(LineContract):
    """A carrier cuts a text by itself: one submission, however many segments are billed."""

    async def test_it_measures_a_text_as_it_plans_it(self, bench):
        for text in ("Hello", "a" * 161, "It’s here", ""):
            measured = bench.line.measure(text)
            planned = bench.line.plan(outgoing(text))
            assert measured.encoding == planned.encoding
            assert len(planned.segments) == 1
        assert bench.line.measure("a" * 161).segments == 2
        assert bench.line.measure("It’s here").forced_by == "’"


class TestTwilioLine(CarrierContract):
    @pytest.fixture
    async def bench(self):
        async with TwilioStandIn(NUMBER, auth_token="secret") as stand_in:
            carrier = Twilio(account_sid=stand_in.account_sid, auth_token="secret", number=NUMBER, api_url=stand_in.url)
            async with in_service(stand_in, carrier) as bench:
                yield bench


class TestTelnyxLine(CarrierContract):
    @pytest.fixture
    async def bench(self):
        async with TelnyxStandIn(NUMBER, auth_token="secret") as stand_in:
            carrier = Telnyx(auth_token="secret", number=NUMBER, api_url=stand_in.url)
            async with in_service(stand_in, carrier) as bench:
                yield bench


class TestVonageLine(CarrierContract):
    @pytest.fixture
    async def bench(self):
        async with VonageStandIn(NUMBER, api_secret="secret") as stand_in:
            carrier = Vonage(api_key=stand_in.api_key, api_secret="secret", number=NUMBER, api_url=stand_in.url)
            async with in_service(stand_in, carrier) as bench:
                yield bench
