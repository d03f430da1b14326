"""The dialogue with each vendor's model: understood however its octets arrive, and recorded from the model of today."""

import random

import pytest
from fakes.transcripts import load, names
from record_transcripts import DIRECTORY, record

from clerkd.at.answers import read_at, value_of
from clerkd.at.commands import PLAIN_WORDS
from clerkd.at.events import MessageStored, Noise, ReportArrived, ReportStored
from clerkd.at.exchange import Exchange, State
from clerkd.at.transcript import replay, whole
from clerkd.at.urc import URCS
from clerkd.codec import pdu
from clerkd.modem.profile import choose_profile
from clerkd.simulate.modem.catalogue import load_model, model_names

VENDORS = names("vendors")


def profile_of(name):
    habits = load_model(name.removeprefix("vendors/"))
    return choose_profile(habits.manufacturer, habits.model)


def play(name, cut=whole):
    profile = profile_of(name)
    replayed = replay(load(name), Exchange(profile.noise, profile.without_ok), cut)
    assert replayed.state is State.IDLE
    return replayed


def test_every_model_has_its_transcript():
    assert [name.removeprefix("vendors/") for name in VENDORS] == model_names()


@pytest.mark.parametrize("name", VENDORS)
def test_all_that_was_said_is_understood(name):
    replayed = play(name)

    assert all(answer.final is not None for answer in replayed.answers)
    (sent,) = [answer for answer in replayed.answers if answer.command.pdu]
    assert (sent.handed_over, value_of(sent.lines, "+CMGS")) == (True, "0")
    assert sum(isinstance(event, MessageStored) for event in replayed.events) == 1
    announced = sum(isinstance(event, ReportArrived | ReportStored) for event in replayed.events)
    assert announced == (0 if name == "vendors/cinterion-mc35i" else 1)
    *_, read = [answer for answer in replayed.answers if answer.command.text.startswith("AT+CMGR=")]
    assert pdu.decode(read_at(1, read.lines).pdu).tpdu.user_data.text == "Hi there"


@pytest.mark.parametrize("name", VENDORS)
def test_no_line_is_noise_that_the_profile_does_not_know(name):
    known = (*profile_of(name).noise, *URCS)
    told = [event.text for event in play(name).events if isinstance(event, Noise)]
    # Behind what an earlier session left, the echo of the first command is nobody's.
    leftover = load_model(name.removeprefix("vendors/")).leftover + PLAIN_WORDS.text
    assert [text for text in told if not text.startswith(known) and text not in leftover] == []


@pytest.mark.parametrize("name", VENDORS)
def test_how_octets_are_cut_changes_nothing(name):
    chance = random.Random(name)

    def anywhere(octets):
        ends = sorted(chance.randrange(len(octets) + 1) for _ in range(6))
        return [octets[start:end] for start, end in zip([0, *ends], [*ends, len(octets)], strict=True)]

    expected = play(name)
    assert play(name, lambda octets: (octets[at : at + 1] for at in range(len(octets)))) == expected
    for _ in range(20):
        assert play(name, anywhere) == expected


@pytest.mark.parametrize("model", model_names())
async def test_a_transcript_is_what_its_model_says_today(model):
    # If it is not: python tests/record_transcripts.py, and look at what has changed.
    assert await record(model) == (DIRECTORY / f"{model}.at").read_text("ascii")
