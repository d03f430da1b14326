"""A conversation's history: page by page, and written out whole."""

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from fakes.desk import PEER, open_office
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkd.core.desk import history
from clerkd.core.desk.history import Form, HistoryExport, Naming, history_page
from clerkd.errors import NotFound
from clerkd.model.message import Origin, OriginKind

NAMING = Naming("Ann Lee", {"U1": "dana"})


async def exported(office, conversation_id, form, zone=UTC):
    export = HistoryExport(office.store, office.clock.now_ms)
    return "".join([piece async for piece in export.pieces(conversation_id, form, NAMING, zone)])


async def talk(office, texts):
    """Send some texts, a minute apart, and return the conversation's id."""
    message = None
    for text in texts:
        message = await office.send(text, origin=Origin(OriginKind.SLACK, "U1"))
        office.clock.advance(60)
    return message.conversation_id


async def test_pages_follow_each_other_without_a_gap_in_both_directions(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        texts = [f"text {number}" for number in range(25)]
        conversation_id = await talk(office, texts)
        seen, page = [], await office.store.read(history_page, conversation_id, limit=10)
        assert (page.newer, page.older) == (False, True)
        while True:
            seen = [one.text for one in page.messages] + seen
            if not page.older:
                break
            page = await office.store.read(history_page, conversation_id, before=page.messages[0].id, limit=10)
            assert page.newer
        assert seen == texts

        page = await office.store.read(history_page, conversation_id, after=page.messages[-1].id, limit=10)
        assert [one.text for one in page.messages] == texts[5:15]
        assert (page.older, page.newer) == (True, True)


async def test_the_json_form_has_every_message_with_what_happened_to_it(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "PAGE", 3)
    async with open_office(tmp_path / "db") as office:
        conversation_id = await talk(office, ["Hello"] + [f"text {number}" for number in range(6)])
        last = (await office.store.read(history_page, conversation_id)).messages[-1]
        await office.wait_state(last.id, "submitted")
        found = json.loads(await exported(office, conversation_id, Form.JSON))

        assert found["format"] == "clerkd.conversation/1"
        assert found["conversation"]["peer"] == PEER
        assert found["conversation"]["name"] == "Ann Lee"
        assert [one["text"] for one in found["messages"]] == ["Hello", *(f"text {number}" for number in range(6))]
        first = found["messages"][0]
        assert first["at"] == "2023-11-14T22:13:20.000Z"
        assert (first["direction"], first["sender"], first["state"]) == ("outbound", "dana", "submitted")
        assert "created" in [event["event"] for event in first["events"]]


async def test_the_text_form_is_read_in_the_readers_zone(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        conversation_id = await talk(office, ["Hello\nAnn", "Are you there?"])
        found = await exported(office, conversation_id, Form.TEXT, ZoneInfo("Europe/Berlin"))

        assert found.startswith(f"Texts with Ann Lee ({PEER}) over line support\n")
        assert "Tuesday, 14 November 2023" in found
        assert "23:13  > dana [waits to be sent]\n        Hello\n        Ann\n" in found
        assert found.count("November 2023") == 1


async def test_what_does_not_exist_is_not_exported(tmp_path):
    async with open_office(tmp_path / "db", running=False) as office:
        with pytest.raises(NotFound):
            await exported(office, "nothing", Form.JSON)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=80), min_size=1, max_size=5))
async def test_whatever_was_texted_the_json_form_gives_it_back(tmp_path_factory, texts):
    kept = [
        text for text in texts if text.strip() and "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
    ]
    if not kept:
        return
    async with open_office(tmp_path_factory.mktemp("export") / "db", running=False) as office:
        conversation_id = await talk(office, kept)
        found = json.loads(await exported(office, conversation_id, Form.JSON))

        assert [one["text"] for one in found["messages"]] == kept
