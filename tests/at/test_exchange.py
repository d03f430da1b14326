"""The table, and the ways out of trouble that a transcript cannot show."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clerkd.at import commands
from clerkd.at.commands import ESCAPE, MARKS, PLAIN_WORDS, Command
from clerkd.at.events import LateReference, Noise
from clerkd.at.exchange import TRANSITIONS, Exchange, OutOfTurn, State, Step, advance
from clerkd.at.outcome import Answer, Drained, Stale, Trailing, Write

CMGS = commands.submit(bytes.fromhex("0031000B914151550521F30000A705C8329BFD06"))
PDU_WRITTEN = Write(b"0031000B914151550521F30000A705C8329BFD06\x1a", pdu=True)


def test_a_step_that_the_table_does_not_hold_is_refused():
    for state in State:
        for step in Step:
            if (state, step) not in TRANSITIONS:
                with pytest.raises(OutOfTurn):
                    advance(state, step)


def test_only_one_command_is_in_flight():
    exchange = Exchange()
    exchange.begin(CMGS)

    with pytest.raises(OutOfTurn):
        exchange.begin(Command("AT"))
    with pytest.raises(OutOfTurn):
        exchange.mark(MARKS[0], escape=True)


def test_the_length_of_a_submission_does_not_count_the_service_centre():
    assert commands.submit(bytes.fromhex("0031")).text == "AT+CMGS=1"
    assert commands.submit(bytes.fromhex("02910131")).text == "AT+CMGS=1"


def test_a_submission_tells_when_its_deadline_changes():
    exchange = Exchange()
    exchange.begin(CMGS)

    assert exchange.receive(b"\r\n> ") == [PDU_WRITTEN]
    assert exchange.handed_over
    assert exchange.receive(b"\r\n+CMGS: 5\r\n") == [Trailing()]
    assert exchange.referenced
    (answer,) = exchange.receive(b"\r\nOK\r\n")
    assert isinstance(answer, Answer)
    assert answer.ok
    assert not exchange.handed_over


def test_a_doubted_line_is_in_step_again_after_a_mark_without_escape():
    exchange = Exchange()
    exchange.begin(PLAIN_WORDS)
    exchange.receive(b"\r\nOK\r\n")
    exchange.suspect()

    assert exchange.mark(MARKS[0], escape=False) == b"AT+CMGF?\r"
    assert exchange.receive(b"\r\n+CMGS: 4\r\n\r\nOK\r\n") == [LateReference(4), Stale()]
    assert exchange.receive(b"\r\n+CMGF: 0\r\n") == []
    assert exchange.receive(b"\r\nOK\r\n") == [Drained()]
    assert exchange.state is State.IDLE


def test_an_answer_to_escape_alone_does_not_end_the_draining():
    exchange = Exchange()
    exchange.begin(CMGS)
    exchange.give_up()

    assert exchange.receive(b"\r\nOK\r\n") == [Stale()]
    assert exchange.state is State.DRAINING


def test_a_reset_forgets_everything():
    exchange = Exchange()
    exchange.begin(CMGS)
    exchange.receive(b"\r\n+CMT: ,23\r\nhalf a li")
    exchange.reset()

    assert exchange.state is State.IDLE
    assert exchange.receive(b"ne\r\n") == [Noise("ne")]


def test_a_quoted_text_without_end_gives_up_after_many_lines():
    exchange = Exchange()

    outputs = exchange.receive(b'+CUSD: 0,"a\r\n' + b"x\r\n" * 40)

    assert sum(isinstance(output, Noise) for output in outputs) == 10


def test_commands_that_a_person_types_know_their_answers():
    assert commands.typed("at+creg?;+csq").answers == ("+CREG", "+CSQ")
    assert commands.typed("AT+CMGL=4").deadline is commands.Deadline.LIST
    assert commands.typed("ATD+14155550123;").calls
    assert commands.typed("ATI").deadline is commands.Deadline.STATUS


@pytest.mark.parametrize("text", ["AT+CMGS=20", 'at+cmgw="+1"', "AT+CMGC=3,4", "AT+CNMA=1,20", "AT+CSQ;+CMGS=3"])
def test_commands_that_wait_for_a_text_are_known(text):
    assert commands.asks_for_text(text)


@pytest.mark.parametrize("text", ["AT+CMGS=?", "AT+CNMA=1", "AT+CNMA", "AT+CMGL=4", "AT+CMGD=1"])
def test_other_commands_do_not(text):
    assert not commands.asks_for_text(text)


HEARD = [
    *(b"OK", b"ERROR", b"+CMS ERROR: 38", b"\r\n> ", b"\r\n", b"+CMGS: 4", b"+CSQ: 3,99", b"+CMGF: 0"),
    *(b"+CMT: ,5", b"00AA", b'+CUSD: 0,"a', b"^RSSI: 3", b"\xff", b"AT+CSQ"),
]


class Conversation(RuleBasedStateMachine):
    """Whatever a modem says and whatever times out: answers never go to another command than their own."""

    def __init__(self):
        super().__init__()
        self.exchange = Exchange(("^RSSI",))
        self.in_flight = None
        self.answers = 0
        self.writes = []

    def take(self, outputs):
        for output in outputs:
            if isinstance(output, Answer):
                assert output.command is self.in_flight
                self.in_flight = None
                self.answers += 1
            elif isinstance(output, Write):
                self.writes.append(output)
                assert not output.pdu or self.in_flight is CMGS

    @precondition(lambda self: self.exchange.state is State.IDLE)
    @rule(command=st.sampled_from([CMGS, Command("AT+CSQ", ("+CSQ",)), Command("AT+CGMI", free=True)]))
    def begin(self, command):
        self.in_flight = command
        assert self.exchange.begin(command) == command.text.encode() + b"\r"

    @precondition(lambda self: self.exchange.state in {State.AWAITING_PROMPT, State.AWAITING_RESULT})
    @rule()
    def deadline(self):
        self.take(self.exchange.give_up())
        assert self.exchange.state is State.DRAINING

    @precondition(lambda self: self.exchange.state is State.DRAINING)
    @rule(mark=st.sampled_from(MARKS), escape=st.booleans())
    def mark(self, mark, escape):
        assert self.exchange.mark(mark, escape=escape).startswith(ESCAPE) is escape

    @rule(
        said=st.lists(
            st.sampled_from(HEARD),
            max_size=6,
        )
    )
    def hear(self, said):
        self.take(self.exchange.receive(b"\r\n".join(said)))

    @invariant()
    def a_command_is_in_flight_exactly_while_its_answer_is_awaited(self):
        waiting = self.exchange.state in {State.AWAITING_PROMPT, State.AWAITING_RESULT}
        assert waiting is (self.in_flight is not None)


Conversation.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
test_answers_never_go_to_another_command = Conversation.TestCase
