from __future__ import annotations

from fakes.facts import fact

from clerkd.codec import pdu
from clerkd.codec.address import Address
from clerkd.codec.tpdu import StatusReport, Submit
from clerkd.codec.userdata import UserData

PHONE = "+447700900123"


def submit(text: str, to: str = PHONE, **fields) -> tuple[str, str]:
    """Return the +CMGS command and the hexadecimal PDU for a text."""
    tpdu = Submit(Address.of(to), UserData(text), **fields).encode()
    return f"AT+CMGS={len(tpdu)}", "00" + tpdu.hex().upper()


async def test_a_pdu_that_is_submitted_reaches_the_phone_and_its_reference_counts_up(plug_in, network):
    phone = network.phone(PHONE)
    _, terminal = await plug_in()

    assert await terminal.send(*submit("Hello")) == ["+CMGS: 0", "OK"]
    assert await terminal.send(*submit("again")) == ["+CMGS: 1", "OK"]

    await fact(lambda: len(phone.inbox) == 2)
    assert [text.text for text in phone.inbox] == ["Hello", "again"]
    assert phone.inbox[0].sender == "+14155550100"


async def test_a_text_from_a_phone_is_stored_announced_read_and_deleted(plug_in, network):
    _, terminal = await plug_in()
    assert await terminal.ask("AT+CNMI=2,1,0,1,0") == ["OK"]

    network.phone(PHONE).send("+14155550100", "Hi there")

    assert await terminal.until(b'+CMTI: "SM",1\r\n')
    head, octets, result = await terminal.ask("AT+CMGR=1")
    deliver = pdu.decode(bytes.fromhex(octets)).tpdu
    assert (head, result) == (f"+CMGR: 0,,{len(deliver.encode())}", "OK")
    assert (deliver.originator.number, deliver.user_data.text) == (PHONE, "Hi there")
    assert await terminal.ask("AT+CMGD=1") == ["OK"]
    assert await terminal.ask("AT+CMGR=1") == ["+CMS ERROR: 321"]


async def test_a_report_that_was_asked_for_comes_with_the_reference_of_its_message(plug_in):
    _, terminal = await plug_in()
    await terminal.ask("AT+CNMI=2,1,0,1,0")

    assert await terminal.send(*submit("Hello", status_report=True)) == ["+CMGS: 0", "OK"]

    await terminal.until(b"+CDS: ")
    _, octets = (await terminal.until(b"\r\n")), (await terminal.until(b"\r\n"))
    report = pdu.decode(bytes.fromhex(octets.decode())).tpdu
    assert isinstance(report, StatusReport)
    assert (report.reference, report.status, report.recipient.number) == (0, 0, PHONE)
