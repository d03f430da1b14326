"""Every hazard of the line, replayed: whole, octet by octet, and cut anywhere with noise in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from fakes.transcripts import VENDOR_NOISE, load, names, play
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkd.at.events import (
    BroadcastArrived,
    CallEnded,
    CallerNumber,
    Event,
    Garbled,
    LateReference,
    MessageArrived,
    MessageStored,
    Noise,
    Registration,
    ReportArrived,
    ReportStored,
    Restarted,
    Ringing,
    Signal,
    SimState,
    SmsReady,
    UssdAnswer,
)
from clerkd.at.exchange import Exchange, State
from clerkd.at.fields import is_hex
from clerkd.at.transcript import Direction, Entry, Replayed, replay


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    text: str
    result: str | None
    lines: list[str]
    handed_over: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a transcript comes to."""

    answers: list[Ended] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @classmethod
    def of(cls, replayed: Replayed) -> Outcome:
        ended = [
            Ended(answer.command.text, answer.final and answer.final.text, list(answer.lines), answer.handed_over)
            for answer in replayed.answers
        ]
        return cls(ended, replayed.events)


EXPECTED = {
    "generic/ambiguous": Outcome(
        answers=[
            Ended("AT+CREG?", "OK", ["+CREG: 2", "+CREG: 1,5"]),
            Ended("AT+CSQ", "OK", ["+CSQ: 99,99"]),
        ],
        events=[
            Registration(domain="CREG", state=2),
            Registration(domain="CREG", state=5),
            Registration(domain="CREG", state=1),
            Signal(dbm=None),
            Registration(domain="CEREG", state=1),
        ],
    ),
    "generic/answer-with-noise-prefix": Outcome(
        answers=[
            Ended("AT^RSSI?", "OK", ["^RSSI: 20"]),
        ],
        events=[Noise(text="^MODE:5,4")],
    ),
    "generic/babble": Outcome(
        answers=[
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[Signal(dbm=-79)],
    ),
    "generic/call-ends-during-command": Outcome(
        answers=[
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[
            Ringing(),
            CallerNumber(number="4155550123"),
            CallEnded(),
            Signal(dbm=-79),
            Ringing(),
            CallerNumber(number=None),
            CallEnded(),
        ],
    ),
    "generic/echo": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 25"], handed_over=True),
            Ended("AT+CGMI", "OK", ["clerkd"]),
        ],
    ),
    "generic/final-results": Outcome(
        answers=[
            Ended("AT+CPIN?", "+CME ERROR: 10", []),
            Ended("AT+CMGR=9", "+CMS ERROR: 321", []),
            Ended("AT+CMGF=3", "ERROR", []),
            Ended("AT^FOO", "COMMAND NOT SUPPORT", []),
            Ended("AT+BAR", "NA", []),
            Ended("ATD+14155550123;", "NO CARRIER", []),
            Ended("ATD+14155550123;", "NO DIALTONE", []),
            Ended("ATD+14155550123;", "BUSY", []),
            Ended("ATD+14155550123;", "NO ANSWER", []),
            Ended("ATD+14155550123;", "CONNECT 9600", []),
            Ended("AT+CPIN?", "+CME ERROR: SIM not inserted", []),
        ],
    ),
    "generic/handed-over-with-gap": Outcome(
        events=[
            Noise(text="^BOOT:1"),
            Registration(domain="CREG", state=1),
            MessageArrived(pdu=b"\x07\x91Dw\x00\t\x00\x00\x04\x00\xaa\xbb\xcc\xdd"),
            Registration(domain="CREG", state=2),
            Ringing(),
            Garbled(text="+CDS: 6"),
            Registration(domain="CREG", state=3),
            ReportArrived(pdu=b"\x07\x91Dw\x00\t\x00\x00\x06\x00\xaa\xbb\xcc\xdd"),
            BroadcastArrived(pdu=b"\x01\x02\x03\x04"),
        ],
    ),
    "generic/late-ok": Outcome(
        answers=[
            Ended('AT+CPMS="SM","SM","SM"', None, []),
            Ended("AT+CMEE=1", "+CME ERROR: 4", []),
        ],
        events=[Noise(text="+CPMS: 0,20,0,20,0,20")],
    ),
    "generic/late-ok-while-marking": Outcome(
        answers=[
            Ended('AT+CPMS="SM","SM","SM"', None, []),
            Ended("AT+CGSN", "OK", ["490154203237518"]),
        ],
        events=[Noise(text="+CPMS: 0,20,0,20,0,20"), Noise(text="+CMGF: 0")],
    ),
    "generic/late-reference": Outcome(
        answers=[
            Ended("AT+CMGS=19", None, [], handed_over=True),
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[LateReference(reference=6), Signal(dbm=-79)],
    ),
    "generic/late-reference-of-another": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 7"], handed_over=True),
            Ended("AT+CMEE=1", "OK", []),
        ],
        events=[LateReference(reference=6), LateReference(reference=8)],
    ),
    "generic/late-reference-while-marking": Outcome(
        answers=[
            Ended("AT+CMGS=19", None, [], handed_over=True),
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[LateReference(reference=6), Signal(dbm=-79)],
    ),
    "generic/line-ends": Outcome(
        answers=[
            Ended("AT+CGMI", "OK", ["clerkd"]),
            Ended("AT+CGMM", "OK", ["Virtual Modem"]),
            Ended("AT+CSQ", "OK", ["+CSQ: 31,0"]),
            Ended("AT+CSCA?", "OK", ['+CSCA: "+447700900000",145']),
        ],
        events=[Signal(dbm=-51)],
    ),
    "generic/list-with-urcs": Outcome(
        answers=[
            Ended(
                "AT+CMGL=4",
                "OK",
                [
                    "+CMGL: 1,1,,26",
                    "079144770009000000040B914151550521F300006211220150240005C8329BFD06",
                    "+CMGL: 3,0,,5",
                    "0011223344AA",
                ],
            ),
        ],
        events=[
            MessageStored(storage="SM", index=4),
            MessageArrived(pdu=b"\x00\x01\x00\x0b\x91AQU\x05!\xf3\x00\x00"),
            ReportArrived(pdu=b"\x07\x91Dw\x00\t\x00\x00\x06\x00\xaa\xbb\xcc\xdd"),
        ],
    ),
    "generic/malformed-urcs": Outcome(
        events=[
            Noise(text='+CMTI: "SM"'),
            Noise(text="+CREG: "),
            Noise(text="+CSQ: x"),
            Garbled(text="+CUSD: x"),
            MessageStored(storage="SM", index=7),
            ReportStored(storage="SR", index=2),
        ],
    ),
    "generic/missing-ok": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 24"], handed_over=True),
        ],
    ),
    "generic/missing-result": Outcome(
        answers=[
            Ended("AT+CMGS=19", None, [], handed_over=True),
        ],
    ),
    "generic/noise-octets": Outcome(
        answers=[
            Ended("AT+CGMI", "OK", ["clerkd"]),
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[Noise(text="ÿþ"), Signal(dbm=-79)],
    ),
    "generic/numeric": Outcome(
        answers=[
            Ended("ATQ0V1E0", "OK", []),
            Ended("AT+CGMM", "OK", ["0", "Virtual Modem"]),
        ],
    ),
    "generic/ok-before-prompt": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 23"], handed_over=True),
        ],
    ),
    "generic/out-of-step": Outcome(
        answers=[
            Ended("ATQ0V1E0", "OK", []),
            Ended("AT+CGSN", "OK", ["490154203237518"]),
        ],
        events=[LateReference(reference=12), Noise(text="OK")],
    ),
    "generic/prompt-bare": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 21"], handed_over=True),
        ],
    ),
    "generic/prompt-late": Outcome(
        answers=[
            Ended("AT+CMGS=19", None, []),
            Ended("AT", "OK", []),
        ],
    ),
    "generic/prompt-missing": Outcome(
        answers=[
            Ended("AT+CMGS=19", None, []),
            Ended("AT+CMGS=19", "OK", ["+CMGS: 22"], handed_over=True),
        ],
    ),
    "generic/prompt-refused": Outcome(
        answers=[
            Ended("AT+CMGS=19", "+CMS ERROR: 331", []),
            Ended("AT", "OK", []),
        ],
    ),
    "generic/prompt-with-line-end": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 20"], handed_over=True),
        ],
    ),
    "generic/refused-by-network": Outcome(
        answers=[
            Ended("AT+CMGS=19", "+CMS ERROR: 38", [], handed_over=True),
            Ended("AT+CMGS=19", "+CME ERROR: 515", [], handed_over=True),
            Ended("AT+CMGS=19", "ERROR", [], handed_over=True),
        ],
    ),
    "generic/restart": Outcome(
        events=[
            Restarted(text="RDY"),
            Noise(text="+CFUN: 1"),
            SimState(text="READY"),
            Noise(text="Call Ready"),
            SmsReady(),
            Restarted(text="^SYSSTART"),
            Restarted(text="+AT: READY"),
            Restarted(text="*ATREADY: 1"),
            SmsReady(),
            Noise(text="PB DONE"),
        ],
    ),
    "generic/unprefixed-extras": Outcome(
        answers=[
            Ended("AT+CMGR=3", "OK", ["+CMGR: ,,24", "0011AABB"]),
        ],
        events=[Noise(text="SOMETHING ELSE"), Noise(text="+XYZ: 3")],
    ),
    "generic/urc-after-prompt": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 17"], handed_over=True),
        ],
        events=[MessageStored(storage="SM", index=3), Registration(domain="CREG", state=1)],
    ),
    "generic/urc-before-information": Outcome(
        answers=[
            Ended("AT+CGMI", "OK", ["clerkd"]),
            Ended("AT+CSQ", "OK", ["+CSQ: 17,99"]),
        ],
        events=[Noise(text="^RSSI:18"), Noise(text="^MODE:5,4"), Noise(text="^RSSI:18"), Signal(dbm=-79)],
    ),
    "generic/urc-before-prompt": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 19"], handed_over=True),
        ],
        events=[
            ReportArrived(
                pdu=b'\x07\x91Dw\x00\t\x00\x00\x06\x00\x0b\x91AQU\x05!\xf3b\x11"\x01P$\x00b\x11"\x01P$\x00\x00'
            ),
            Ringing(),
            CallerNumber(number="+14155550123"),
        ],
    ),
    "generic/urc-before-result": Outcome(
        answers=[
            Ended("AT+CMEE=1", "OK", []),
        ],
        events=[MessageStored(storage="SM", index=3)],
    ),
    "generic/urc-behind-prompt": Outcome(
        answers=[
            Ended("AT+CMGS=19", "OK", ["+CMGS: 18"], handed_over=True),
        ],
        events=[Registration(domain="CREG", state=5)],
    ),
    "generic/ussd-over-lines": Outcome(
        answers=[
            Ended('AT+CUSD=1,"*100#",15', "OK", ['+CUSD: 0,"Your balance is "good".\nThank you",15']),
        ],
        events=[
            UssdAnswer(mode=0, text='Your balance is "good".\nThank you', dcs=15),
            UssdAnswer(mode=0, text='Your balance is "good".\nThank you', dcs=15),
            UssdAnswer(mode=2, text="", dcs=None),
            UssdAnswer(mode=1, text="Menu\n1 Balance\n2 Help", dcs=None),
            UssdAnswer(mode=0, text="AA180C3602", dcs=72),
        ],
    ),
    "generic/ussd-unfinished": Outcome(
        answers=[
            Ended('AT+CUSD=1,"*100#",15', "OK", ['+CUSD: 0,"Your balance']),
        ],
        events=[Garbled(text='+CUSD: 0,"Your balance')],
    ),
    "generic/words-like-results": Outcome(
        answers=[
            Ended("AT+CGMM", "OK", ["OK Computer", "ERROR 404", "+CMS ERRORS"]),
        ],
    ),
}


