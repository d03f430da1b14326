"""The life of a segment, and the state of a message derived from it."""

import sys
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from clerkd.model.lifecycle import (
    TRANSITIONS,
    Disposition,
    MessageState,
    SegmentEvent,
    SegmentState,
    advance,
    message_state,
)
from clerkd.model.ticket_lifecycle import STEPS, Status
from clerkd.model.ticket_lifecycle import TRANSITIONS as MOVES
from clerkd.modem import recovery
from clerkd.modem.recovery import TRANSITIONS as LADDER
from clerkd.modem.recovery import Rung

PAGE = Path(__file__).parents[2] / "docs" / "states.md"

HEAD = """\
# States

Printed from `clerkd/model/lifecycle.py` by `python tests/model/test_lifecycle.py`; a test compares.

## A segment

A segment is one short message on the air. Events that are not in the table change nothing: late and repeated news.

"""

MIDDLE = """
## A message

A message has no state of its own. If it is not `active` it is what was decided about it (`scheduled`, `held`,
`cancelled`); otherwise it is as badly off as its worst segment. One of which nothing went out and that was refused too
often is `held` until a person decides; of one that has begun, the rest is failed.

| its segments | the message |
|---|---|
"""


TICKET = """
## A ticket

Every conversation is a ticket. People may set any status; besides, it moves by itself, from
`clerkd/model/ticket_lifecycle.py`. What is in brackets can be switched off (`tickets.moves`).

"""


MODEM = """
## A modem that does not answer

How far up the ladder of recovery it is, from `clerkd/modem/recovery.py`; `docs/operations.md` says what each step
does. `failed` comes when a step was tried as often as it may be, `spent` when no reset is left in this hour, `steady`
after five minutes of service, from everywhere.

"""


def ladder_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_node(Rung.WELL)}"]
    lines += [
        f"    {_node(rung)} --> {_node(after)} : {event}"
        for (rung, event), after in LADDER.items()
        if event is not recovery.Event.STEADY
    ]
    return "\n".join([*lines, "```", ""])


def _node(rung: Rung) -> str:
    return rung.value.replace("-", "_")  # Mermaid takes a hyphen for an arrow


def ticket_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Status.NEW}"]
    for (status, event), after in MOVES.items():
        step = STEPS.get((status, event))
        lines.append(f"    {status} --> {after} : {event}" + (f" [{step}]" if step else ""))
    return "\n".join([*lines, "```", ""])


def diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {SegmentState.PENDING}"]
    lines += [f"    {state} --> {after} : {event}" for (state, event), after in TRANSITIONS.items()]
    ends = [state for state in SegmentState if not any(state is before for before, _ in TRANSITIONS)]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends), "```", ""])


def page() -> str:
    rows = [
        f"| {' + '.join(states)} | {message_state(Disposition.ACTIVE, states)} |\n"
        for count in (1, 2)
        for states in combinations_with_replacement(SegmentState, count)
        if len(set(states)) == count
    ]
    return HEAD + diagram() + MIDDLE + "".join(rows) + TICKET + ticket_diagram() + MODEM + ladder_diagram()


def test_the_page_of_states_is_printed_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_state_can_be_reached_and_only_a_delivered_segment_is_beyond_recall():
    reached = {SegmentState.PENDING}
    while new := {after for (before, _), after in TRANSITIONS.items() if before in reached} - reached:
        reached |= new
    assert reached == set(SegmentState)
    assert {before for before, _ in TRANSITIONS} == set(SegmentState) - {SegmentState.DELIVERED}


def test_only_a_person_or_a_refusal_brings_a_segment_back_to_the_queue():
    back = {event for (_, event), after in TRANSITIONS.items() if after is SegmentState.PENDING}
    assert back == {SegmentEvent.DEFERRED, SegmentEvent.RESENT}


def test_what_may_be_on_the_air_is_never_resent_without_a_person():
    for state in (SegmentState.SUBMITTING, SegmentState.SUBMITTED, SegmentState.DELIVERED):
        assert advance(state, SegmentEvent.RESENT) is state


@pytest.mark.parametrize("state", SegmentState)
@pytest.mark.parametrize("event", SegmentEvent)
def test_an_event_out_of_place_changes_nothing(state, event):
    assert advance(state, event) is TRANSITIONS.get((state, event), state)


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ("pending pending", "accepted"),
        ("submitted pending", "submitting"),
        ("submitting", "submitting"),
        ("submitted delivered", "submitted"),
        ("delivered delivered", "delivered"),
        ("delivered failed", "failed"),
        ("failed unknown pending", "unknown"),
        ("expired delivered", "expired"),
    ],
)
def test_a_message_is_as_badly_off_as_its_worst_segment(segments, expected):
    states = [SegmentState(name) for name in segments.split()]
    assert message_state(Disposition.ACTIVE, states) is MessageState(expected)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} written\n")
