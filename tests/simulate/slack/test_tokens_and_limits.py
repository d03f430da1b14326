import aiohttp
import pytest
from fakes.slack_app import web_client_of
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from clerkd.simulate.slack import SlackStandIn


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (None, "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        ("xapp-test", "auth.test", "not_allowed_token_type"),
        ("xapp-test", "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-test", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-test", "chat.postmessage", "unknown_method"),
    ],
)
async def test_a_token_opens_only_its_own_doors(slack, refused, token, method, error):
    web = AsyncWebClient(token=token, base_url=slack.api_url)

    assert await refused(web.api_call(method)) == error


async def test_an_app_token_counts_in_the_header_only(slack):
    async with aiohttp.ClientSession() as session:
        url = f"{slack.api_url}apps.connections.open"
        async with session.post(url, data={"token": slack.app_token}) as answer:
            assert await answer.json() == {"ok": False, "error": "not_authed"}
        async with session.post(f"{slack.api_url}auth.test", data={"token": slack.bot_token}) as answer:
            assert (await answer.json())["ok"]


async def test_a_missing_scope_is_named(web, refused):
    async with SlackStandIn(scopes=["chat:write", "channels:read"]) as narrow:
        channel = narrow.workspace.add_channel("clerk-sms").id
        private = narrow.workspace.add_channel("quiet", private=True).id
        web.base_url = narrow.api_url
        with pytest.raises(SlackApiError) as caught:
            await web.reactions_add(channel=channel, timestamp="1.000001", name="x")
        answer = caught.value.response
        assert (answer["error"], answer["needed"]) == ("missing_scope", "reactions:write")
        assert answer["provided"] == "channels:read,chat:write"
        assert (await web.conversations_info(channel=channel))["ok"]
        assert await refused(web.conversations_info(channel=private)) == "missing_scope"


async def test_revoked_tokens_are_told_apart(web, work, refused):
    await work.revoke_tokens()
    assert await refused(web.auth_test()) == "token_revoked"
    await work.restore_app()
    assert (await web.auth_test())["ok"]
    await work.uninstall_app()
    assert await refused(web.auth_test()) == "account_inactive"


async def test_arguments_are_merged_from_query_form_and_json(slack, room):
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {slack.bot_token}"}) as session:
        url = f"{slack.api_url}chat.postMessage"
        async with session.post(url, params={"channel": room}, json={"text": "json"}) as answer:
            assert (await answer.json())["ok"]
        async with session.post(url, params={"channel": room}, data={"text": "form", "blocks": "[]"}) as answer:
            assert (await answer.json())["ok"]
        async with session.get(url, params={"channel": room, "text": "query", "unfurl_links": "0"}) as answer:
            assert (await answer.json())["ok"]
    assert [one["text"] for one in slack.workspace.messages(room)] == ["json", "form", "query"]
    assert slack.violations == []


async def test_an_argument_that_the_method_does_not_have_is_a_violation(slack, web, room, refused):
    call = web.api_call("chat.postMessage", json={"channel": room, "text": "x", "client_msg_id": "1"})

    assert await refused(call) == "invalid_arguments"
    assert slack.violations == ["chat.postMessage: unknown argument client_msg_id"]


async def test_posts_are_limited_per_channel_and_early_calls_are_a_violation(slow_slack, clock):
    web = web_client_of(slow_slack)
    room = slow_slack.state.channel("clerk-sms").id
    other = slow_slack.workspace.add_channel("other").id
    for _ in range(5):
        await web.chat_postMessage(channel=room, text="x")

    with pytest.raises(SlackApiError) as caught:
        await web.chat_postMessage(channel=room, text="x")
    answer = caught.value.response
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert (await web.chat_postMessage(channel=other, text="x"))["ok"]
    clock.advance(1)
    await web.chat_postMessage(channel=room, text="x")
    assert slow_slack.violations == []
    for _ in range(2):  # the second was under way when the first was refused
        with pytest.raises(SlackApiError):
            await web.chat_postMessage(channel=room, text="x")
    assert slow_slack.violations == []
    clock.advance(0.5)
    with pytest.raises(SlackApiError):
        await web.chat_postMessage(channel=room, text="x")
    assert slow_slack.violations == ["chat.postMessage was called again before its Retry-After had passed"]


async def test_a_tier_refills_over_a_minute(slow_slack, clock, refused):
    web = web_client_of(slow_slack)
    for _ in range(20):
        await web.conversations_list()
    assert await refused(web.conversations_list()) == "ratelimited"
    clock.advance(3)
    assert (await web.conversations_list())["ok"]


async def test_the_sdks_own_retry_waits_as_long_as_it_is_told():
    async with SlackStandIn(rate_limits=2.0) as stand_in:
        channel = stand_in.workspace.add_channel("clerk-sms").id
        web = AsyncWebClient(
            token=stand_in.bot_token,
            base_url=stand_in.api_url,
            retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=1)],
        )
        for _ in range(12):  # the burst of ten, and some that have to wait
            await web.chat_postMessage(channel=channel, text="x")
        assert stand_in.violations == []
