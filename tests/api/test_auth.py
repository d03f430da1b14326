"""Who may do what."""

import pytest
from fakes.desk import PEER

from clerkd.model.token import mint, prefix_of
from clerkd.store.ops.tokens import find_token, revoke_token

CALLS = [
    ("POST", "/v1/messages", {"to": PEER, "text": "hello"}, "send"),
    ("DELETE", "/v1/messages/x", None, "send"),
    ("GET", "/v1/messages", None, "read"),
    ("GET", "/v1/messages/x", None, "read"),
    ("GET", "/v1/conversations", None, "read"),
    ("GET", "/v1/conversations/x", None, "read"),
    ("GET", "/v1/lines", None, "read"),
    ("GET", "/v1/status", None, "admin"),
    ("POST", "/v1/modems/front-desk/at", {"command": "AT+CSQ"}, "admin"),
    ("POST", "/v1/modems/front-desk/ussd", {"code": "*100#"}, "admin"),
    ("DELETE", "/v1/modems/front-desk/ussd", None, "admin"),
    ("GET", "/v1/lines/support/sim", None, "admin"),
    ("POST", "/v1/lines/support/sim", {"sim": "8944500000000000001"}, "admin"),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("held", ["send", "read", "admin"])
async def test_every_call_wants_its_scope_and_admin_has_all(api, call, held):
    method, path, body, scope = call
    answer = await api.tcp.as_(api.tokens[held])(method, path, body)

    if held in {scope, "admin"}:
        assert answer.status in {200, 202, 204, 404}
    else:
        assert (answer.status, answer.code) == (403, "auth.scope")
        assert answer.error["details"] == {"scope": scope}


@pytest.mark.parametrize(("method", "path", "body", "scope"), [*CALLS, ("GET", "/v9/unknown", None, None)])
async def test_no_call_works_without_a_token_over_tcp(api, method, path, body, scope):
    answer = await api.tcp.as_(None)(method, path, body)

    assert (answer.status, answer.code) == (401, "auth.token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer clk_",
        "Basic Y2xrOng=",
        "clk_x",
        "Bearer clk_" + "A" * 43,
        "Bearer " + "x" * 4000,
        "Bearer ünknown",
    ],
)
async def test_what_is_no_token_is_401(api, header):
    answer = await api.tcp("GET", "/v1/lines", headers={"Authorization": header})

    assert (answer.status, answer.code) == (401, "auth.token")


async def test_a_token_with_a_known_beginning_and_another_end_is_401(api):
    good = api.tokens["read"]
    forged = prefix_of(good) + mint().token[12:]

    assert (await api.tcp.as_(forged).get("/v1/lines")).status == 401


async def test_a_revoked_token_is_out_of_force_with_the_commit(api):
    reader = api.tcp.as_(api.tokens["read"])
    assert (await reader.get("/v1/lines")).status == 200

    await api.office.store.write(revoke_token, "to-read", now=api.office.clock.now_ms())

    assert (await reader.get("/v1/lines")).status == 401


async def test_the_last_use_is_kept_to_the_minute(api):
    token = api.tokens["read"]
    first = api.office.clock.now_ms()

    async def last_use():
        return (await api.office.store.read(find_token, prefix_of(token))).last_used_at

    await api.tcp.as_(token).get("/v1/lines")
    assert await last_use() == first
    api.office.clock.advance(59)
    await api.tcp.as_(token).get("/v1/lines")
    assert await last_use() == first
    api.office.clock.advance(1)
    await api.tcp.as_(token).get("/v1/lines")
    assert await last_use() == first + 60_000


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_needs_no_token_from_this_machine(api, path):
    assert (await api.tcp.as_(None).get(path)).status == 200


@pytest.mark.parametrize("header", [{"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}])
async def test_health_needs_a_token_from_those_for_whom_a_proxy_speaks(api, header):
    assert (await api.tcp.as_(None)("GET", "/metrics", headers=header)).status == 401
    assert (await api.tcp.as_(api.tokens["read"])("GET", "/metrics", headers=header)).status == 200


async def test_the_unix_socket_is_admin_without_a_token(api):
    for method, path, body, _ in CALLS:
        assert (await api.unix(method, path, body)).status in {200, 202, 204, 404}
    assert (await api.unix.get("/v9/unknown")).status == 404
