"""Files of contacts: shown before, taken in row by row, resumed, never twice."""

import asyncio

import pytest
from fakes.contact_book import contacts_of, imports_of
from fakes.desk import OTHER, PEER, open_office

from clerkd.core.desk.contact_imports import ContactImports
from clerkd.core.desk.importing.encoding import UnreadableFile
from clerkd.errors import Conflict
from clerkd.model.contact import ContactFields, InvalidContact
from clerkd.model.contact_import import ImportState, RowOutcome
from clerkd.store.ops.contacts_import import import_rows
from clerkd.store.ops.contacts_search import count_contacts, list_contacts

ACTOR = "dana"
FILE = (
    b"Name;Phone;Company;Tags;Notes\n"
    b"Ann Lee;(415) 555-0123;Acme;vip, berlin;likes tea\n"
    b"Bob;+44 7700 900123;;;\n"
    b"Ann;415-555-0123;;new;\n"
    b";415 555 0188;;;\n"
    b"Nobody;12;;;\n"
    b"Zed;;;;\n"
)


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        yield office


async def ended(imports: ContactImports, import_id: str):
    running = asyncio.get_running_loop().create_task(imports.run())
    try:
        async with asyncio.timeout(20):
            found = await imports.get(import_id)
            while found.state is ImportState.RUNNING:
                found = await imports.wait(import_id, beyond=found.done, within_s=5)
            return found
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_the_preview_says_what_will_happen(office):
    await contacts_of(office).add(ContactFields("Robert", ("+447700900123",)), actor=ACTOR)
    imports = imports_of(office)
    opened = await imports.open(FILE, source="team.csv", actor=ACTOR)

    preview = await imports.preview(opened.id)

    assert opened.columns == ("name", "number", "company", "tags", "note")
    assert preview.counts == {RowOutcome.NEW: 1, RowOutcome.MERGED: 2, RowOutcome.BAD: 3}
    assert [(row.position, row.reason) for row in preview.bad] == [
        (4, "There is no name."),
        (5, "“12” is not a phone number that can be dialled."),
        (6, "There is no phone number."),
    ]
    assert await office.store.read(count_contacts) == 1


async def test_the_result_is_what_the_preview_said(office):
    await contacts_of(office).add(ContactFields("Robert", ("+447700900123",)), actor=ACTOR)
    imports = imports_of(office)
    opened = await imports.open(FILE, source="team.csv", actor=ACTOR)
    preview = await imports.preview(opened.id)
    await imports.start(opened.id)

    done = await ended(imports, opened.id)

    rows = await office.store.read(import_rows, opened.id)
    assert done.state is ImportState.DONE
    assert done.counts == {RowOutcome.UNCHANGED: 1, RowOutcome.MERGED: 1, RowOutcome.NEW: 1, RowOutcome.BAD: 3}
    assert sum(preview.counts.values()) == done.rows == 6
    assert [row.outcome.value for row in rows] == ["new", "unchanged", "merged", "bad", "bad", "bad"]
    ann, bob = await office.store.read(list_contacts)
    assert ann.fields == ContactFields("Ann Lee", (PEER,), "Acme", tags=("vip", "berlin", "new"))
    assert [(note.author, note.text) for note in ann.notes] == [("dana", "likes tea")]
    assert bob.name == "Robert"


async def test_the_file_s_word_counts_if_people_say_so(office):
    await contacts_of(office).add(ContactFields("Robert", ("+447700900123",), "Acme"), actor=ACTOR)
    imports = imports_of(office)
    opened = await imports.open(FILE, source="team.csv", actor=ACTOR)
    await imports.change(opened.id, columns=opened.columns, region="US", overwrite=True)
    await imports.start(opened.id)
    await ended(imports, opened.id)

    (bob,) = await office.store.read(list_contacts, query="bob")
    assert (bob.name, bob.fields.company) == ("Bob", "Acme")


async def test_national_numbers_are_read_in_the_country_that_people_say(office):
    imports = imports_of(office)
    opened = await imports.open(b"who,n\nAnn,07700 900123\n", source="a.csv", actor=ACTOR)
    assert (await imports.preview(opened.id)).counts == {RowOutcome.BAD: 1}

    await imports.change(opened.id, columns=("name", "number"), region="GB", overwrite=False)

    assert (await imports.preview(opened.id)).sample == (("Ann", ("+447700900123",)),)


async def test_a_row_whose_numbers_belong_to_two_is_refused(office):
    contacts, imports = contacts_of(office), imports_of(office)
    await contacts.add(ContactFields("Ann", (PEER,)), actor=ACTOR)
    await contacts.add(ContactFields("Bob", (OTHER,)), actor=ACTOR)
    opened = await imports.open(f"name,phone,mobile\nAB,{PEER},{OTHER}\n".encode(), source="a.csv", actor=ACTOR)
    assert (await imports.preview(opened.id)).counts == {RowOutcome.BAD: 1}
    await imports.start(opened.id)
    await ended(imports, opened.id)

    (row,) = await office.store.read(import_rows, opened.id)
    assert row.reason == "Its numbers belong to different contacts: Ann, Bob. Merge those first."


async def test_what_was_interrupted_goes_on_where_it_was_and_takes_nobody_in_twice(office):
    count = 450
    lines = "".join(f"Person {number},+1415555{number:04}\n" for number in range(count))
    imports = imports_of(office)
    opened = await imports.open(b"name,phone\n" + lines.encode(), source="big.csv", actor=ACTOR)
    await imports.start(opened.id)
    running = asyncio.get_running_loop().create_task(imports.run())
    await imports.wait(opened.id, beyond=0, within_s=10)
    running.cancel()  # as a crash would, between two transactions or within one
    await asyncio.wait({running})
    assert 0 < (await imports.get(opened.id)).done < count

    done = await ended(imports_of(office), opened.id)

    assert done.counts == {RowOutcome.NEW: count}
    assert await office.store.read(count_contacts) == count


async def test_the_same_file_twice_changes_nothing(office):
    imports = imports_of(office)
    for _ in range(2):
        opened = await imports.open(FILE, source="team.csv", actor=ACTOR)
        await imports.start(opened.id)
        done = await ended(imports, opened.id)

    assert done.counts == {RowOutcome.UNCHANGED: 3, RowOutcome.BAD: 3}


async def test_the_same_submission_opens_one_import(office):
    imports = imports_of(office)
    first = await imports.open(FILE, source="team.csv", actor=ACTOR, key="view-1")

    assert await imports.open(FILE, source="team.csv", actor=ACTOR, key="view-1") == first


async def test_an_import_without_numbers_or_that_was_cancelled_does_not_start(office):
    imports = imports_of(office)
    opened = await imports.open(FILE, source="team.csv", actor=ACTOR)
    with pytest.raises(InvalidContact, match="which column"):
        await imports.change(opened.id, columns=["name"] * 5, region="US", overwrite=False)
    with pytest.raises(InvalidContact, match="5 columns"):
        await imports.change(opened.id, columns=["number"], region="US", overwrite=False)
    await imports.cancel(opened.id)

    with pytest.raises(Conflict, match="cancelled"):
        await imports.start(opened.id)
    with pytest.raises(Conflict):
        await imports.change(opened.id, columns=opened.columns, region="US", overwrite=True)


async def test_a_file_that_is_none_is_refused_before_anything_is_kept(office):
    with pytest.raises(UnreadableFile):
        await imports_of(office).open(b"<!DOCTYPE html><html>Sign in</html>", source="a.csv", actor=ACTOR)
