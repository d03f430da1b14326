"""A recorded dialogue may be shown to anybody."""

import re
from datetime import UTC, datetime

import pytest
from fakes.transcripts import load
from hypothesis import given
from hypothesis import strategies as st

from clerkd.at.exchange import Exchange
from clerkd.at.transcript import Direction, Entry, render, replay
from clerkd.codec import pdu, segment
from clerkd.codec.address import Address
from clerkd.codec.tpdu import Deliver, StatusReport, Submit
from clerkd.modem.redaction import redacted

MOMENT = datetime(2024, 3, 9, 14, 5, 7, tzinfo=UTC)
digits = (
    st.integers(8, 15)
    .flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))
    .filter(lambda number: len(set(number[:7])) > 3)
)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


def said(octets: bytes) -> Entry:
    return Entry(Direction.RECEIVED, octets, 0.5)


def sent(octets: bytes) -> Entry:
    return Entry(Direction.SENT, octets, 0.25)


def shown(*entries: Entry) -> str:
    return render(redacted(entries))


def runs(number: str) -> set[str]:
    """Return every run of seven digits, and as a PDU swaps them."""
    swapped = "".join(b + a for a, b in zip(number[::2], number[1::2], strict=False))
    return {text[at : at + 7] for text in (number, swapped) for at in range(len(text) - 6)}


def pdus(number: str, text: str) -> list[bytes]:
    peer = Address.of("+" + number)
    parts = segment.split(text, reference=7).parts
    units = [Submit(peer, parts[0]), Deliver(peer, MOMENT, parts[0]), StatusReport(7, peer, MOMENT, MOMENT, 0)]
    return [pdu.encode(unit, peer) for unit in units]


