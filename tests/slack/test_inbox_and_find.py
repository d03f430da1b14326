"""The Inbox, narrowed and paged, and the search over names, numbers and texts."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from fakes.desk import OTHER, PEER
from fakes.slack_room import CHANNEL, links_of, open_room, texts_of

from clerkd.model.contact import ContactFields
from clerkd.model.ticket import TicketChange, TicketRules
from clerkd.slack.screens import find, inbox
from clerkd.store.ops.contacts import add_contact
from clerkd.store.ops.tickets_decisions import change_ticket


@asynccontextmanager
async def opened(path):
    async with open_room(path) as room:
        yield room


async def ann(room):
    """Let there be a contact Ann Lee with the number PEER."""
    fields = ContactFields(name="Ann Lee", numbers=(PEER,), company="Bikes & Co")
    await room.office.store.write(add_contact, "ann", fields, now=room.office.clock.now_ms())


async def top(room, wanted):
    """Wait until the modal before Dana says `wanted`, and return it."""
    return await room.sees(lambda: (view := room.workspace.top_view("dana")) and wanted in texts_of(view) and view)


async def searched(room, words, expected):
    await room.workspace.user_runs("dana", "/clerk", f"find {words}", CHANNEL)
    return await top(room, expected)


async def open_inbox(room):
    await room.workspace.user_runs("dana", "/clerk", "", CHANNEL)
    board = await room.sees(lambda: [one for one in room.workspace.ephemerals("dana") if one["blocks"]])
    await room.workspace.user_clicks("dana", CHANNEL, board[-1]["ts"], inbox.OPEN)
    return await room.sees(
        lambda: (view := room.workspace.top_view("dana")) and view["callback_id"] == inbox.CALLBACK and view
    )


async def decided(room, conversation_id, **change):
    await room.office.store.write(
        change_ticket, conversation_id, TicketChange(**change), actor="U1", rules=TicketRules(), at=1
    )


async def kept(room, count):
    """Wait until so many conversations are tickets."""
    async with asyncio.timeout(10):
        while await room.office.store.read(lambda tx: tx.one("SELECT count(*) AS n FROM tickets")["n"]) < count:
            await asyncio.sleep(0.005)


async def conversations(room, *peers):
    """Have a text from each peer and return the conversations' ids."""
    for peer in peers:
        await room.text(f"Hello from {peer}", peer)
    await kept(room, len(peers))
    await room.quiet()

    def ids(tx):
        return [tx.one("SELECT id FROM conversations WHERE peer = :peer", peer=peer)["id"] for peer in peers]

    return await room.office.store.read(ids)


async def test_a_text_is_found_by_the_beginning_of_a_word_and_leads_to_its_place(tmp_path):
    async with opened(tmp_path) as room:
        await ann(room)
        await room.text("Is my blue bicycle ready?")
        root = await room.card()
        await room.workspace.user_says("dana", CHANNEL, "The bicycle is ready", root)
        await room.sees(lambda: room.office.radio.air)
        await room.quiet()
        view = await searched(room, "bicyc", "Found for")

        assert "📤 Ann Lee · (415) 555-0123" in texts_of(view)
        assert "Is my blue bicycle ready?" in texts_of(view)
        assert len(links_of(view)) == 2
        assert all(f"thread_ts={root}" in link for link in links_of(view))


@pytest.mark.parametrize("words", ["ann", "LEE", "bikes", "415 555 01", "5550123", "+1 (415) 555-0123"])
async def test_people_are_found_by_name_company_and_number(tmp_path, words):
    async with opened(tmp_path) as room:
        await ann(room)
        await room.text("Hello")
        root = await room.card()
        view = await searched(room, words, "👤 Ann Lee · (415) 555-0123")

        assert root.replace(".", "") in links_of(view)[0]


async def test_a_contact_to_whom_nobody_wrote_is_found_too(tmp_path):
    async with opened(tmp_path) as room:
        await ann(room)
        view = await searched(room, "ann", "no texts yet")

        assert links_of(view) == []


async def test_nothing_found_says_so_and_one_can_search_on(tmp_path):
    async with opened(tmp_path) as room:
        await room.text("Is my bicycle ready?")
        await room.card()
        await searched(room, "zebra", "Nothing found for “zebra”")
        await room.workspace.user_enters("dana", find.QUERY, "bicycle")
        await room.workspace.user_submits_view("dana")

        assert "Is my bicycle ready?" in texts_of(room.workspace.top_view("dana"))


async def test_a_mention_is_answered_with_what_was_found(tmp_path):
    async with opened(tmp_path) as room:
        await room.text("Is my bicycle ready?")
        await room.card()
        await room.workspace.user_mentions("dana", CHANNEL, "find bicycle")
        await room.whispered("dana")

        assert "Is my bicycle ready?" in texts_of(room.workspace.ephemerals("dana")[-1])


async def test_more_texts_than_a_page_holds_are_a_click_away(tmp_path):
    async with opened(tmp_path) as room:
        for number in range(15):
            await room.text(f"bicycle number {number:02}")
        view = await searched(room, "bicycle", "number 14")
        await room.workspace.user_clicks_in_view("dana", find.OLDER)
        later = await top(room, "number 00")

        assert "number 02" not in texts_of(view)
        assert "number 03" not in texts_of(later)
        assert find.OLDER not in str(later)


