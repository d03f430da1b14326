"""A few seeds of the day at the desk; `python tests/simulation --desk` lives many."""

import pytest
from simulation.desk import CHANNEL, live_day

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_a_text_is_told_in_a_thread_over_the_wire_without_sockets():
    def look(day):
        workspace = day.slack.workspace
        (card,) = workspace.messages(CHANNEL)
        return [one["text"] for one in workspace.messages(CHANNEL, card["ts"])]

    _, told = live_day(1, 0.0, look)
    assert told == ["in0000"]
