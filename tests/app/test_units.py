from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "systemd" / "clerkd.service"
EXPOSURE = 1.5


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that exists."""
    text, count = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text(encoding="utf-8"))
    assert count == 1
    copy = tmp_path / "clerkd.service"
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.systemd
def test_systemd_understands_every_line_of_the_unit(unit):
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.systemd
def test_the_daemon_is_exposed_as_little_as_promised(unit):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ran.stdout)
    assert found is not None
    assert float(found[1]) <= EXPOSURE


@pytest.mark.systemd
def test_the_user_can_be_made():
    if shutil.which("systemd-sysusers") is None:
        pytest.skip("needs systemd-sysusers, which this machine does not have")
    command = ["systemd-sysusers", "--dry-run", ROOT / "systemd" / "sysusers.d" / "clerkd.conf"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, "ignoring" in ran.stderr) == (0, False)


def test_a_configuration_error_is_not_tried_again_and_again():
    assert "RestartPreventExitStatus=78" in UNIT.read_text(encoding="utf-8").splitlines()


def test_every_serial_driver_that_the_unit_allows_is_loaded_before():
    modules = (ROOT / "systemd" / "modules-load.d" / "clerkd.conf").read_text(encoding="utf-8").split()
    assert {"usbserial", "option", "qcserial", "cdc_acm"} <= set(modules)
