"""Contacts through the real process: people keep, import, merge and erase them in Slack; cards and lists show names."""

from contextlib import asynccontextmanager

import pytest
from fakes import world as worlds
from fakes.forms import Person
from fakes.slack_room import texts_of
from fakes.world import CHANNEL, LINE_NUMBER

from clerkd.slack.ids import CardAction
from clerkd.slack.screens import contact as contact_screen
from clerkd.slack.screens import contact_import
from clerkd.slack.screens import contacts as list_screen

PHONE = "+447700900123"
OTHER = "+14155550145"

CSV = (
    "Nom;Prénom;Téléphone;Société\n"
    f"Müller;Zoë;{OTHER};Vélos\n"
    "Lee;Ann;+44 7700 900123;=1+1\n"
    "Personne;;12;\n"
).encode("cp1252")  # fmt: skip


@asynccontextmanager
async def world(path):
    """A world whose daemon hears Slack."""
    async with worlds.world(path) as here:
        await here.slack.sockets.until_open(2)
        yield here


def traces_in(state_dir):
    """Return what the files of the store still hold of the one who was erased."""
    octets = b"".join(file.read_bytes() for file in state_dir.glob("clerkd.db*"))
    canaries = (b"anaryword", b"ieronymus", PHONE[1:].encode(), bytes.fromhex("447700091032"))
    return [canary for canary in canaries if canary in octets]


async def opens_card(world, dana, ts):
    await world.slack.workspace.user_clicks(dana.name, CHANNEL, ts, CardAction.CONTACT.value)


async def fills(dana, **fields):
    workspace = dana._workspace
    for block, value in fields.items():
        await workspace.user_enters(dana.name, "typed", value, block_id=block)


async def opens_list(world, dana, query=""):
    await dana.runs(f"contacts {query}".strip())
    return await dana.sees(list_screen.CALLBACK, "Import…")


async def shows(world, name):
    """Wait until the card shows a name."""
    await world.sees(lambda: any(name in texts_of(card) for card in world.cards()))


async def test_a_new_number_becomes_a_contact_and_its_card_has_the_name(tmp_path):
    async with world(tmp_path) as here:
        dana = Person(here, "dana")
        here.phone(PHONE).send(LINE_NUMBER, "Is my bike ready?")
        card = await here.card_of()
        await opens_card(here, dana, card["ts"])
        await dana.sees(contact_screen.FORM, "")
        assert "7700 900123" in str(here.slack.workspace.top_view("dana"))

        await fills(dana, name="Ann Lee", email="not an address")
        answer = await dana.submits()
        assert answer["errors"].keys() == {"email"}
        await fills(dana, email="ann@example.org", tags="vip, bikes", note="Prefers mornings")
        await here.slack.workspace.user_searches("dana", contact_screen.ZONES, "lond")
        await here.slack.workspace.user_enters("dana", contact_screen.ZONES, "Europe/London")
        await dana.submits()

        await dana.sees(contact_screen.CARD, "✅ Saved", "Ann Lee", "Prefers mornings", "Europe/London")
        await shows(here, "Ann Lee")
        await opens_card(here, dana, card["ts"])
        await dana.sees(contact_screen.CARD, "Ann Lee")

        await dana.presses("Edit")
        await dana.sees(contact_screen.FORM)
        await fills(dana, name="Ann Lee-Smith")
        await dana.submits()
        await shows(here, "Ann Lee-Smith")
        listed = await here.daemon.get("/v1/contacts?q=smith")
        assert listed["contacts"][0]["numbers"] == [PHONE]


async def test_a_file_is_checked_taken_in_and_told_row_by_row(tmp_path):
    async with world(tmp_path) as here:
        dana, workspace = Person(here, "dana"), here.slack.workspace
        here.phone(PHONE).send(LINE_NUMBER, "Hello")
        await here.card_of()
        await opens_list(here, dana)
        await dana.presses("Import…")
        await dana.sees(contact_import.UPLOAD)
        file = here.slack._desk.uploads.add("équipe.csv", CSV, here.slack.state.user("dana").id, "text/csv")
        await workspace.user_enters("dana", "chosen", [{"id": file.id}], block_id=contact_import.FILE)
        await dana.submits()

        await dana.sees(contact_import.CHECK, "2 new, 0 merge, 1 bad", "Zoë Müller", "Row 3")
        await dana.submits()
        await dana.sees(contact_import.WATCH, "✅ Done: 2 new, 1 bad", "“12” is not a phone number")
        await shows(here, "Ann Lee")
        await opens_list(here, dana, "zoe")
        await dana.sees(list_screen.CALLBACK, "Zoë Müller", "Vélos")


async def test_a_change_of_columns_is_shown_before_anything_is_taken_in(tmp_path):
    async with world(tmp_path) as here:
        dana, workspace = Person(here, "dana"), here.slack.workspace
        await opens_list(here, dana)
        await dana.presses("Import…")
        octets = b"who,firm,n\nAnn,Acme,(415) 555-0145\n"
        file = here.slack._desk.uploads.add("a.csv", octets, here.slack.state.user("dana").id, "text/csv")
        await dana.sees(contact_import.UPLOAD)
        await workspace.user_enters("dana", "chosen", [{"id": file.id}], block_id=contact_import.FILE)
        await dana.submits()
        await dana.sees(contact_import.CHECK, "1 new")

        await workspace.user_enters("dana", "chosen", "company", block_id=f"{contact_import.COLUMN}1")
        await dana.submits()
        await dana.sees(contact_import.CHECK, "has changed")
        assert (await here.daemon.get("/v1/contacts"))["contacts"] == []
        await dana.submits()
        await dana.sees(contact_import.WATCH, "✅ Done: 1 new")
        assert (await here.daemon.get("/v1/contacts"))["contacts"][0]["company"] == "Acme"


