"""`/v1/messages`: what is accepted, answered, listed, taken back."""

import asyncio

import pytest
from fakes.desk import OTHER, PEER

from clerkd.clock import epoch_ms
from clerkd.errors import Indeterminate, Permanent, StoreFull
from clerkd.model.message import Lane, OutcomePolicy

MESSAGE_FIELDS = {
    "id",
    "direction",
    "line",
    "peer",
    "text",
    "encoding",
    "state",
    "created_at",
    "updated_at",
    "segments",
}


async def test_a_message_is_accepted_with_its_planned_segments(api):
    answer = await api.tcp.post("/v1/messages", {"to": "(415) 555-0123", "text": "x" * 200})

    message = answer.json
    assert answer.status == 202
    assert set(message) == MESSAGE_FIELDS
    assert (message["direction"], message["line"], message["peer"]) == ("outbound", "support", PEER)
    assert (message["encoding"], message["state"]) == ("gsm7", "accepted")
    assert message["segments"] == [
        {
            "part": part,
            "of": 2,
            "state": "pending",
            "reference": None,
            "submitted_at": None,
            "attempts": 0,
            "report": None,
        }
        for part in (1, 2)
    ]
    assert message["created_at"].endswith("Z")
    assert epoch_ms(message["created_at"]) == api.office.clock.now_ms()
    assert answer.headers["Location"] == f"/v1/messages/{message['id']}"
    assert (await api.office.message(message["id"])).text == "x" * 200  # it is in the store


async def test_the_same_id_again_answers_with_the_first_message_and_sends_nothing(api):
    first = await api.tcp.post("/v1/messages", {"to": PEER, "text": "once", "id": "order-17"})
    again = await api.tcp.post("/v1/messages", {"to": PEER, "text": "twice", "id": "order-17"})

    assert (first.status, again.status) == (202, 200)
    assert again.json == first.json
    assert first.json["id"] == "order-17"
    looked_up = (await api.tcp.get("/v1/messages/order-17")).json
    assert [entry["event"] for entry in looked_up.pop("history")] == ["created"]
    assert looked_up == first.json
    assert len((await api.tcp.get("/v1/messages")).json["messages"]) == 1


async def test_many_callers_with_one_id_make_one_message(api):
    answers = await asyncio.gather(
        *(api.tcp.post("/v1/messages", {"to": PEER, "text": "once", "id": "order-17"}) for _ in range(30))
    )

    assert sorted(answer.status for answer in answers) == [200] * 29 + [202]


async def test_a_sent_message_tells_reference_attempts_and_time_of_each_segment(running_api):
    sent = await running_api.tcp.send("hello")
    await running_api.office.wait_state(sent["id"], "submitted")

    message = (await running_api.tcp.get(f"/v1/messages/{sent['id']}")).json
    [segment] = message["segments"]
    assert message["state"] == "submitted"
    assert segment["reference"] == 1
    assert segment["attempts"] == 1
    assert epoch_ms(segment["submitted_at"]) == running_api.office.clock.now_ms()


async def test_a_failed_message_says_why(running_api):
    running_api.office.radio.script.append(Permanent("the network refuses"))
    sent = await running_api.tcp.send("hello")
    await running_api.office.wait_state(sent["id"], "failed")

    message = (await running_api.tcp.get(f"/v1/messages/{sent['id']}")).json
    assert message["error"] == {"code": "permanent", "message": "the network refuses"}


async def test_a_later_message_is_scheduled_and_says_for_when(api):
    message = await api.tcp.send("later", send_at="2030-01-02T03:04:05+01:00", ttl_s=60)

    assert message["state"] == "scheduled"
    assert message["send_at"] == "2030-01-02T02:04:05.000Z"


async def test_priority_and_policy_are_taken_and_a_copy_sent_in_doubt_is_called_one(running_api):
    office = running_api.office
    office.radio.script.append(("lost", Indeterminate()))
    wish = {"to": PEER, "text": "code", "priority": "bulk", "outcome_policy": "at_least_once"}
    sent = (await running_api.tcp.post("/v1/messages", wish)).json
    unknown = await office.wait_state(sent["id"], "unknown")
    assert (unknown.lane, unknown.outcome_policy) == (Lane.BULK, OutcomePolicy.AT_LEAST_ONCE)
    await office.outbox.resend(sent["id"])
    await office.wait_state(sent["id"], "submitted")

    assert "maybe_duplicate" not in sent
    assert (await running_api.tcp.get(f"/v1/messages/{sent['id']}")).json["maybe_duplicate"] is True
    refused = await running_api.tcp.post("/v1/messages", {"to": PEER, "text": "x", "priority": "urgent"})
    assert refused.status == 400


