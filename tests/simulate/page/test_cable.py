"""The trace: octets of both directions become lines with a word of explanation."""

from hypothesis import given
from hypothesis import strategies as st

from clerkd.clock import SystemClock
from clerkd.codec import pdu
from clerkd.codec.address import Address
from clerkd.codec.segment import split
from clerkd.codec.tpdu import Submit
from clerkd.simulate.page.cable import Cable, explain


def lines_of(*exchange):
    """Return (direction, text) of what the trace shows for pieces of octets."""
    shown = []
    cable = Cable(SystemClock(), shown.append)
    for direction, octets in exchange:
        cable.tapped(direction, octets)
    return [(line["dir"], line["text"]) for line in shown]


def test_a_command_its_prompt_and_its_answer_are_lines():
    assert lines_of(
        ("tx", b"AT+CMGS=23\r"),
        ("rx", b"\r\n> "),
        ("tx", b"0011000B91\x1a"),
        ("rx", b"\r\n+CMGS: 7\r\n\r\nOK\r\n"),
    ) == [("tx", "AT+CMGS=23"), ("rx", ">"), ("tx", "0011000B91 ^Z"), ("rx", "+CMGS: 7"), ("rx", "OK")]


@given(st.data())
def test_where_the_octets_are_cut_makes_no_difference(data):
    octets = b'\r\n+CMTI: "ME",3\r\n\r\nRING\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n'
    cuts = sorted(data.draw(st.sets(st.integers(0, len(octets)))))
    pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)], strict=True)]

    assert lines_of(*(("rx", piece) for piece in pieces)) == lines_of(("rx", octets))


def test_an_escape_is_shown_although_it_has_no_text():
    assert lines_of(("tx", b"\x1b")) == [("tx", "ESC")]


def test_a_pdu_is_explained_in_words():
    parts = split("Yes, since noon 👋", reference=7).parts
    octets = pdu.encode(Submit(Address.of("+14155550142"), parts[0]))

    assert explain(octets) == "to +14155550142: “Yes, since noon 👋”"


def test_the_parts_of_a_long_text_are_counted():
    parts = split("word " * 60, reference=7).parts
    octets = pdu.encode(Submit(Address.of("+14155550142"), parts[1]))

    assert explain(octets).startswith("to +14155550142, part 2 of 2: “")


@given(st.binary(max_size=200))
def test_any_octets_are_explained_somehow(octets):
    assert explain(octets)