@pytest.mark.parametrize(
    ("octets", "mimetype", "words"),
    [
        (b"PK\x03\x04 workbook", "application/zip", "CSV"),
        (b"<html>Sign in</html>", "text/html", "files:read"),
        (b"<html>Sign in</html>", "text/csv", "web page"),
    ],
    ids=["workbook", "sign-in page", "sign-in page in disguise"],
)
async def test_a_file_that_is_none_is_refused_under_its_field(tmp_path, octets, mimetype, words):
    async with world(tmp_path) as here:
        dana, workspace = Person(here, "dana"), here.slack.workspace
        await opens_list(here, dana)
        await dana.presses("Import…")
        await dana.sees(contact_import.UPLOAD)
        file = here.slack._desk.uploads.add("a.csv", octets, here.slack.state.user("dana").id, mimetype)
        await workspace.user_enters("dana", "chosen", [{"id": file.id}], block_id=contact_import.FILE)

        answer = await dana.submits()

        assert words in answer["errors"][contact_import.FILE]


async def test_two_contacts_are_merged_and_lists_are_paged_and_searched(tmp_path):
    async with world(tmp_path) as here:
        dana, workspace = Person(here, "dana"), here.slack.workspace
        for number in range(25):
            status, _ = await here.daemon.post(
                "/v1/contacts", {"name": f"Person {number:02}", "numbers": [f"+14155550{100 + number}"]}
            )
            assert status == 201
        await opens_list(here, dana)
        await dana.sees(list_screen.CALLBACK, "25 contacts", "Person 00", "Person 19")
        await dana.presses("Next page")
        await dana.sees(list_screen.CALLBACK, "Person 24")
        await workspace.user_enters("dana", "typed", "0103", block_id=list_screen.QUERY)
        await dana.submits()
        view = await dana.sees(list_screen.CALLBACK, "Found for", "Person 03")
        await workspace.user_clicks_in_view("dana", list_screen.SHOW, view_id=view["id"])
        await dana.sees(contact_screen.CARD, "Person 03")
        await dana.presses("Merge…")
        await dana.sees(contact_screen.MERGE)
        found = await dana.searches(contact_screen.OTHERS, "person 04")
        await dana.enters(contact_screen.OTHERS, found[0]["value"])
        await dana.submits()
        await dana.sees(contact_screen.CARD, "✅ Merged", "(415) 555-0103", "(415) 555-0104")


async def test_somebody_who_asks_is_erased(tmp_path):
    async with world(tmp_path) as here:
        dana = Person(here, "dana")
        here.phone(PHONE).send(LINE_NUMBER, "Canaryword from Hieronymus")
        card = await here.card_of()
        await here.daemon.post("/v1/contacts", {"name": "Hieronymus Bosch", "numbers": [PHONE]})
        await shows(here, "Hieronymus Bosch")
        await opens_card(here, dana, card["ts"])
        await dana.sees(contact_screen.CARD, "Hieronymus")
        await dana.presses("Erase…")
        await dana.sees(contact_screen.ERASE)
        await fills(dana, confirmation="yes")
        assert contact_screen.CONFIRMATION in (await dana.submits())["errors"]
        await fills(dana, confirmation="+44 7700 900123")
        await dana.submits()
        await here.sees(lambda: "Erased, with 1 text" in dana.reads())

        assert (await here.daemon.get("/v1/contacts"))["contacts"] == []
        assert (await here.daemon.get("/v1/messages"))["messages"] == []
        await here.sees(lambda: not here.cards())
        # Slack told of the deleted posts with their words: what was logged of that is gone soon after.
        await here.sees(lambda: not traces_in(here.daemon.state_dir), within_s=30)


async def test_contacts_open_from_the_dashboard(tmp_path):
    async with world(tmp_path) as here:
        dana, workspace = Person(here, "dana"), here.slack.workspace
        await dana.runs()
        board = await here.sees(lambda: [one for one in workspace.ephemerals("dana") if one["blocks"]])
        await workspace.user_clicks("dana", CHANNEL, board[-1]["ts"], list_screen.OPEN)
        await dana.sees(list_screen.CALLBACK, "There are no contacts yet", "Import…")
        await dana.presses("➕ Add contact")
        await dana.sees(contact_screen.FORM)
        await fills(dana, name="Bob", numbers="(415) 555-0145\n+44 7700 900456")
        await dana.submits()
        await dana.sees(contact_screen.CARD, "Bob", "(415) 555-0145", "+44 7700 900456")


async def test_all_contacts_come_as_a_file_to_whoever_asks(tmp_path):
    async with world(tmp_path) as here:
        dana, room = Person(here, "dana"), here.slack.workspace.im("dana")
        people = [("Ann Lee", PHONE), ("=HYPERLINK(1)", OTHER)]
        for name, number in people:
            await here.daemon.post("/v1/contacts", {"name": name, "numbers": [number]})
        await opens_list(here, dana)
        await dana.presses("Export…")
        await here.sees(lambda: "2 contacts with numbers" in dana.reads())
        await dana.presses("CSV, for spreadsheets")
        await here.sees(lambda: "contacts.csv is in your direct messages" in dana.reads())

        files = [one for message in room.messages.values() for one in message.files]
        octets = here.slack._desk.uploads.find(files[0]["id"]).octets.decode()
        assert f"Ann Lee,{PHONE}" in octets
        assert "'=HYPERLINK(1)" in octets

        await opens_list(here, dana)
        await dana.presses("Export…")
        await here.sees(lambda: "2 contacts with numbers" in dana.reads())
        await dana.presses("vCard, for phones")
        await here.sees(lambda: "contacts.vcf is in your direct messages" in dana.reads())
