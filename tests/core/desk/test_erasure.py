"""Who asks to be erased is erased: from the tables, from the index of words, from the octets on the disk."""

import re
import sqlite3

import pytest
from fakes.contact_book import contacts_of, imports_of
from fakes.desk import OTHER, PEER, open_office

from clerkd.errors import Conflict, OptedOut
from clerkd.model.contact import ContactFields, ErasedNumber, InvalidContact
from clerkd.model.contact_import import RowOutcome
from clerkd.model.rules import OptOut
from clerkd.store.ops import contacts_erase
from clerkd.store.ops.contacts_erase import semi_octets
from clerkd.store.ops.conversations import touch_conversation
from clerkd.store.ops.messages import list_messages
from clerkd.store.ops.optouts import is_opted_out, opt_in, opt_out
from clerkd.store.ops.search import search_messages

ACTOR = "dana"
TEXTS = ("canaryword in a bicycle", "another canaryword", "Quetzalcoatl was here")


def octets_of(path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.iterdir()) if file.name.startswith("clerkd.db"))


async def test_nothing_of_an_erased_number_is_left_on_the_disk(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        contacts = contacts_of(office)
        await contacts.add(
            ContactFields("Hieronymus Bosch", (PEER,), "Boschworks", "bosch@example.org", tags=("painterly",)),
            actor=ACTOR,
            note="likes gardens",
        )
        for number in range(40):
            await office.send(f"{TEXTS[number % 3]} {number}")
            await office.send(f"innocent {number}", to=OTHER)
        before = octets_of(tmp_path)
        for canary in (b"canaryword", b"Bosch", b"gardens", PEER.encode(), b"bicycle"):
            assert canary in before

        erased = await contacts.erase("(415) 555-0123", actor=ACTOR)

        after = octets_of(tmp_path)
        for canary in (b"canaryword", b"uetzalcoatl", b"osch", b"gardens", b"painterly", b"bicycle", PEER[1:].encode()):
            assert canary not in after.lower() if canary.islower() else canary not in after, canary
        assert b"innocent 7" in after
        assert (erased.conversations, erased.messages) == (1, 40)
        assert await office.store.read(search_messages, "canaryword") == []
        assert len(await office.store.read(search_messages, "innocent")) == 40
        assert len(await office.store.read(list_messages, limit=100)) == 40
        assert await office.store.check() == []


async def test_whatever_is_told_after_an_erasure_is_told(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        await office.send("hello", to=OTHER)
        await office.send("hello")
        told = await office.reader.take()
        await contacts_of(office).erase(PEER, actor=ACTOR)
        message = await office.send("after it", to=OTHER)

        news = await office.reader.take()
        assert [notice.message_id for notice in news] == [message.id]
        assert min(notice.seq for notice in news) > max(notice.seq for notice in told)


async def test_erasing_is_confirmed_by_the_number(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        contacts = contacts_of(office)
        for typed in ("", "yes", OTHER):
            with pytest.raises(InvalidContact) as refused:
                await contacts.erase(typed, actor=ACTOR, expected=PEER)
            assert refused.value.details["field"] == "confirmation"


async def test_a_text_on_the_air_is_waited_for(tmp_path):
    async with open_office(tmp_path / "clerkd.db") as office:
        office.radio.hold()
        message = await office.send("hello")
        await office.radio.wait_begun(1)
        with pytest.raises(Conflict, match="being sent"):
            await contacts_of(office).erase(PEER, actor=ACTOR)
        office.radio.let_go()
        await office.wait_state(message.id, "submitted")

        assert (await contacts_of(office).erase(PEER, actor=ACTOR)).messages == 1


async def test_who_was_erased_is_not_taken_in_again_until_they_write(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        contacts, imports = contacts_of(office), imports_of(office)
        await contacts.add(ContactFields("Ann", (PEER,)), actor=ACTOR)
        await contacts.erase(PEER, actor=ACTOR)

        with pytest.raises(ErasedNumber):
            await contacts.add(ContactFields("Ann", (PEER,)), actor=ACTOR)
        opened = await imports.open(f"name,phone\nAnn,{PEER}\n".encode(), source="a.csv", actor=ACTOR)
        preview = await imports.preview(opened.id)
        assert preview.counts == {RowOutcome.BAD: 1}
        assert "erased" in preview.bad[0].reason

        await office.send("they asked for it")  # a conversation again
        assert (await contacts.add(ContactFields("Ann", (PEER,)), actor=ACTOR)).name == "Ann"


async def test_who_wanted_no_texts_gets_none_after_an_erasure_until_they_say_so(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        out = OptOut(PEER, at=office.clock.now_ms(), keyword="STOP")
        await office.store.write(opt_out, out, line="support")
        await contacts_of(office).erase(PEER, actor=ACTOR)

        assert await office.store.read(is_opted_out, PEER)
        with pytest.raises(OptedOut):
            await office.send("are you sure?")
        assert PEER[1:].encode() not in octets_of(tmp_path)

        assert await office.store.write(opt_in, out, line="support")
        assert not await office.store.read(is_opted_out, PEER)


async def test_an_opt_out_outlives_the_return_of_somebody_erased(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        contacts = contacts_of(office)
        out = OptOut(PEER, at=office.clock.now_ms(), keyword="STOP")
        await office.store.write(opt_out, out, line="support")
        await contacts.erase(PEER, actor=ACTOR)
        await office.store.write(touch_conversation, new_id="c", line="support", peer=PEER, at=1)  # they write

        await contacts.add(ContactFields("Ann", (PEER,)), actor=ACTOR)

        assert await office.store.read(is_opted_out, PEER)


def test_a_number_is_looked_for_in_octets_too():
    assert semi_octets("+14155550123") == bytes.fromhex("4151550521F3")


async def test_every_table_that_speaks_of_a_conversation_is_erased_from(tmp_path):
    """A new table with such a column must be named in `contacts_erase`, or here with the reason."""
    elsewhere = {
        "parts", "notices",  # emptied: their seq must not be given again
        "series", "opt_out_ledger",  # by the number
        "slack_cards",  # places and digests, no words and no numbers
        "audit.conversation_id",  # says that it was exported, and nothing of what was in it
    }  # fmt: skip
    async with open_office(tmp_path / "clerkd.db", running=False):
        pass
    database = sqlite3.connect(tmp_path / "clerkd.db")
    named = set()
    for listed, column in (
        (contacts_erase.BY_MESSAGE_SEQ, "message_seq"),
        (contacts_erase.BY_MESSAGE_ID, "message_id"),
        (contacts_erase.BY_CONVERSATION, "conversation_id"),
    ):
        named |= {f"{table}.{column}" for table in listed}
    there = set()
    for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
        if re.match(r"message_words|sqlite_|_", table):
            continue
        for column in database.execute(f"PRAGMA table_info({table})"):
            if column[1] in {"message_seq", "message_id", "conversation_id"}:
                there.add(f"{table}.{column[1]}")
    database.close()
    covered = {name.partition(".")[0] for name in named}
    missing = {
        name for name in there - named if name.partition(".")[0] not in covered | elsewhere and name not in elsewhere
    }

    assert missing == set()
    assert named <= there, "tables that are not there any more"
