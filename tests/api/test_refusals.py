"""Bad input: every refusal has its status, its code, and leaves nothing behind."""

import json

import pytest
from fakes.desk import PEER

GOOD = {"to": PEER, "text": "hello"}


async def nothing_was_stored(api):
    return (await api.tcp.get("/v1/messages")).json == {"messages": [], "next": None}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**GOOD, "to": "nobody"}, 422, "number.invalid"),
        ({**GOOD, "to": "+1415"}, 422, "number.invalid"),
        ({**GOOD, "to": ""}, 422, "number.invalid"),
        ({**GOOD, "to": "911"}, 422, "policy.premium"),
        ({**GOOD, "to": "+33612345678"}, 422, "policy.country"),
        ({**GOOD, "text": ""}, 422, "text.empty"),
        ({**GOOD, "text": " \n "}, 422, "text.empty"),
        ({**GOOD, "text": "a\0b"}, 422, "text.invalid"),
        ({**GOOD, "line": "nowhere"}, 422, "line.unknown"),
    ],
)
async def test_what_is_understood_and_cannot_be_done_is_422(api, body, status, code):
    answer = await api.tcp.post("/v1/messages", body)

    assert (answer.status, answer.code) == (status, code)
    assert await nothing_was_stored(api)


async def test_a_text_over_the_limit_says_how_many_segments_it_has(api):
    answer = await api.tcp.post("/v1/messages", {"to": PEER, "text": "x" * 153 * 12})

    assert (answer.status, answer.code) == (422, "text.too-long")
    assert answer.error["details"] == {"segments": 12, "limit": 10}
    assert "12 segments" in answer.error["message"]
    assert await nothing_was_stored(api)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"to": PEER}, None),
        ({**GOOD, "text": 7}, "text"),
        ({**GOOD, "to": None}, "to"),
        ({**GOOD, "ttl_s": "60"}, "ttl_s"),
        ({**GOOD, "ttl_s": 0}, "ttl_s"),
        ({**GOOD, "ttl_s": 10**9}, "ttl_s"),
        ({**GOOD, "send_at": "tomorrow"}, "send_at"),
        ({**GOOD, "send_at": "2030-01-02T03:04:05"}, "send_at"),  # in which time zone?
        ({**GOOD, "outcome_policy": "maybe"}, "outcome_policy"),
        ({**GOOD, "id": ""}, "id"),
        ({**GOOD, "id": "a b"}, "id"),
        ({**GOOD, "id": "a\n"}, "id"),
        ({**GOOD, "id": "x" * 129}, "id"),
        ({**GOOD, "txt": "hello"}, None),
        ([GOOD], None),
        ("hello", None),
        (None, None),
    ],
)
async def test_a_body_of_another_shape_is_400_with_the_path(api, body, path):
    answer = await api.tcp("POST", "/v1/messages", octets=json.dumps(body).encode())

    assert (answer.status, answer.code) == (400, "request.malformed")
    assert answer.error["details"].get("path") == path
    assert await nothing_was_stored(api)


async def test_an_unknown_field_is_named(api):
    answer = await api.tcp.post("/v1/messages", {**GOOD, "txt": "hello"})

    assert "`txt`" in answer.error["message"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"to=x",
        b"\xff\xfe",
        b'{"to": "\xff", "text": "x"}',
        b'{"to":"+14155550123","text":"\\ud83d"}',
        b"[" * 9000,
    ],
)
async def test_octets_that_are_no_json_are_400(api, octets):
    answer = await api.tcp("POST", "/v1/messages", octets=octets)

    assert (answer.status, answer.code) == (400, "request.malformed")
    assert await nothing_was_stored(api)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("state=lost", "state"),
        ("color=red", None),
        ("limit=1&limit=2", None),
        ("latest=true&after=x", "latest"),
    ],
)
async def test_a_query_of_another_shape_is_400(api, query, path):
    answer = await api.tcp.get(f"/v1/messages?{query}")

    assert (answer.status, answer.code) == (400, "request.malformed")
    assert answer.error["details"].get("path") == path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/messages/unknown"),
        ("DELETE", "/v1/messages/unknown"),
        ("GET", "/v1/messages?after=unknown"),
        ("GET", "/v1/conversations/unknown"),
        ("POST", "/v1/modems/unknown/at"),
    ],
)
async def test_what_does_not_exist_is_404(api, method, path):
    body = {"command": "AT"} if method == "POST" else None

    answer = await api.tcp(method, path, body)

    assert (answer.status, answer.code) == (404, "not-found")


@pytest.mark.parametrize("after", ["x", "1", ".y", "²3.a", "-1.z"])
async def test_a_cursor_that_nobody_gave_is_400(api, after):
    answer = await api.tcp.get(f"/v1/conversations?after={after}")

    assert (answer.status, answer.error["details"]) == (400, {"path": "after"})


async def test_an_unknown_route_is_404_and_a_wrong_method_405(api):
    unknown = await api.tcp.get("/v2/messages")
    wrong = await api.tcp("PATCH", "/v1/messages")

    assert (unknown.status, unknown.code) == (404, "route.unknown")
    assert (wrong.status, wrong.code) == (405, "method.not-allowed")
    assert set(wrong.error["details"]["allowed"]) >= {"GET", "POST"}
    assert "POST" in wrong.headers["Allow"]


async def test_a_body_over_64_kb_is_413(api):
    answer = await api.tcp.post("/v1/messages", {"to": PEER, "text": "x" * 65536})

    assert (answer.status, answer.code) == (413, "body.too-large")
    assert answer.error["details"] == {"limit": 65536}
    assert await nothing_was_stored(api)


async def test_a_fault_of_ours_tells_the_caller_nothing_of_the_inside(api):
    def broken(request):
        raise LookupError("secret inside")

    api.office.outbox.accept = broken

    answer = await api.tcp.post("/v1/messages", GOOD)

    assert (answer.status, answer.code) == (500, "internal")
    assert b"secret" not in answer.octets
