"""One way to call Slack: what every answer means, what is never repeated, what is never said."""

import asyncio
import time

import aiohttp
import pytest
from aiohttp import web

from clerkd.clock import SystemClock
from clerkd.errors import Indeterminate, Permanent, Temporary
from clerkd.simulate.slack import ErrorAnswer, Lost, RateLimitStorm, RawAnswer, SlackStandIn, Slow
from clerkd.slack.client import SlackClient, classify, open_session
from clerkd.slack.errors import SlackIndeterminate, SlackPermanent, SlackTemporary, SlackUnauthorized
from clerkd.slack.limiter import Bucket, Limiter, Priority
from clerkd.slack.methods import Rate
from clerkd.slack.token import Token


def client_for(api_url: str, session: aiohttp.ClientSession, token: str = "xoxb-test") -> SlackClient:
    clock = SystemClock()
    limiter = Limiter(clock.monotonic, pace=1000)
    kept = Token("bot_token", lambda: token)
    return SlackClient(token=kept, api_url=api_url, session=session, limiter=limiter, clock=clock)


@pytest.fixture
async def slack():
    async with SlackStandIn(rate_limits=False) as stand_in:
        stand_in.workspace.add_user("dana")
        stand_in.workspace.add_channel("clerk-sms", "dana")
        stand_in.state.channel("clerk-sms").members.append(stand_in.state.bot.id)
        yield stand_in


@pytest.fixture
async def client(slack):
    async with open_session() as session:
        yield client_for(slack.api_url, session)


def posts(slack) -> list[str]:
    return [message["text"] for message in slack.workspace.messages("clerk-sms")]


async def post(client, slack):
    return await client.call("chat.postMessage", channel=slack.state.channel("clerk-sms").id, text="Hello")


async def test_a_call_gives_slacks_answer(client, slack):
    answer = await post(client, slack)

    assert answer["ok"] is True
    assert posts(slack) == ["Hello"]
    assert client.last_error is None


@pytest.mark.parametrize(
    "fault",
    [
        Lost(committed=True),
        RawAnswer(502),
        RawAnswer(200, "text/plain", "ok"),
        RawAnswer(200, "application/json", "[1"),
        RawAnswer(200, "application/json", "[]"),
        RawAnswer(200, "application/json", "[" * 100_000),
        RawAnswer(200, "application/json", "null"),
        RawAnswer(200, "application/json", '{"ok": 0}'),
        RawAnswer(302, "text/html", "moved"),
    ],
)
async def test_a_post_whose_fate_is_unknown_is_said_to_be_and_never_repeated(client, slack, fault):
    slack.faults.next_call(fault)
    with pytest.raises(SlackIndeterminate) as raised:
        await post(client, slack)

    assert isinstance(raised.value, Indeterminate)
    assert len(posts(slack)) <= 1
    assert len([made for made in slack.api.calls if made.method == "chat.postMessage"]) <= 1


async def test_the_same_accident_is_temporary_where_repeating_shows_nothing(client, slack):
    slack.faults.next_call(Lost(committed=False), times=3)  # aiohttp itself repeats a GET once
    with pytest.raises(SlackTemporary):
        await client.call("auth.test")


async def test_a_call_that_takes_too_long_is_in_doubt(slack):
    slack.faults.next_call(Slow(5))
    began = time.monotonic()
    async with open_session(total_s=0.2) as session:
        with pytest.raises(SlackIndeterminate):
            await post(client_for(slack.api_url, session), slack)

    assert time.monotonic() - began < 3


async def test_a_limit_told_without_json_is_still_a_limit(client, slack):
    slack.faults.next_call(RawAnswer(429, "text/plain", "slow down"))
    with pytest.raises(SlackTemporary) as raised:
        await post(client, slack)

    assert raised.value.slack_code == "ratelimited"


async def test_nobody_there_is_temporary_even_for_a_post():
    async with open_session() as session:
        with pytest.raises(SlackTemporary) as raised:
            await client_for("http://127.0.0.1:1/api/", session).call("chat.postMessage", channel="C1", text="x")

    assert raised.value.slack_code == "unreachable"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("channel_not_found", SlackPermanent),
        ("token_revoked", SlackUnauthorized),
        ("missing_scope", SlackUnauthorized),
        ("fatal_error", SlackIndeterminate),
        ("message_limit_exceeded", SlackTemporary),
        ("error_of_the_future", SlackPermanent),
    ],
)
async def test_slacks_word_decides_the_family(client, slack, code, kind):
    slack.faults.next_call(ErrorAnswer(code))
    with pytest.raises(kind) as raised:
        await post(client, slack)

    assert raised.value.slack_code == code
    assert isinstance(raised.value, Permanent | Temporary | Indeterminate)
    assert client.last_error is raised.value


async def test_retry_after_closes_the_method_for_everybody(client, slack):
    slack.faults.next_call(RateLimitStorm(1))
    channel = slack.state.channel("clerk-sms").id
    began = time.monotonic()
    with pytest.raises(SlackTemporary) as raised:
        await client.call("chat.postMessage", channel=channel, text="1")
    await asyncio.gather(*(client.call("chat.postMessage", channel=channel, text=str(n)) for n in (2, 3)))

    assert raised.value.retry_after_s == 1
    assert time.monotonic() - began >= 1
    assert slack.violations == []


async def test_an_error_holds_no_token_and_no_text(slack, capsys):
    async with open_session() as session:
        client = client_for(slack.api_url, session, token="xoxb-wrong")
        with pytest.raises(SlackUnauthorized) as raised:
            await client.call("chat.postMessage", channel="C1", text="a secret text")

    said = all_of(raised.value) + capsys.readouterr().out
    assert "xoxb" not in said
    assert "secret" not in said