WEEKLY = {"frequency": "weekly", "zone": "America/New_York", "count": 3}
PAST = "2020-01-01T00:00:00Z"
MONDAY = "2030-03-04T09:00:00-05:00"  # the clocks change on the Sunday after


async def test_a_text_that_repeats_says_its_next_times_on_the_clock_of_its_zone(api):
    message = await api.tcp.send("bins", send_at=MONDAY, recurrence=WEEKLY)
    looked_up = (await api.tcp.get(f"/v1/messages/{message['id']}")).json

    assert message["recurrence"] == {
        **WEEKLY, "every": 1, "next": ["2030-03-11T13:00:00.000Z", "2030-03-18T13:00:00.000Z"],
    }  # fmt: skip
    assert message["cancel_if_answered"] is False
    assert looked_up["recurrence"] == message["recurrence"]


async def test_a_series_goes_on_when_one_time_is_cancelled_and_ends_when_all_are(running_api):
    first = await running_api.tcp.send("bins", send_at=MONDAY, recurrence=WEEKLY)
    await running_api.tcp("DELETE", f"/v1/messages/{first['id']}")
    async with asyncio.timeout(15):
        while not (waiting := (await running_api.tcp.get("/v1/messages?state=scheduled")).json["messages"]):
            await asyncio.sleep(0.01)
    assert waiting[0]["send_at"] == "2030-03-11T13:00:00.000Z"

    ended = await running_api.tcp("DELETE", f"/v1/messages/{first['id']}?series=true")
    assert (ended.status, ended.json["id"], ended.json["state"]) == (200, waiting[0]["id"], "cancelled")
    assert (await running_api.tcp.get("/v1/messages?state=scheduled")).json["messages"] == []


async def test_a_text_that_an_answer_takes_back_says_so(api):
    assert (await api.tcp.send("still there?", send_at=MONDAY, cancel_if_answered=True))["cancel_if_answered"] is True


@pytest.mark.parametrize(
    ("wish", "status", "code", "where"),
    [
        ({"recurrence": WEEKLY}, 400, "request.malformed", "send_at"),
        ({"cancel_if_answered": True}, 400, "request.malformed", "send_at"),
        ({"recurrence": {**WEEKLY, "zone": "Mars/Base"}, "send_at": MONDAY}, 422, "recurrence.invalid", "zone"),
        ({"recurrence": {**WEEKLY, "until": "2030-03-03"}, "send_at": MONDAY}, 422, "recurrence.invalid", "until"),
        ({"recurrence": {**WEEKLY, "frequency": "hourly"}, "send_at": MONDAY}, 400, "request.malformed",
         "recurrence.frequency"),
        ({"recurrence": {**WEEKLY, "every": 0}, "send_at": MONDAY}, 400, "request.malformed", "recurrence.every"),
        ({"recurrence": WEEKLY, "send_at": PAST}, 422, "schedule.time-over", "send_at"),
        ({"cancel_if_answered": True, "send_at": PAST}, 422, "schedule.time-over", "send_at"),
    ],
    ids=["no time", "no time to take back", "zone", "ends before", "frequency", "every", "past", "past to take back"],
)  # fmt: skip
async def test_a_schedule_that_makes_no_sense_is_refused_in_words(api, wish, status, code, where):
    answer = await api.tcp.post("/v1/messages", {"to": PEER, "text": "x", **wish})

    assert (answer.status, answer.code) == (status, code)
    assert list(answer.error["details"].values()) == [where]
    assert answer.error["message"]


async def test_the_same_id_after_its_time_still_gets_the_first_answer(api):
    wish = {"to": PEER, "text": "bins", "id": "bins-1", "send_at": MONDAY, "recurrence": WEEKLY}
    first = await api.tcp.post("/v1/messages", wish)
    api.office.clock.advance(20 * 366 * 86_400)
    again = await api.tcp.post("/v1/messages", wish)

    assert (first.status, again.status, again.json["id"]) == (202, 200, "bins-1")


