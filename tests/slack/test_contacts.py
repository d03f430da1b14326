"""Contacts in Slack on bad days: twice, by two, too late, by the wrong people, with the wrong files."""

import pytest
from aiohttp import web
from fakes.desk import OTHER, PEER
from fakes.slack_room import CHANNEL, buttons_of, open_room, texts_of

from clerkd.model.contact import ContactFields
from clerkd.slack.client import open_session
from clerkd.slack.files import FileRefused, SlackFiles
from clerkd.slack.ids import CardAction
from clerkd.slack.roles import Role
from clerkd.slack.screens import contact as contact_screen
from clerkd.slack.screens import contacts as list_screen
from clerkd.slack.token import Token

ANN = ContactFields("Ann Lee", (PEER,), "Acme")


async def top(room, callback, *words, user="dana"):
    def there():
        view = room.workspace.top_view(user)
        return view if view and view["callback_id"] == callback and all(w in texts_of(view) for w in words) else None

    return await room.sees(there)


async def open_card(room, user="dana"):
    card = room.cards()[-1]
    return await room.workspace.user_clicks(user, CHANNEL, card["ts"], CardAction.CONTACT.value)


async def conversation(room):
    await room.text("Hello")
    await room.card()
    await room.quiet()


async def form_of(room, user="dana"):
    """Open the form of the contact that the card is about, and return its view."""
    await open_card(room, user)
    card = await top(room, contact_screen.CARD, user=user)
    await room.workspace.user_clicks_in_view(user, contact_screen.EDIT, view_id=card["id"])
    return await top(room, contact_screen.FORM, user=user)


