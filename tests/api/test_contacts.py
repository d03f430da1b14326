"""Contacts over HTTP."""

from urllib.parse import quote

import pytest
from fakes.desk import PEER

ANN = {"name": "Ann Lee", "numbers": ["(415) 555-0123"], "company": "Acme", "tags": ["vip"]}


async def added(api, **fields):
    answer = await api.tcp.post("/v1/contacts", {**ANN, **fields})
    assert answer.status == 201, answer.json
    return answer.json


async def test_a_contact_is_kept_found_changed_and_removed(api):
    ann = await added(api, note="tea")
    path = f"/v1/contacts/{ann['id']}"

    assert (ann["numbers"], ann["notes"][0]["author"], ann["revision"]) == ([PEER], "to-admin", 1)
    assert (await api.tcp.get(path)).json == ann
    for query in ("q=ann", "q=acm", "tag=VIP", f"number={quote(PEER)}", "q=555-0123"):
        assert [one["id"] for one in (await api.tcp.get(f"/v1/contacts?{query}")).json["contacts"]] == [ann["id"]]
    changed = await api.tcp("PATCH", path, {"company": "", "revision": 1})
    assert (changed.json["company"], changed.json["name"], changed.json["revision"]) == ("", "Ann Lee", 2)
    noted = await api.tcp.post(f"{path}/notes", {"text": "coffee"})
    assert [note["text"] for note in noted.json["notes"]] == ["tea", "coffee"]
    assert (await api.tcp("DELETE", path)).status == 204
    assert (await api.tcp.get(path)).code == "not-found"


async def test_lists_come_in_pages_by_name(api):
    for number, name in enumerate("éca"):
        await added(api, name=name, numbers=[f"+1415555010{number}"])

    first = (await api.tcp.get("/v1/contacts?limit=2")).json
    second = (await api.tcp.get(f"/v1/contacts?limit=2&after={quote(first['next'])}")).json

    assert [one["name"] for one in first["contacts"] + second["contacts"]] == ["a", "c", "é"]
    assert second["next"] is None
    assert (await api.tcp.get("/v1/contacts?after=nothing")).code == "request.malformed"


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"name": ""}, 422, "contact.invalid"),
        ({"numbers": ["12"]}, 422, "contact.invalid"),
        ({"numbers": [PEER]}, 409, "contact.number-taken"),
        ({"colour": "red"}, 400, "request.malformed"),
    ],
    ids=["name", "number", "taken", "unknown field"],
)
async def test_what_cannot_be_kept_is_refused_with_its_field(api, fields, status, code):
    await added(api)

    answer = await api.tcp.post("/v1/contacts", {**ANN, "numbers": ["+14155550199"], **fields})

    assert (answer.status, answer.code) == (status, code)


async def test_a_contact_that_changed_meanwhile_is_not_overwritten(api):
    ann = await added(api)
    await api.tcp("PATCH", f"/v1/contacts/{ann['id']}", {"name": "Anne"})

    answer = await api.tcp("PATCH", f"/v1/contacts/{ann['id']}", {"name": "Ann", "revision": 1})

    assert (answer.status, answer.code) == (409, "conflict")


async def test_two_contacts_become_one(api):
    ann, other = await added(api), await added(api, name="A.", numbers=["+14155550145"], tags=["x"])

    merged = await api.tcp.post(f"/v1/contacts/{ann['id']}/merge", {"other": other["id"]})

    assert (merged.json["numbers"], merged.json["tags"]) == ([PEER, "+14155550145"], ["vip", "x"])


async def test_erasing_needs_the_number_twice(api):
    ann = await added(api)
    await api.office.send("hello")
    assert (await api.tcp.post("/v1/contacts/erase", {"number": PEER, "confirm": "yes"})).code == "request.malformed"

    erased = await api.tcp.post("/v1/contacts/erase", {"number": PEER, "confirm": PEER})

    assert erased.json == {"conversations": 1, "messages": 1, "slack_posts": 0}
    assert (await api.tcp.get(f"/v1/contacts/{ann['id']}")).status == 404
    assert (await api.tcp.get("/v1/messages")).json["messages"] == []
    assert (await api.tcp.post("/v1/contacts", ANN)).code == "contact.erased"


async def test_a_file_is_looked_at_then_taken_in(api):
    rows = "".join(f"Person {number},+1415555{number:04}\n" for number in range(300))
    opened = await api.tcp("POST", "/v1/contacts/imports?source=a.csv", octets=f"n,t\n{rows}Bad,1\n".encode())
    path = f"/v1/contacts/imports/{opened.json['id']}"
    assert opened.json["columns"] == ["name", "number"]
    assert opened.json["preview"]["counts"] == {"new": 300, "merged": 0, "unchanged": 0, "bad": 1}

    patched = await api.tcp("PATCH", path, {"columns": ["name", "number"], "region": "GB", "overwrite": True})
    assert patched.json["region"] == "GB"
    progress = (await api.tcp.post(f"{path}/start", {})).json
    while progress["state"] == "running":
        progress = (await api.tcp.get(f"{path}?beyond={progress['done']}")).json

    assert progress["counts"] == {"new": 300, "merged": 0, "unchanged": 0, "bad": 1}
    bad = (await api.tcp.get(f"{path}/rows?outcome=bad")).json["rows"]
    assert [(row["row"], row["cells"]) for row in bad] == [(301, ["Bad", "1"])]
    page = (await api.tcp.get(f"{path}/rows?limit=200")).json
    assert page["next"] == 200
    exported = await api.tcp.get("/v1/contacts/export")
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert exported.octets.decode().count("\r\n") == 301
    [noted] = (await api.tcp.get("/v1/audit")).json["audit"]
    assert (noted["via"], noted["action"], noted["format"]) == ("api", "contacts.exported", "csv")


async def test_a_file_that_is_too_large_or_none_is_refused(api):
    async def chunks():
        for _ in range(11):
            yield b"x" * (1 << 20)

    large = await api.tcp("POST", "/v1/contacts/imports", octets=chunks())
    none = await api.tcp("POST", "/v1/contacts/imports", octets=b"PK\x03\x04")

    assert (large.status, large.code) == (422, "contacts.unreadable-file")
    assert "10 MB" in large.error["message"]
    assert (none.status, none.code) == (422, "contacts.unreadable-file")
    assert (await api.tcp.get("/v1/contacts/export?format=xls")).status == 400


async def test_only_admins_change_and_export(api):
    reader = api.tcp.as_(api.tokens["read"])

    assert (await reader.get("/v1/contacts")).status == 200
    for method, path in (
        ("POST", "/v1/contacts"),
        ("POST", "/v1/contacts/erase"),
        ("POST", "/v1/contacts/imports"),
        ("GET", "/v1/contacts/export"),
        ("GET", "/v1/audit"),
        ("DELETE", "/v1/contacts/x"),
    ):
        assert (await reader(method, path)).code == "auth.scope", path
