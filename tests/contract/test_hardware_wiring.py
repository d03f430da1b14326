"""`pytest -m hardware` finds its modem: tried on a virtual one, which it cannot tell from a real one."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from fakes.facts import fact

pytestmark = pytest.mark.timeout(180)  # a pytest within a pytest

ROOT = Path(__file__).parents[2]
NUMBER = "+14155550100"


async def pytest_says(*arguments: object) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-m", "hardware", *map(str, arguments),
        str(ROOT / "tests" / "contract" / "test_hardware.py"), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTEST_ADDOPTS": ""},  # whoever measures coverage measures this run, not the inner one
    )  # fmt: skip
    async with asyncio.timeout(150):
        out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_without_a_port_the_hardware_tests_are_skipped():
    status, out = await pytest_says("-k", "name_and_a_status")

    assert status == 0
    assert "1 skipped" in out
    assert "needs a modem: --port" in out


async def test_with_a_port_the_contract_runs_on_the_modem_that_is_there(tmp_path):
    link = tmp_path / "modem"
    modem = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clerkd", "simulate", "modem", "--link", link, "--number", NUMBER,
        stdout=asyncio.subprocess.DEVNULL, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await fact(link.exists, 20)
        chosen = "name_and_a_status or arrives_as_it_was or reported_with or where_it_came_from or refused_is"
        status, out = await pytest_says(
            "--port", link, "--number", NUMBER, "--quiet-for", "0.2", "-k", chosen
        )  # fmt: skip
    finally:
        modem.terminate()
        await modem.wait()
    assert status == 0, out
    assert "12 passed, 1 skipped" in out
