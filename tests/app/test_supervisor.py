from __future__ import annotations

import asyncio

import pytest
from fakes.facts import fact
from structlog.testing import capture_logs

from clerkd.app.supervisor import Supervisor


def supervisor(**timing):
    return Supervisor(**{"first_delay_s": 0.001, **timing})


class Worker:
    """A task that dies as often as told, then runs on."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.alive = asyncio.Event()
        self.starts = 0
        self.cancelled = False

    async def run(self):
        self.starts += 1
        if self.faults:
            fault = self.faults.pop(0)
            if fault is None:
                return
            raise fault
        self.alive.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


@pytest.fixture
async def running():
    tasks = []
    yield lambda one: tasks.append(asyncio.create_task(one.run()))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_task_that_dies_is_started_again_and_the_others_never_notice(running):
    bad, good = Worker(RuntimeError("boom"), RuntimeError("boom"), None), Worker()
    one = supervisor()
    one.add("line:support", bad.run)
    one.add("slack", good.run)
    running(one)

    async with asyncio.timeout(5):
        await good.alive.wait()
        await bad.alive.wait()

    assert (bad.starts, good.starts) == (4, 1)


async def test_the_same_fault_is_told_once_with_its_traceback(running):
    worker = Worker(*[RuntimeError("boom")] * 3)
    one = supervisor()
    one.add("slack", worker.run)
    with capture_logs() as events:
        running(one)
        async with asyncio.timeout(5):
            await worker.alive.wait()

    (said,) = [event for event in events if event["log_level"] == "error"]
    assert (said["event"], said["task"]) == ("task.died", "slack")
    assert isinstance(said["exc_info"], RuntimeError)
    assert [(fault.task, fault.deaths) for fault in one.faults()] == [("slack", 3)]


async def test_another_fault_is_told_again(running):
    worker = Worker(RuntimeError("boom"), ValueError("bang"))
    one = supervisor()
    one.add("slack", worker.run)
    with capture_logs() as events:
        running(one)
        async with asyncio.timeout(5):
            await worker.alive.wait()

    assert [type(event["exc_info"]) for event in events if event["event"] == "task.died"] == [RuntimeError, ValueError]


async def test_a_return_to_health_is_told_once(running):
    worker = Worker(RuntimeError("boom"))
    one = supervisor(steady_s=0.01)
    one.add("slack", worker.run)
    with capture_logs() as events:
        running(one)
        await fact(lambda: not one.faults() and worker.starts == 2)

    assert [event["event"] for event in events] == ["task.died", "task.back"]


async def test_cancelling_the_supervisor_cancels_its_tasks():
    worker = Worker()
    one = supervisor()
    one.add("slack", worker.run)
    task = asyncio.create_task(one.run())
    await worker.alive.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert worker.cancelled


async def test_tasks_carry_their_names(running):
    worker = Worker()
    one = supervisor()
    one.add("line:support", worker.run)
    running(one)
    await worker.alive.wait()

    assert "line:support" in {task.get_name() for task in asyncio.all_tasks()}
    with pytest.raises(ValueError, match="line:support"):
        one.add("line:support", worker.run)


class Finisher:
    """A task with something to bring to an end."""

    def __init__(self, fault=None):
        self.fault = fault
        self.started = asyncio.Event()
        self.stopping = asyncio.Event()
        self.flushed = asyncio.Event()

    async def run(self):
        self.started.set()
        if self.fault is not None and not self.stopping.is_set():
            raise self.fault
        await self.stopping.wait()
        await self.flushed.wait()


async def test_a_task_with_something_to_finish_is_waited_for_and_not_started_again(running):
    finisher, worker = Finisher(), Worker()
    one = supervisor()
    one.add("dispatch:support", finisher.run, finish=finisher.stopping.set)
    one.add("slack", worker.run)
    running(one)
    await finisher.started.wait()

    ending = asyncio.create_task(one.finish())
    await finisher.stopping.wait()
    assert not ending.done()
    finisher.flushed.set()
    async with asyncio.timeout(5):
        await ending

    assert one.faults() == []
    assert not worker.cancelled


async def test_a_task_that_is_waiting_to_be_started_again_delays_no_end(running):
    finisher = Finisher(RuntimeError("boom"))
    one = supervisor(first_delay_s=60)
    one.add("dispatch:support", finisher.run, finish=finisher.stopping.set)
    running(one)
    await fact(one.faults)

    async with asyncio.timeout(5):
        finisher.flushed.set()
        await one.finish()
