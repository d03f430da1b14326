"""Devices that come and go are heard of at once, also below directories that are not there yet."""

import asyncio
from contextlib import suppress

import pytest

from clerkd.modem.hotplug import Hotplug

DEADLINE_S = 15


@pytest.fixture
async def listening():
    tasks = []

    async def start(*directories):
        hotplug = Hotplug(directories)
        tasks.append(asyncio.create_task(hotplug.run()))
        async with asyncio.timeout(DEADLINE_S):
            await hotplug.wait(0, DEADLINE_S)  # it listens
        return hotplug

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def heard(hotplug, act):
    seen = hotplug.changes
    act()
    await hotplug.wait(seen, DEADLINE_S)
    return hotplug.changes > seen


async def test_a_node_that_comes_goes_or_changes_its_owner_is_heard(tmp_path, listening):
    hotplug = await listening(tmp_path)
    node = tmp_path / "ttyUSB0"

    assert await heard(hotplug, node.touch)
    assert await heard(hotplug, lambda: node.chmod(0o600))
    assert await heard(hotplug, lambda: node.rename(tmp_path / "ttyUSB1"))
    assert await heard(hotplug, (tmp_path / "ttyUSB1").unlink)


async def test_a_directory_that_is_made_later_is_heard_of_and_so_is_what_is_in_it(tmp_path, listening):
    names = tmp_path / "serial" / "by-id"
    hotplug = await listening(names)

    assert await heard(hotplug, lambda: names.mkdir(parents=True))
    assert await heard(hotplug, (names / "usb-modem").touch)
    assert await heard(hotplug, (names / "usb-modem").unlink)
    assert await heard(hotplug, names.rmdir)
    assert await heard(hotplug, names.mkdir)
    assert await heard(hotplug, (names / "again").touch)


async def test_nothing_is_heard_when_nothing_changes_and_the_wait_ends_all_the_same(tmp_path, listening):
    hotplug = await listening(tmp_path)
    seen = hotplug.changes

    await hotplug.wait(seen, 0.05)

    assert hotplug.changes == seen
