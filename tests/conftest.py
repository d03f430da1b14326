"""What every test shares: programs that may be missing, and waiting for facts."""

import compileall
import os
import shutil
from pathlib import Path

import pytest

import clerkd

PROGRAMS = {
    "chromium": ("chromium", "chromedriver"),
    "gammu": ("gammu",),
    "node": ("node", "npm"),
    "systemd": ("systemd-analyze",),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    rig = parser.getgroup("hardware", "tests against a real modem (hardware/rig.md)")
    rig.addoption("--port", help="The modem's AT port; without it tests marked hardware are skipped.")
    rig.addoption("--number", help="The number of its SIM, as +14155550100.")
    rig.addoption("--power", metavar="COMMAND", help="Switches its supply; {action} in it becomes on or off.")
    rig.addoption("--quiet-for", type=float, default=10.0, help="Seconds of silence before a test begins.")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once, as an installer does: hundreds of tests start the daemon in a process of its own."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(clerkd.__file__).parent, quiet=1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("hardware") is not None and item.config.getoption("--port") is None:
        pytest.skip("needs a modem: --port")
    for marker, programs in PROGRAMS.items():
        missing = [program for program in programs if shutil.which(program) is None]
        if item.get_closest_marker(marker) is None or not missing:
            continue
        words = f"needs {' and '.join(missing)}, which this machine does not have"
        if os.environ.get("CLERKD_NO_SKIPS"):  # continuous integration installs them, so a skip is a fault
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