def everything(number: str, text: str) -> list[Entry]:
    """Return a dialogue that tells a number and a text in every way that a modem has."""
    submit, deliver, report = (octets.hex().upper().encode() for octets in pdus(number, text))
    known = number.encode()
    return [
        sent(b"AT+CGSN\r"), said(b"\r\n" + known + b"\r\n\r\nOK\r\n"),
        sent(b'AT+CPIN="' + known + b'"\r'), said(b"\r\n+CCID: " + known + b"\r\n\r\nOK\r\n"),
        sent(b"ATD+" + known + b";\r"), said(b'\r\n+CLIP: "+' + known + b'",145\r\n'),
        said(b'\r\n+CSCA: "+' + known + b'",145\r\n'), said(b'\r\n+CNUM: "' + known + b'","+' + known + b'",145\r\n'),
        said(b'\r\n+CUSD: 0,"you have ' + known + b"\r\nleft, " + known + b'",15\r\n'),
        said(b'\r\n+CUSD: 0,"' + known.hex().encode() + b'",72\r\n'),
        sent(b"AT+CMGS=%d\r" % (len(submit) // 2)), said(b"\r\n> "), sent(submit + b"\x1a"),
        said(submit + b"\x1a\r\n+CMGS: 7\r\n\r\nOK\r\n"),
        said(b"\r\n+CMT: ,30\r\n" + deliver + b"\r\n"), said(b"\r\n+CDS: 30\r\n" + report + b"\r\n"),
        said(b"\r\n+CMGR: 1,,30\r\n" + b"call " + known + b"\r\n\r\nOK\r\n"),
        said(b"\r\n^ODD:x" + known + b"y\r\n"), said(b"+CRSM: 144,0," + known + b"0F\r\n"),
    ]  # fmt: skip


@given(number=digits, text=texts)
def test_no_run_of_seven_digits_and_no_text_survives(number, text):
    result = "".join(line[2:] for line in shown(*everything(number, text)).splitlines(keepends=True))

    # What stands in fiction and in time stamps is nobody's.
    harmless = shown(*everything("0" * len(number), "x"))
    assert {run for run in runs(number) if run in result and run not in harmless} == set()
    tail = pdus(number, text)[0].hex().upper()[-16:]
    assert len(set(text)) < 8 or tail not in result


@given(number=digits, text=texts, which=st.integers(0, 2))
def test_a_pdu_keeps_its_length_kind_and_coding_and_can_be_read(number, text, which):
    before = pdus(number, text)[which]
    (after,) = redacted([said(before.hex().upper().encode() + b"\r\n")])

    told, was = (pdu.decode(bytes.fromhex(octets.decode())) for octets in (after.octets.strip(), before.hex().encode()))
    assert len(after.octets.strip()) == 2 * len(before)
    assert type(told.tpdu) is type(was.tpdu)
    if not isinstance(was.tpdu, StatusReport):
        assert told.tpdu.user_data.encoding is was.tpdu.user_data.encoding
        assert told.tpdu.user_data.concat == was.tpdu.user_data.concat
    assert len(told.tpdu.address.number) == len(was.tpdu.address.number) - was.tpdu.address.number.startswith("+") + (
        told.tpdu.address.number.startswith("+")
    )


@given(octets=st.binary(min_size=15, max_size=180), ours=st.booleans())
def test_what_is_no_pdu_says_nothing_and_keeps_its_length(octets, ours):
    line = octets.hex().upper().encode()
    (after,) = redacted([sent(line + b"\x1a") if ours else said(line + b"\r\n")])

    digits_after = after.octets.strip(b"\x1a\r\n")
    assert len(digits_after) == len(line)
    assert re.fullmatch(rb"[0-9A-F]+", digits_after)


@given(cut=st.integers(1, 14), number=st.just("490154203237518"))
def test_a_line_that_comes_in_pieces_is_one_line(cut, number):
    pieces = [said(b"\r\n" + number[:cut].encode()), sent(b"AT\r"), said(number[cut:].encode() + b"\r\nOK\r\n")]

    assert not any(run in shown(*pieces) for run in runs(number))


def test_places_names_and_secrets_are_crossed_out_and_settings_are_not():
    assert shown(
        sent(b'AT+CPIN="4321"\r'),
        said(b'\r\n+CREG: 2,1,"00C3","0123ABCD",7\r\n'),
        said(b'\r\n+CPBR: 1,"+447700900123",145,"Dana"\r\n'),
        said(b'\r\n+CPMS: "SM",3,20,"ME",0,255\r\n+CNMI: 2,1,0,2,0\r\n+CSQ: 17,99\r\n'),
    ).splitlines() == [
        '@0.250 > AT+CPIN="0000"\\r',
        '@0.500 < \\r\\n+CREG: 2,1,"0000","00000000",7\\r\\n',
        '@0.500 < \\r\\n+CPBR: 1,"+000000000000",145,"xxxx"\\r\\n',
        '@0.500 < \\r\\n+CPMS: "SM",3,20,"ME",0,255\\r\\n',
        "@0.500 < +CNMI: 2,1,0,2,0\\r\\n",
        "@0.500 < +CSQ: 17,99\\r\\n",
    ]


@pytest.mark.parametrize("name", ["generic", "quectel-ec25", "huawei-e3531"])
def test_a_redacted_dialogue_replays_as_the_real_one_did(name):
    entries = load(f"vendors/{name}")

    before, after = replay(entries, Exchange()), replay(redacted(entries), Exchange())
    assert [(a.command.text[:7], a.final, len(a.lines)) for a in after.answers] == [
        (a.command.text[:7], a.final, len(a.lines)) for a in before.answers
    ]
    assert [type(event) for event in after.events] == [type(event) for event in before.events]


@given(rest=st.text("0123456789", min_size=24, max_size=24).filter(lambda rest: len(set(rest)) > 5))
def test_the_identity_of_an_embedded_sim_is_no_pdu(rest):
    identity = "89049032" + rest  # 32 digits that begin with 89
    result = shown(said(f"\r\n+CEID: {identity}\r\n".encode()))

    assert "89049032" not in result
    # Fiction has zeros in it.
    assert [run for at in range(18) if (run := rest[at : at + 7]).count("0") < 4 and run in result] == []
