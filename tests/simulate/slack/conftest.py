import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fakes.radio import ManualClock
from fakes.slack_app import Listener, web_client_of
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from clerkd.simulate.slack import SlackStandIn, Workspace


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """A workspace with alice, bob and the channel #clerk-sms, in real time."""
    async with SlackStandIn(rate_limits=False) as stand_in:
        furnish(stand_in)
        yield stand_in


@pytest.fixture
async def slow_slack(clock: ManualClock) -> AsyncIterator[SlackStandIn]:
    """The same with Slack's rate limits, on a clock that the test moves."""
    async with SlackStandIn(clock) as stand_in:
        furnish(stand_in)
        yield stand_in


def furnish(stand_in: SlackStandIn) -> None:
    stand_in.workspace.add_user("alice", "Alice Ames", is_admin=True)
    stand_in.workspace.add_user("bob", "Bob Brown", tz="Europe/London")
    stand_in.workspace.add_channel("general", "alice", "bob", with_bot=False)
    stand_in.workspace.add_channel("clerk-sms", "alice", "bob")


@pytest.fixture
def work(slack: SlackStandIn) -> Workspace:
    return slack.workspace


@pytest.fixture
def web(slack: SlackStandIn) -> AsyncWebClient:
    return web_client_of(slack)


@pytest.fixture
def room(slack: SlackStandIn) -> str:
    return slack.state.channel("clerk-sms").id


@pytest.fixture
def refused() -> Callable[[Awaitable[object]], Awaitable[str]]:
    """Await a call that must fail and return Slack's error code."""

    async def error_of(call: Awaitable[object]) -> str:
        with pytest.raises(SlackApiError) as caught:
            await call
        return str(caught.value.response["error"])

    return error_of


@pytest.fixture
async def app(slack: SlackStandIn) -> AsyncIterator[Listener]:
    """An app on the stock client, connected to `slack`."""
    async with Listener(slack) as listener:
        async with asyncio.timeout(5):
            await slack.sockets.until_open()
        yield listener
