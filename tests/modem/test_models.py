"""Every model that the simulator knows, driven by the real line with the profile that the line chooses itself."""

from collections import Counter

import pytest
from fakes.numbers import NUMBER, PEER
from structlog.testing import capture_logs

from clerkd.model.line import LineState
from clerkd.modem.profile import choose_profile
from clerkd.simulate.modem.catalogue import load_model, model_names

HASTE = 20  # the models' times divided by this
THREE = "A text that takes three segments, because it goes on and on. " * 6
SECONDS = 30
# What a restart in mid-service makes the daemon say whatever the profile; the next sweep puts it right.
OF_A_RESTART = {
    "modem.lost",
    "modem.absent",
    "modem.unanswered",
    "modem.delete-failed",
    "modem.read-failed",
    "modem.recovery",
}


def warnings(logs):
    return [entry["event"] for entry in logs if entry["log_level"] in {"warning", "error"}]


def reports(habits):
    """Whether the model can hand reports over or keep them."""
    return bool(set(habits.cnmi_ds) - {0} - set(habits.refused_ds))


@pytest.mark.parametrize("name", model_names())
async def test_a_model_serves_from_start_to_restart_and_everything_comes_once(name, start_line, network):
    habits = load_model(name).hastened(HASTE)
    phone = network.phone(PEER)
    with capture_logs() as logs:
        rig = await start_line(habits=habits, ready=False)
        await rig.ready(SECONDS)
        assert rig.line.status().profile == choose_profile(habits.manufacturer, habits.model).name
        assert (rig.line.status().state, rig.line.status().reason) == (LineState.READY, None)

        one, three = await rig.send("one"), await rig.send(THREE, more=True)
        await rig.until(lambda: [text.text for text in phone.inbox] == ["one", THREE], SECONDS)
        if reports(habits):
            sent = Counter(receipt.reference for receipt in [*one, *three])
            await rig.until(lambda: Counter(report.reference for report in rig.receiver.reports) == sent, SECONDS)

        rig.modem.faults.apply("noise_inside", 0.3)
        rig.modem.faults.apply("noise", 0.3)
        for number in range(10):
            phone.send(NUMBER, f"text {number}")
        await rig.receiver.wait(lambda: len(rig.receiver.texts) >= 10, SECONDS)
        assert warnings(logs) == []

        rig.modem.restart()
        for number in range(10, 20):
            phone.send(NUMBER, f"text {number}")
        await rig.until(lambda: rig.line.status().state is not LineState.READY, SECONDS)
        await rig.ready(SECONDS)
        await rig.receiver.wait(lambda: len(rig.receiver.texts) >= 20, SECONDS)
        await rig.send("after the restart")

    assert Counter(rig.receiver.texts) == Counter(f"text {number}" for number in range(20))
    assert [text.text for text in phone.inbox] == ["one", THREE, "after the restart"]
    assert rig.receiver.unreadable == []
    assert set(warnings(logs)) <= OF_A_RESTART