async def test_a_new_number_is_offered_to_be_added_and_a_known_one_is_shown(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        assert buttons_of(room.cards()[-1])["Add contact"] == CardAction.CONTACT.value

        await room.contacts.add(ANN, actor="dana")

        await room.sees(lambda: "Contact" in buttons_of(room.cards()[-1]) and "Ann Lee" in texts_of(room.cards()[-1]))


async def test_two_people_who_edit_at_once_are_told(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        await room.contacts.add(ANN, actor="dana")
        first, second = await form_of(room), await form_of(room, "sam")
        await room.workspace.user_enters("dana", "typed", "Anne", block_id="name", view_id=first["id"])
        await room.workspace.user_submits_view("dana", first["id"])
        await top(room, contact_screen.CARD, "Anne")

        await room.workspace.user_enters("sam", "typed", "Annie", block_id="name", view_id=second["id"])
        answer = await room.workspace.user_submits_view("sam", second["id"])

        assert "changed meanwhile" in answer.payload["errors"]["name"]
        assert (await room.contacts.of_number(PEER)).name == "Anne"


async def test_a_form_that_is_submitted_after_the_erasure_says_so(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        await room.contacts.add(ANN, actor="dana")
        form = await form_of(room)
        await room.contacts.erase(PEER, actor="sam")

        answer = await room.workspace.user_submits_view("dana", form["id"])

        assert "erased" in str(answer.payload)
        assert await room.contacts.of_number(PEER) is None


async def test_a_number_that_somebody_has_is_refused_under_its_field(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        await room.contacts.add(ContactFields("Bob", (OTHER,)), actor="dana")
        await open_card(room)
        form = await top(room, contact_screen.FORM)
        await room.workspace.user_enters("dana", "typed", "Ann", block_id="name", view_id=form["id"])
        await room.workspace.user_enters("dana", "typed", f"{PEER}\n{OTHER}", block_id="numbers", view_id=form["id"])
        answer = await room.workspace.user_submits_view("dana", form["id"])
        assert "belongs to Bob" in answer.payload["errors"]["numbers"]

        await room.workspace.user_enters("dana", "typed", "nobody", block_id="numbers", view_id=form["id"])
        answer = await room.workspace.user_submits_view("dana", form["id"])
        assert "not a phone number" in answer.payload["errors"]["numbers"]


async def test_guests_neither_see_nor_change_contacts(tmp_path):
    async with open_room(tmp_path) as room:
        room.workspace.add_user("gus", is_restricted=True)
        await room.workspace.join_channel("gus", CHANNEL)
        await conversation(room)
        await open_card(room, "gus")

        assert "full members" in await room.whispered("gus")
        assert room.workspace.top_view("gus") is None


async def test_a_cleared_number_s_card_goes_back_to_the_number(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        ann = await room.contacts.add(ANN, actor="dana")
        await room.sees(lambda: "Ann Lee" in texts_of(room.cards()[-1]))

        await room.contacts.remove(ann.id, actor="dana")

        await room.sees(lambda: "Ann Lee" not in texts_of(room.cards()[-1]))


async def test_many_changes_of_a_name_are_few_edits_of_a_card(tmp_path):
    async with open_room(tmp_path) as room:
        await conversation(room)
        ann = await room.contacts.add(ANN, actor="dana")
        for number in range(50):
            await room.contacts.change(ann.id, ContactFields(f"Ann {number}", (PEER,)), actor="dana")

        await room.sees(lambda: "Ann 49" in texts_of(room.cards()[-1]))
        await room.quiet()
        edits = sum(1 for call in room.slack.api.calls if call.method == "chat.update")
        assert edits < 50


async def test_the_list_says_what_it_does_not_find(tmp_path):
    async with open_room(tmp_path) as room:
        await room.contacts.add(ANN, actor="dana")
        await room.workspace.user_runs("dana", "/clerk", "contacts zzz", CHANNEL)
        view = await top(room, list_screen.CALLBACK, "Nobody is found for “zzz”")
        await room.workspace.user_enters("dana", "typed", "acme", block_id=list_screen.QUERY, view_id=view["id"])
        await room.workspace.user_submits_view("dana", view["id"])

        await top(room, list_screen.CALLBACK, "Ann Lee", "(415) 555-0123 · Acme")


async def test_who_may_not_export_is_told_whom_to_ask(tmp_path):
    async with open_room(tmp_path, start=False) as room:
        room.reconfigure(roles={Role.ADMIN: (room.slack.state.user("sam").id,)})
        await room.start()
        await room.contacts.add(ANN, actor="dana")
        await room.workspace.user_runs("dana", "/clerk", "contacts", CHANNEL)
        await top(room, list_screen.CALLBACK, "Ann Lee")
        await room.workspace.user_clicks_in_view("dana", list_screen.EXPORT)

        await room.sees(lambda: "cannot export conversations and contacts" in told_to_dana(room))
        assert room.workspace.im("dana").messages == {}


def told_to_dana(room):
    return str(room.workspace.ephemerals("dana")) + texts_of(room.workspace.top_view("dana") or {})


# Files ------------------------------------------------------------------------------------------------------


class FileRecord:
    """A Slack that knows one file."""

    def __init__(self, **record):
        self.record = record
        self.token = Token("bot_token", lambda: "xoxb-test")

    async def call(self, method, **arguments):
        return {"ok": True, "file": self.record}


async def served(answer):
    """Serve one answer on this machine and return the server's runner and address."""

    async def respond(request):
        assert request.headers["Authorization"] == "Bearer xoxb-test"
        return answer()

    application = web.Application()
    application.router.add_get("/{name}", respond)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def fetched(record, *, answer=lambda: web.Response(body=b"name,phone"), most=100, path="/a.csv", elsewhere=None):
    runner, address = await served(answer)
    try:
        async with open_session() as session:
            slack = FileRecord(**{"name": "a.csv", "url_private": elsewhere or address + path, **record})
            files = SlackFiles(slack, session, api_url=f"{address}/api/")
            return await files.fetch("F1", most=most)
    finally:
        await runner.cleanup()


async def test_a_file_is_fetched_with_the_token():
    assert await fetched({}) == ("a.csv", b"name,phone")


@pytest.mark.parametrize(
    ("record", "more", "words"),
    [
        ({"size": 101}, {}, "larger"),
        ({}, {"answer": lambda: web.Response(body=b"x" * 101)}, "larger"),
        ({}, {"answer": lambda: web.Response(text="<html>", content_type="text/html")}, "files:read"),
        ({}, {"answer": lambda: web.Response(status=302, headers={"Location": "http://evil.example/"})}, "files:read"),
        ({}, {"answer": lambda: web.Response(status=404)}, "files:read"),
        ({}, {"elsewhere": "https://evil.example/a.csv"}, "not kept by Slack"),
        ({}, {"elsewhere": "https://slack.com.evil.example/a.csv"}, "not kept by Slack"),
        ({}, {"elsewhere": "http://files.slack.com/a.csv"}, "not kept by Slack"),
        ({}, {"elsewhere": "file:///etc/passwd"}, "not kept by Slack"),
        ({"is_external": True}, {}, "Upload it"),
        ({"mode": "tombstone"}, {}, "Upload it"),
        ({"url_private": None}, {}, "Upload it"),
    ],
    ids=["said size", "true size", "html", "redirect", "404", "host", "lookalike", "no TLS", "scheme", "external",
         "deleted", "no address"],
)  # fmt: skip
async def test_a_file_from_elsewhere_or_too_large_is_refused_and_the_token_stays_here(record, more, words):
    with pytest.raises(FileRefused, match=words):
        await fetched(record, **more)