async def test_hostile_words_are_only_words(tmp_path):
    async with opened(tmp_path) as room:
        room.slack.watch_for("<!channel>")
        await room.text('<!channel> "NEAR(" * OR')
        view = await searched(room, '<!channel> "NEAR(" *', "Found for")

        assert '<!channel> "NEAR(" * OR' in texts_of(view)


async def test_the_inbox_lists_conversations_with_counts_and_is_narrowed(tmp_path):
    async with opened(tmp_path) as room:
        await ann(room)
        first, _ = await conversations(room, PEER, OTHER)
        await decided(room, first, assign=frozenset({room.slack.state.user("sam").id}), add_tags=frozenset({"VIP"}))
        view = await open_inbox(room)
        view = await top(room, "2 conversations")
        menus = {one["action_id"]: one for one in view["blocks"][0]["elements"]}
        labels = [option["text"]["text"] for option in menus[f"{inbox.FILTER}:assignee"]["options"]]
        assert labels == ["Anybody's", "Nobody's (1)", "sam (1)"]
        assert f"{inbox.FILTER}:line" not in menus  # there is only one

        await room.workspace.user_clicks_in_view("dana", f"{inbox.FILTER}:tag", choice=f"{inbox.CHOICE}VIP")
        view = await top(room, "1 conversation")
        assert "Ann Lee" in texts_of(view)
        assert "#VIP" in texts_of(view)

        await room.workspace.user_clicks_in_view("dana", f"{inbox.FILTER}:assignee", choice=inbox.NOBODY)
        await top(room, "No conversation fits")
        await room.workspace.user_clicks_in_view("dana", f"{inbox.FILTER}:tag", choice=inbox.ANY)
        view = await top(room, "(415) 555-0145")
        assert "Ann Lee" not in texts_of(view)


async def test_a_row_says_who_waits_how_long_and_the_last_text(tmp_path):
    async with opened(tmp_path) as room:
        await ann(room)
        await conversations(room, PEER)
        await room.office.send("Not yet", send_at=room.office.clock.now_ms() + 3_600_000)
        await open_inbox(room)
        view = await top(room, "1 conversation")

        assert "Not yet" not in texts_of(view)
        assert "Ann Lee · (415) 555-0123 · support\ncame just now · New · nobody yet" in texts_of(view)
        assert f"Hello from {PEER}" in texts_of(view)


async def test_the_search_of_a_narrowed_inbox_stays_narrowed_until_somebody_wants_all(tmp_path):
    async with opened(tmp_path) as room:
        first, _ = await conversations(room, PEER, OTHER)
        await decided(room, first, add_tags=frozenset({"VIP"}))
        await open_inbox(room)
        await top(room, "2 conversations")
        await room.workspace.user_clicks_in_view("dana", f"{inbox.FILTER}:tag", choice=f"{inbox.CHOICE}VIP")
        await top(room, "1 conversation")
        await room.workspace.user_clicks_in_view("dana", inbox.FIND)
        await top(room, "Only among: #VIP")
        await room.workspace.user_enters("dana", find.QUERY, "hello")
        await room.workspace.user_submits_view("dana")
        view = await top(room, f"Hello from {PEER}")
        assert OTHER not in texts_of(view)
        await room.workspace.user_enters("dana", find.QUERY, "555 01")
        await room.workspace.user_submits_view("dana")
        assert "👤 (415) 555-0123" in texts_of(await top(room, "Found for “555 01”"))
        assert "(415) 555-0145" not in texts_of(room.workspace.top_view("dana"))

        await room.workspace.user_clicks_in_view("dana", find.EVERYWHERE)
        view = await top(room, "(415) 555-0145")
        assert "Only among" not in texts_of(view)


@pytest.mark.parametrize("words", ["bicycle r", "r", "blue bicycle Ñ", "is 3"])
async def test_a_last_word_of_one_letter_begins_a_word(tmp_path, words):
    async with opened(tmp_path) as room:
        await room.text("Is my blue bicycle ready? 3rd ñandú")
        await room.card()
        await searched(room, words, "Is my blue bicycle ready?")


async def test_one_letter_finds_no_text_without_such_a_word(tmp_path):
    async with opened(tmp_path) as room:
        await room.text("Is my blue bicycle ready?")
        await room.card()
        await searched(room, "bicycle z", "Nothing found for")


async def test_the_inbox_has_pages(tmp_path):
    async with opened(tmp_path) as room:
        await conversations(room, *(f"+141555501{number:02}" for number in range(1, 13)))
        await open_inbox(room)
        view = await top(room, "12 conversations")
        await room.workspace.user_clicks_in_view("dana", f"{inbox.PAGE}:older")
        older = await top(room, "(415) 555-0101")
        await room.workspace.user_clicks_in_view("dana", f"{inbox.PAGE}:newest")
        await top(room, "(415) 555-0112")

        assert len(links_of(view)) == 10
        assert len(links_of(older)) == 2


async def test_the_search_opens_on_top_of_the_inbox(tmp_path):
    async with opened(tmp_path) as room:
        await conversations(room, PEER)
        await open_inbox(room)
        await top(room, "1 conversation")
        await room.workspace.user_clicks_in_view("dana", inbox.FIND)
        view = await room.sees(
            lambda: (view := room.workspace.top_view("dana")) and view["callback_id"] == find.CALLBACK and view
        )

        assert view["previous_view_id"]