async def test_who_asked_is_kept(api):
    over_tcp = await api.tcp.send("from a program")
    over_unix = await api.unix.send("from the command line")

    origins = [(await api.office.message(one["id"])).origin for one in (over_tcp, over_unix)]
    assert [(origin.kind.value, origin.actor) for origin in origins] == [("api", "to-admin"), ("cli", None)]


async def test_following_next_yields_every_message_once_oldest_first(api):
    sent = [(await api.tcp.send(f"number {index}"))["id"] for index in range(7)]

    seen, path = [], "/v1/messages?limit=3"
    pages = 0
    while path:
        page = (await api.tcp.get(path)).json
        seen += [message["id"] for message in page["messages"]]
        pages += 1
        path = page["next"] and f"/v1/messages?limit=3&after={page['next']}"

    assert seen == sent
    assert pages == 3


async def test_a_poller_asks_for_what_came_after_the_last_one_it_knows(api):
    known = await api.tcp.send("known")
    assert (await api.tcp.get(f"/v1/messages?after={known['id']}")).json == {"messages": [], "next": None}

    new = await api.tcp.send("new")
    page = (await api.tcp.get(f"/v1/messages?after={known['id']}")).json
    assert [message["id"] for message in page["messages"]] == [new["id"]]


async def test_the_newest_page_can_be_asked_for(api):
    sent = [(await api.tcp.send(f"number {index}"))["id"] for index in range(5)]

    page = (await api.tcp.get("/v1/messages?latest=true&limit=2")).json

    assert [message["id"] for message in page["messages"]] == sent[-2:]
    assert page["next"] is None


async def test_messages_are_listed_by_peer_and_by_state(api):
    mine = await api.tcp.send("to one", to=PEER)
    other = await api.tcp.send("to another", to=OTHER)
    await api.tcp("DELETE", f"/v1/messages/{other['id']}")

    by_peer = (await api.tcp.get(f"/v1/messages?peer=%2B{PEER[1:]}")).json["messages"]
    plus_not_encoded = (await api.tcp.get(f"/v1/messages?peer={PEER}")).json["messages"]
    cancelled = (await api.tcp.get("/v1/messages?state=cancelled")).json["messages"]

    assert [message["id"] for message in by_peer] == [mine["id"]]
    assert plus_not_encoded == by_peer
    assert [message["id"] for message in cancelled] == [other["id"]]


async def test_a_queued_message_can_be_taken_back_once(api):
    message = await api.tcp.send("never mind")

    taken = await api.tcp("DELETE", f"/v1/messages/{message['id']}")
    again = await api.tcp("DELETE", f"/v1/messages/{message['id']}")

    assert (taken.status, taken.json["state"]) == (200, "cancelled")
    assert again.status == 409
    assert again.error["code"] == "conflict"
    assert again.error["details"]["state"] == "cancelled"


async def test_a_message_on_the_air_cannot_be_taken_back(running_api):
    sent = await running_api.tcp.send("gone")
    await running_api.office.wait_state(sent["id"], "submitted")

    answer = await running_api.tcp("DELETE", f"/v1/messages/{sent['id']}")

    assert (answer.status, answer.error["details"]["state"]) == (409, "submitted")


async def test_a_full_disk_refuses_new_messages_and_still_shows_old_ones(api):
    old = await api.tcp.send("before")
    api.office.room.error = StoreFull("the disk is nearly full", free=1, needed=2)

    answer = await api.tcp.post("/v1/messages", {"to": PEER, "text": "after"})

    assert (answer.status, answer.code) == (507, "store.full")
    assert (await api.tcp.get(f"/v1/messages/{old['id']}")).status == 200


async def test_conversations_are_listed_most_recent_first_and_page(api):
    for index in range(5):
        await api.tcp.send("hello", to=f"+1415555010{index}")
        if index != 2:  # two of them have the same moment
            api.office.clock.advance(1)

    seen, path = [], "/v1/conversations?limit=2"
    while path:
        page = (await api.tcp.get(path)).json
        seen += page["conversations"]
        path = page["next"] and f"/v1/conversations?limit=2&after={page['next']}"

    assert len({one["id"] for one in seen}) == 5
    assert [one["last_at"] for one in seen] == sorted((one["last_at"] for one in seen), reverse=True)
    one = (await api.tcp.get(f"/v1/conversations/{seen[0]['id']}")).json
    assert one == {
        "id": seen[0]["id"],
        "line": "support",
        "peer": "+14155550104",
        "created_at": one["created_at"],
        "last_at": one["last_at"],
        "messages": 1,
    }
