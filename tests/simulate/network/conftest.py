import asyncio

import pytest

from clerkd.clock import SystemClock
from clerkd.simulate.network import Network


@pytest.fixture
async def network():
    unexpected = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unexpected.append(context))
    network = Network(SystemClock(), refill_s=0.01, retry_s=0.01)
    yield network
    network.close()
    assert unexpected == []
