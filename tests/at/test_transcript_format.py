import pytest
from fakes.transcripts import load
from hypothesis import given
from hypothesis import strategies as st

from clerkd.at.exchange import Exchange
from clerkd.at.transcript import (
    Direction,
    Entry,
    Recording,
    TranscriptError,
    escape,
    parse,
    render,
    replay,
    unescape,
)


@given(st.binary())
def test_octets_survive_the_writing(octets):
    text = escape(octets)

    assert text.isascii()
    assert text == text.strip("\r\n")
    assert not text.endswith(" ")
    assert unescape(text) == octets


@given(
    st.lists(
        st.builds(
            Entry,
            st.sampled_from([Direction.SENT, Direction.RECEIVED]),
            st.binary(max_size=30),
            st.none() | st.integers(0, 10**6).map(lambda milliseconds: milliseconds / 1000),
        )
    )
)
def test_a_transcript_survives_the_writing(entries):
    assert list(parse(render(entries))) == entries


@pytest.mark.parametrize("line", ["AT", "> A\\", "< \\q", "! soon", "! ", "@x > AT", "> é"])
def test_what_is_no_entry_is_refused_with_its_line(line):
    with pytest.raises(TranscriptError):
        parse(f"# comment\n\n{line}\n")


def test_a_recording_replays():
    recording = Recording(100.0)
    recording.sent(b"AT+CSQ\r", 100.25)
    recording.received(b"\r\n+CSQ: 3,99\r\n", 100.5)
    recording.deadline(103.25)

    text = render(recording.entries)

    assert text == "@0.250 > AT+CSQ\\r\n@0.500 < \\r\\n+CSQ: 3,99\\r\\n\n@3.250 ! deadline\n"
    (answer,) = replay(parse(text), Exchange()).answers
    assert answer.final is None
    assert answer.lines == ("+CSQ: 3,99",)


def test_a_replay_that_departs_is_refused():
    entries = list(load("generic/urc-after-prompt"))

    with pytest.raises(TranscriptError, match="entry 3"):
        replay([*entries[:2], Entry(Direction.SENT, b"0031\x1b"), *entries[3:]], Exchange())
    with pytest.raises(TranscriptError, match="at the end"):
        replay([entries[0], Entry(Direction.DEADLINE)], Exchange())
