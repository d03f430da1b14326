"""The unit that takes a modem off the USB bus: the only thing of clerkd that runs as root."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"
EXPOSURE = 1.5


@pytest.fixture
def units(tmp_path):
    """The two units with an instance name, as systemd would load them."""
    copies = [tmp_path / f"clerkd-usb-reset@1-1.2.{kind}" for kind in ("path", "service")]
    for copy in copies:
        copy.write_text((SYSTEMD / copy.name.replace("1-1.2", "")).read_text())
    return copies


@pytest.mark.systemd
def test_systemd_understands_every_line_of_them(units):
    ran = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.systemd
def test_it_is_exposed_as_little_as_promised(units):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", units[1]]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)

    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", ran.stdout)
    assert found is not None
    assert float(found[1]) <= EXPOSURE


@pytest.fixture
def run(tmp_path):
    """Return a function that does what the service does, in another root and without the pause."""
    text = (SYSTEMD / "clerkd-usb-reset@.service").read_text()
    (line,) = re.findall(r"(?m)^ExecStart=(.*)$", text)
    requests, devices = tmp_path / "requests", tmp_path / "devices"
    requests.mkdir()
    (devices / "1-1.2").mkdir(parents=True)
    (devices / "1-1.2" / "authorized").write_text("1\n")
    script = (
        line.replace("$$", "$")
        .replace("/run/clerkd-usb-reset", str(requests))
        .replace("/sys/bus/usb/devices", str(devices))
        .replace("sleep 2", 'cp "$f" "$f.between"')
    )

    def execute(instance):
        words = [word.replace("%i", instance) for word in shlex.split(script)]
        return subprocess.run(words, capture_output=True, check=False).returncode

    return execute, requests, devices


def test_the_device_is_taken_off_and_put_back_and_the_request_is_gone_first(run):
    execute, requests, devices = run
    (requests / "1-1.2").touch()

    assert execute("1-1.2") == 0
    assert list(requests.iterdir()) == []
    assert (devices / "1-1.2" / "authorized.between").read_text() == "0\n"
    assert (devices / "1-1.2" / "authorized").read_text() == "1\n"


@pytest.mark.parametrize("name", ["", "..", ".", "../1-1.2", "1-1.2/../x", "usb1", "1-1;id", "$(id)", "1", "--", "-"])
def test_a_name_that_is_no_place_on_the_bus_is_refused(run, name):
    execute, requests, devices = run
    (requests / "1-1.2").touch()

    assert execute(name) != 0
    assert [entry.name for entry in requests.iterdir()] == ["1-1.2"]
    assert [entry.name for entry in devices.rglob("*")] == ["1-1.2", "authorized"]


def test_a_device_that_is_not_there_is_a_failure_and_its_request_is_gone(run):
    execute, requests, _devices = run
    (requests / "2-1").touch()

    assert execute("2-1") != 0
    assert list(requests.iterdir()) == []


def test_the_daemon_s_directory_is_the_one_that_is_watched():
    from clerkd.modem.usb import REQUESTS

    assert f"PathExists={REQUESTS}/%i" in (SYSTEMD / "clerkd-usb-reset@.path").read_text()
    assert f"d {REQUESTS} 0770 clerkd root -" in (SYSTEMD / "tmpfiles.d" / "clerkd.conf").read_text()
    assert f"ReadWritePaths=-{REQUESTS}" in (SYSTEMD / "clerkd.service").read_text()