def test_every_transcript_has_its_outcome():
    assert sorted(EXPECTED) == names()


@pytest.mark.parametrize("name", names())
def test_a_transcript_replayed_whole_has_its_outcome(name):
    replayed = play(name)

    assert Outcome.of(replayed) == EXPECTED[name]
    assert replayed.state is State.IDLE or name == "generic/missing-result"


@pytest.mark.parametrize("name", names())
def test_a_transcript_replayed_octet_by_octet_has_the_same_outcome(name):
    def octets(entry: bytes) -> Iterable[bytes]:
        return (entry[position : position + 1] for position in range(len(entry)))

    assert Outcome.of(play(name, octets)) == EXPECTED[name]


# Lines that a modem may say anywhere, each with what it means.
STRANGERS = {
    "^RSSI:18": Noise("^RSSI:18"),
    "^BOOT:12345678,0,0,0,75": Noise("^BOOT:12345678,0,0,0,75"),
    '+CMTI: "ME",77': MessageStored("ME", 77),
    "+CGREG: 2": Registration("CGREG", 2),
    "+CDS: 3\r\n00010203": ReportArrived(bytes.fromhex("00010203")),
    '+CLIP: "",128': CallerNumber(None),
}


def line_starts(entries: tuple[Entry, ...]) -> list[tuple[int, int]]:
    """Return where a stranger may speak: at every beginning of a line, not inside a notification of two lines."""
    places = []
    before = b"\n"
    inside = False
    for number, entry in enumerate(entries):
        if entry.direction is not Direction.RECEIVED:
            before = b"\n"  # the modem has ended its line, or said its prompt
            continue
        for position in range(len(entry.octets) + 1):
            here = entry.octets[:position][-1:] or before
            ended = here == b"\n" or (here == b"\r" and entry.octets[position : position + 1] not in {b"\r", b"\n"})
            line = entry.octets[position:].lstrip(b"\r\n")
            if ended and not inside:
                places.append((number, position))
            if ended and line and line == entry.octets[position:]:
                if line.startswith((b"+CMT:", b"+CDS:", b"+CBM:", b"+CUSD:")):
                    inside = True  # until its PDU, or for a USSD text until the result
                elif is_hex(line.split(b"\r")[0].decode("latin-1")) or line.startswith(b"OK"):
                    inside = False
        before = entry.octets[-1:]
    return places


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_cuts_and_noise_anywhere_change_nothing(data):
    name = data.draw(st.sampled_from(names()))
    entries = load(name)
    places = data.draw(st.lists(st.sampled_from(line_starts(entries)), max_size=6))
    strangers = [text for text in sorted(STRANGERS) if not (text.startswith("^RSSI") and "noise-prefix" in name)]
    said = [(place, data.draw(st.sampled_from(strangers))) for place in sorted(places, reverse=True)]
    noisy = list(entries)
    for (number, position), text in said:
        octets = noisy[number].octets
        spoken = f"\r\n{text}\r\n".encode()
        noisy[number] = Entry(Direction.RECEIVED, octets[:position] + spoken + octets[position:])

    def cut(octets: bytes) -> Iterable[bytes]:
        ends = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=8)))
        return [octets[start:end] for start, end in zip([0, *ends], [*ends, len(octets)], strict=True)]

    outcome = Outcome.of(replay(noisy, Exchange(VENDOR_NOISE), cut))

    heard = list(outcome.events)
    assert outcome.answers == EXPECTED[name].answers
    assert Counter(map(repr, heard)) == Counter(
        map(repr, [*EXPECTED[name].events, *(STRANGERS[text] for _place, text in said)])
    )
    own = [event for event in heard if event not in STRANGERS.values()]
    assert own == [event for event in EXPECTED[name].events if event not in STRANGERS.values()]


@given(st.lists(st.binary(max_size=40), max_size=20))
@settings(max_examples=300, deadline=None)
def test_no_octets_can_break_an_idle_exchange(chunks):
    exchange = Exchange(VENDOR_NOISE)
    for chunk in chunks:
        exchange.receive(chunk)

    assert exchange.state is State.IDLE
