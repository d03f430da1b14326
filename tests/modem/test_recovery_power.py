"""A power supply that is too weak is named beside what it does to modems, and logged once a day."""

import pytest
from structlog.testing import capture_logs

from clerkd.clock import SystemClock
from clerkd.modem.power import BEFORE, NOW, undervoltage
from clerkd.modem.profile import load_profile
from clerkd.modem.recorder import FlightRecorder
from clerkd.modem.recovering import Care, Recovery
from clerkd.modem.recovery import Limits
from clerkd.modem.session import PortLost


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("0x0", None),
        ("0", None),
        ("50005", NOW),
        ("0x50005\n", NOW),
        ("0x50000", BEFORE),
        ("0x4", None),
        ("what", None),
    ],
)
def test_the_mask_of_the_firmware_is_read(tmp_path, mask, words):
    file = tmp_path / "devices/platform/soc/soc:firmware/get_throttled"
    file.parent.mkdir(parents=True)
    file.write_text(mask)

    assert undervoltage(tmp_path) == words


@pytest.mark.parametrize(("alarm", "words"), [("0\n", None), ("1\n", NOW)])
def test_the_alarm_of_a_sensor_is_read(tmp_path, alarm, words):
    sensor = tmp_path / "class/hwmon/hwmon1"
    sensor.mkdir(parents=True)
    (sensor / "name").write_text("rpi_volt\n")
    (sensor / "in0_lcrit_alarm").write_text(alarm)

    assert undervoltage(tmp_path) == words


def test_a_machine_that_knows_nothing_says_nothing(tmp_path):
    assert undervoltage(tmp_path) is None


async def test_a_step_of_recovery_names_the_supply_and_says_it_once_a_day():
    care = Care(Limits(apart_s=0), power=lambda: NOW)
    recovery = Recovery(
        line="support", profile=load_profile("generic"), clock=SystemClock(), recorder=FlightRecorder(), care=care
    )
    with capture_logs() as logs:
        for _ in range(3):
            await recovery.ended(PortLost("the modem does not answer", silent=True), "/dev/ttyS0", served_s=0)

    assert NOW in (recovery.words or "")
    assert [entry["event"] for entry in logs].count("modem.undervoltage") == 1
    assert [entry["reason"] for entry in logs if entry["event"] == "modem.recovery"] == [
        f"the modem does not answer; {NOW}"
    ] * 3
