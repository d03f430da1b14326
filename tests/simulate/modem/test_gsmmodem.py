"""python-gsmmodem, a driver that nobody here wrote, takes the virtual modem for a real one.

Its own faults (no emoji, indications lost inside answers, one byte outside UTF-8 ends its reader) are left alone.
"""

import asyncio
import threading

import pytest
from fakes.facts import fact
from fakes.sms import MODEM, PHONE
from gsmmodem.exceptions import CmsError, IncorrectPinError, PinRequiredError
from gsmmodem.modem import GsmModem, StatusReport

from clerkd.simulate.network import CallState


class Driver:
    """A GsmModem in threads, and what its callbacks were given."""

    def __init__(self, link, *, reports=False):
        self.texts = []
        self.calls = []
        self.reports = []
        self.modem = GsmModem(
            str(link),
            115200,
            incomingCallCallbackFunc=self.calls.append,
            smsReceivedCallbackFunc=self.texts.append,
            smsStatusReportCallback=self.reports.append,
            # It always asks for reports, and reading one may put a command of its own into a prompt's text.
            AT_CNMI="2,1,0,2" if reports else "2,1,0,0",
        )

    async def do(self, function, *args, **kwargs):
        async with asyncio.timeout(30):
            return await asyncio.to_thread(function, *args, **kwargs)


@pytest.fixture
async def connect(plug_in):
    drivers = []

    async def make(*, answer=None, reports=False, **options):
        modem, terminal = await plug_in(prepare=False, **options)
        terminal.close()
        driver = Driver(modem.link, reports=reports)
        drivers.append(driver)
        await driver.do(driver.modem.connect, answer)
        return modem, driver

    yield make
    for driver in drivers:
        await driver.do(driver.modem.close)
    await fact(lambda: not any("SerialComms" in thread.name for thread in threading.enumerate()))


async def test_it_connects_and_reads_what_it_wants_to_know(connect):
    modem, driver = await connect()

    assert await driver.do(lambda: driver.modem.manufacturer) == "clerkd"
    assert await driver.do(lambda: driver.modem.model) == "Virtual Modem"
    assert await driver.do(lambda: driver.modem.imei) == "490154203237518"
    assert await driver.do(lambda: driver.modem.imsi) == "001010123456789"
    assert await driver.do(lambda: driver.modem.signalStrength) == 23
    assert await driver.do(lambda: driver.modem.smsc) == modem.sim.smsc
    assert await driver.do(lambda: driver.modem.ownNumber) == MODEM
    assert await driver.do(driver.modem.waitForNetworkCoverage, 5) == 23
    assert "+CMGS" in await driver.do(lambda: driver.modem.supportedCommands)


async def test_it_sends_and_waits_for_the_delivery_report(connect, network):
    _, driver = await connect(reports=True)

    sent = await driver.do(driver.modem.sendSms, PHONE, "Hello from gsmmodem", waitForDeliveryReport=True)

    assert sent.status == sent.DELIVERED
    assert sent.report.deliveryStatus == StatusReport.DELIVERED
    assert network.phone(PHONE).inbox[0].text == "Hello from gsmmodem"


async def test_it_sends_a_long_text_in_parts(connect, network):
    _, driver = await connect()
    text = "A text that takes more than one segment. " * 12

    await driver.do(driver.modem.sendSms, PHONE, text)

    await fact(lambda: network.phone(PHONE).inbox)
    assert network.phone(PHONE).inbox[0].text == text


async def test_it_sends_in_text_mode(connect, network):
    _, driver = await connect()
    await driver.do(setattr, driver.modem, "smsTextMode", True)

    await driver.do(driver.modem.sendSms, PHONE, "plain text")

    await fact(lambda: network.phone(PHONE).inbox)
    assert network.phone(PHONE).inbox[0].text == "plain text"


async def test_it_is_told_of_a_text_reads_it_and_deletes_it(connect, network):
    modem, driver = await connect()

    network.phone(PHONE).send(MODEM, "Grüße aus dem Netz")

    await fact(lambda: driver.texts)
    assert (driver.texts[0].number, driver.texts[0].text) == (PHONE, "Grüße aus dem Netz")
    await fact(lambda: modem.firmware.storage.stores["ME"].used == 0)


async def test_it_lists_stored_texts(connect, network):
    modem, driver = await connect()
    modem.faults.apply("mute_cmti", 1)
    for number in range(3):
        network.phone(PHONE).send(MODEM, f"text {number}")
    await fact(lambda: not network.waiting(MODEM))

    listed = await driver.do(driver.modem.listStoredSms, delete=True)

    assert sorted(text.text for text in listed) == ["text 0", "text 1", "text 2"]
    assert modem.firmware.storage.stores["ME"].used == 0


async def test_it_hears_why_a_text_was_refused(connect):
    modem, driver = await connect()
    modem.faults.apply("cms_error", "next:1")
    modem.faults.apply("cms_code", 42)

    with pytest.raises(CmsError) as refused:
        await driver.do(driver.modem.sendSms, PHONE, "x")
    assert refused.value.code == 42


async def test_it_talks_ussd(connect, network):
    network.ussd.program("*100#", "Balance 5.00")
    network.ussd.program("*1#", {"text": "1 Balance", "replies": {"1": "Nothing left"}})
    _, driver = await connect()

    answer = await driver.do(driver.modem.sendUssd, "*100#")
    assert (answer.message, answer.sessionActive) == ("Balance 5.00", False)

    menu = await driver.do(driver.modem.sendUssd, "*1#")
    assert menu.sessionActive
    assert (await driver.do(menu.reply, "1")).message == "Nothing left"


async def test_it_hears_a_call_with_its_caller_and_answers_it(connect, network):
    _, driver = await connect(ring_every_s=0.1)

    call = network.phone(PHONE).call(MODEM)
    await fact(lambda: driver.calls)

    assert driver.calls[0].number == PHONE
    await driver.do(driver.calls[0].answer)
    assert call.state is CallState.ACTIVE
    await driver.do(driver.calls[0].hangup)
    assert call.over


async def test_it_dials(connect, network):
    phone = network.phone(PHONE)
    _, driver = await connect()

    call = await driver.do(driver.modem.dial, PHONE)
    phone.calls[0].answer()
    await fact(lambda: call.answered)
    phone.calls[0].end()
    await fact(lambda: not call.active)


async def test_it_unlocks_the_sim(connect):
    modem, driver = await connect(pin="1234", answer="1234")

    assert modem.sim.tries == ["1234"]
    assert await driver.do(lambda: driver.modem.imsi) == "001010123456789"


@pytest.mark.parametrize(("given", "raised"), [(None, PinRequiredError), ("9999", IncorrectPinError)])
async def test_it_hears_that_the_pin_is_missing_or_wrong(plug_in, given, raised):
    modem, terminal = await plug_in(prepare=False, pin="1234")
    terminal.close()
    driver = Driver(modem.link)

    with pytest.raises(raised):
        await driver.do(driver.modem.connect, given)
    await driver.do(driver.modem.close)
