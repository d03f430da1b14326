"""What goes wrong, on demand."""

import asyncio
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from fakes.block_samples import mrkdwn, plain, rich_text, section
from fakes.raw_socket import RawSocket
from fakes.slack_app import Listener, web_client_of
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from clerkd.simulate.slack import ErrorAnswer, Fate, Lost, Meanwhile, RateLimitStorm, RawAnswer, SlackStandIn, Slow


async def test_a_storm_of_429_names_its_end_and_notes_the_impatient(slow_slack, clock, refused):
    slack, web, room = slow_slack, web_client_of(slow_slack), slow_slack.state.channel("clerk-sms").id
    slack.faults.next_call(RateLimitStorm(retry_after_s=7), method="chat.postMessage", times=1)

    assert (await web.auth_test())["ok"]  # another method
    with pytest.raises(SlackApiError) as caught:
        await web.chat_postMessage(channel=room, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    assert slack.violations == []
    clock.advance(6.9)
    assert await refused(web.chat_postMessage(channel=room, text="x")) == "ratelimited"
    assert slack.violations == ["chat.postMessage was called again before its Retry-After had passed"]


@pytest.mark.parametrize("content_type", ["text/html", "text/plain"])
async def test_an_outage_page_is_no_json(slack, web, room, content_type):
    slack.faults.next_call(RawAnswer(502, content_type, "<html>Bad Gateway</html>"))

    with pytest.raises(SlackApiError) as caught:
        await web.chat_postMessage(channel=room, text="x")
    assert caught.value.response.status_code == 502
    assert slack.workspace.messages(room) == []


async def test_an_error_of_slacks_own_can_be_had(slack, web, refused):
    slack.faults.next_call(ErrorAnswer("service_unavailable"), times=2)

    assert await refused(web.auth_test()) == "service_unavailable"
    assert await refused(web.conversations_list()) == "service_unavailable"
    assert (await web.auth_test())["ok"]


@pytest.mark.parametrize("committed", [False, True])
async def test_an_answer_can_be_lost_before_or_after_the_post(slack, web, work, room, committed):
    slack.faults.next_call(Lost(committed=committed), method="chat.postMessage")

    with pytest.raises(aiohttp.ClientError):
        await web.chat_postMessage(channel=room, text="x")
    assert len(work.messages(room)) == committed


async def test_the_sdks_default_retry_posts_a_lost_answer_twice(slack, room):
    slack.faults.next_call(Lost(committed=True), method="chat.postMessage")
    careless = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    await careless.chat_postMessage(channel=room, text="x", metadata={"event_type": "t", "event_payload": {"id": 1}})

    assert slack.duplicates() == {'metadata t {"id": 1}': 2}


async def test_a_slow_answer_outlasts_an_impatient_client(slack, room):
    slack.faults.next_call(Slow(0.3), method="chat.postMessage")
    impatient = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, timeout=0.1, retry_handlers=[])

    with pytest.raises(asyncio.TimeoutError):
        await impatient.chat_postMessage(channel=room, text="x")
    assert len(slack.workspace.messages(room)) == 1


async def test_the_world_can_change_between_reading_and_writing(slack, web, room, refused):
    slack.faults.next_call(Meanwhile(lambda: slack.workspace.archive_channel(room)), method="chat.postMessage")

    assert await refused(web.chat_postMessage(channel=room, text="x")) == "is_archived"


async def test_faults_by_chance_follow_the_seed():
    async def outcomes(seed: int) -> list[bool]:
        async with SlackStandIn(seed=seed, rate_limits=False) as slack:
            slack.faults.by_chance(0.3, [ErrorAnswer("fatal_error"), RawAnswer()], methods=["auth.test"])
            web, results = web_client_of(slack), []
            for _ in range(30):
                try:
                    results.append((await web.auth_test())["ok"])
                except SlackApiError:
                    results.append(False)
            slack.faults.clear()
            assert (await web.auth_test())["ok"]
            return results

    assert await outcomes(1) == await outcomes(1) != await outcomes(2)


HOSTILE = "Hi <!channel> see <https://evil.example|bank>"


@pytest.mark.parametrize(
    "content",
    [
        {"text": HOSTILE},
        {"text": "fine", "blocks": [section(text=mrkdwn(f"They wrote: {HOSTILE}"))]},
        {"text": "cut <!channel> short"},
        {"text": "fine", "blocks": [section(text=mrkdwn("*free money*"))]},
    ],
)
async def test_hostile_text_that_slack_would_parse_is_a_violation(slack, web, room, content):
    slack.watch_for(HOSTILE)
    slack.watch_for("*free money*")
    await web.chat_postMessage(channel=room, **content)

    assert any("hostile" in violation for violation in slack.violations)


async def test_hostile_text_that_is_escaped_or_not_parsed_is_fine(slack, web, room):
    slack.watch_for(HOSTILE)
    slack.watch_for("*free money*")
    escaped = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    inert = [rich_text({"type": "text", "text": HOSTILE}), section(text=plain(HOSTILE))]
    await web.chat_postMessage(channel=room, text=f"{escaped} *free money*", blocks=inert)

    assert slack.violations == []


async def test_events_can_come_twice_and_out_of_order():
    async with SlackStandIn(duplicate_share=0.5, reorder_s=0.05, rate_limits=False) as slack:
        slack.workspace.add_user("alice")
        slack.workspace.add_channel("clerk-sms", "alice")
        async with Listener(slack) as app:
            await slack.sockets.until_open()
            for number in range(20):
                await slack.workspace.user_says("alice", "clerk-sms", str(number))
            assert await slack.feed.quiet()
            payloads = [request.payload for request in app.everything()]
    stamps = [payload["event"]["ts"] for payload in payloads]
    assert stamps != sorted(stamps)
    assert len({payload["event_id"] for payload in payloads}) == 20 < len(payloads)


async def test_an_envelope_of_any_kind_can_be_sent(slack, work, app):
    outcome = await work.send_envelope("tomorrow", {"type": "unheard_of"})

    assert outcome.fate is Fate.ACKNOWLEDGED
    assert (await app.next()).type == "tomorrow"


async def test_a_body_that_is_no_json_object_is_refused(slack):
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for body, error in (("{", "invalid_json"), ("[]", "json_not_object")):
            async with session.post(f"{slack.api_url}chat.postMessage", data=body) as answer:
                assert (await answer.json())["error"] == error


async def test_answers_carry_the_date_of_slacks_clock(slow_slack, clock):
    answer = await web_client_of(slow_slack).auth_test()

    assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == clock.now_ms() // 1000


async def test_waiting_people_are_let_go_when_slack_stops(clock):
    stand_in = SlackStandIn(clock)
    async with stand_in, RawSocket(stand_in) as socket:
        stand_in.workspace.add_user("alice")
        stand_in.workspace.add_channel("clerk-sms", "alice")
        await socket.frame()
        command = asyncio.ensure_future(stand_in.workspace.user_runs("alice", "/clerk", channel="clerk-sms"))
        await socket.frame()
    assert (await command).fate is Fate.TIMED_OUT