@pytest.mark.parametrize("fault", [Lost(committed=True), RawAnswer(502), Slow(5)])
async def test_neither_does_the_error_of_a_lost_answer(slack, capsys, fault):
    slack.faults.next_call(fault)
    async with open_session(total_s=0.5) as session:
        with pytest.raises(SlackIndeterminate) as raised:
            await post(client_for(slack.api_url, session), slack)

    said = all_of(raised.value) + capsys.readouterr().out
    assert "xoxb" not in said
    assert "Hello" not in said


def all_of(error: BaseException) -> str:
    """Return what a log could make of an error: itself, its attributes, and the errors that are shown with it."""
    assert error.__context__ is None or error.__suppress_context__
    return f"{error!r} {vars(error)} {error.__cause__!r}"


async def test_reading_methods_are_asked_in_the_query_and_others_in_json(aiohttp_less_server):
    url, seen = aiohttp_less_server
    async with open_session() as session:
        client = client_for(url, session)
        await client.call("conversations.list", types="public_channel", exclude_archived=True, cursor=None)
        await client.call("reactions.add", channel="C1", timestamp="1.0", name="x")

    assert seen[0][:2] == ("GET", {"types": "public_channel", "exclude_archived": "1"})
    assert seen[1][0] == "POST"
    assert seen[1][2] == {"channel": "C1", "timestamp": "1.0", "name": "x"}
    assert all(header == "Bearer xoxb-test" for *_, header in seen)


async def test_a_token_that_cannot_be_a_header_is_in_no_error(slack):
    async with open_session() as session:
        with pytest.raises(SlackIndeterminate) as raised:
            await post(client_for(slack.api_url, session, token="xoxb-two\nlines"), slack)

    assert "lines" not in repr(raised.value) + str(vars(raised.value))
    assert not slack.api.calls


async def test_slacks_clock_is_read_from_its_answers(aiohttp_less_server):
    url, _ = aiohttp_less_server
    async with open_session() as session:
        client = client_for(url, session)
        await client.call("auth.test")

    assert 3500 < client.slack_now() - client.own_now() < 3700


async def test_the_clock_of_an_outage_page_is_not_slack_s():
    async def fail(_request):
        return web.Response(status=503, text="<html>", headers={"Date": "Thu, 01 Jan 2099 00:00:00 GMT"})

    application = web.Application()
    application.router.add_route("*", "/api/{method}", fail)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with open_session() as session:
        client = client_for(f"http://127.0.0.1:{runner.addresses[0][1]}/api/", session)
        with pytest.raises(SlackTemporary):
            await client.call("auth.test")
    await runner.cleanup()

    assert client.skew_ms == 0


@pytest.fixture
async def aiohttp_less_server():
    """A server that notes what it is asked, one hour ahead of us."""
    seen = []

    async def answer(request):
        body = await request.json() if request.content_type == "application/json" else None
        seen.append((request.method, dict(request.query), body, request.headers.get("Authorization")))
        ahead = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3600))
        return web.json_response({"ok": True}, headers={"Date": ahead})

    application = web.Application()
    application.router.add_route("*", "/api/{method}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/", seen
    await runner.cleanup()


def test_what_is_wrong_with_a_payload_is_kept():
    body = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] too long"]}}
    error = classify("chat.postMessage", 200, {}, body)

    assert isinstance(error, SlackPermanent)
    assert error.detail == ("[ERROR] too long",)


# The limiter ------------------------------------------------------------------------------------------------------


class Watch:
    """A monotonic clock that follows the loop's, and can be read by a bucket."""

    def __call__(self) -> float:
        return asyncio.get_running_loop().time()


async def test_a_burst_goes_at_once_and_the_rest_at_the_rate():
    bucket = Bucket(Rate(3, 50.0), Watch())
    began = Watch()()
    for _ in range(8):
        await bucket.take(Priority.MESSAGE)

    assert 0.09 <= Watch()() - began < 0.5


async def test_who_looks_at_the_screen_goes_before_housekeeping():
    bucket = Bucket(Rate(1, 100.0), Watch())
    await bucket.take(Priority.MESSAGE)
    order: list[Priority] = []

    async def wait(priority: Priority) -> None:
        await bucket.take(priority)
        order.append(priority)

    async with asyncio.TaskGroup() as group:
        for priority in (Priority.BACKGROUND, Priority.STATUS, Priority.MESSAGE, Priority.INTERACTIVE):
            group.create_task(wait(priority))

    assert order == sorted(order)


async def test_a_closed_bucket_serves_nobody_until_it_opens():
    bucket = Bucket(Rate(10, 1000.0), Watch())
    bucket.close(0.1)
    began = Watch()()
    await bucket.take(Priority.INTERACTIVE)

    assert Watch()() - began >= 0.099


async def test_somebody_who_stops_waiting_takes_nothing():
    bucket = Bucket(Rate(1, 20.0), Watch())
    await bucket.take(Priority.MESSAGE)
    async with asyncio.TaskGroup() as group:
        gone = group.create_task(bucket.take(Priority.MESSAGE))
        await asyncio.sleep(0)
        gone.cancel()
        began = Watch()()
        await bucket.take(Priority.MESSAGE)

    assert Watch()() - began < 0.09


async def test_a_429_closes_one_channel_and_a_second_one_the_method():
    limiter = Limiter(Watch(), pace=1000)
    limiter.close("chat.postMessage", "C1", 0.2)
    began = Watch()()
    await limiter.take("chat.postMessage", "C2", Priority.MESSAGE)
    assert Watch()() - began < 0.1

    limiter.close("chat.postMessage", "C2", 0.2)
    await limiter.take("chat.postMessage", "C3", Priority.MESSAGE)
    assert Watch()() - began >= 0.19
