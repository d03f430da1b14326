"""What every test shares: programs that may be missing, and waiting for facts."""

import os
import shutil

import pytest

PROGRAMS = {
    "chromium": ("chromium", "chromedriver"),
    "gammu": ("gammu",),
    "node": ("node", "npm"),
    "systemd": ("systemd-analyze",),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, programs in PROGRAMS.items():
        missing = [program for program in programs if shutil.which(program) is None]
        if item.get_closest_marker(marker) is None or not missing:
            continue
        words = f"needs {' and '.join(missing)}, which this machine does not have"
        if os.environ.get("CLERKD_NO_SKIPS"):  # continuous integration installs them, so a skip is a fault
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
