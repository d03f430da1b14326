"""People keep contacts: what they type is read, nothing belongs to two, a change is seen."""

import asyncio

import pytest
from fakes.contact_book import contacts_of
from fakes.desk import PEER, open_office

from clerkd.errors import Conflict, NotFound
from clerkd.model.contact import ContactFields, InvalidContact, NumberTaken
from clerkd.store.ops.contacts import contact_name, contact_names
from clerkd.store.ops.contacts_search import list_contact_tags, list_contacts, suggest_contacts

ANN = ContactFields("Ann Lee", ("(415) 555-0123", "+44 7700 900123"), "Acme", "ann@example.org")
ACTOR = "dana"


@pytest.fixture
async def office(tmp_path):
    async with open_office(tmp_path / "clerkd.db", running=False) as office:
        yield office


@pytest.fixture
def contacts(office):
    return contacts_of(office)


async def test_numbers_are_read_as_people_type_them(contacts):
    ann = await contacts.add(ANN, actor=ACTOR)

    assert ann.numbers == ("+14155550123", "+447700900123")
    assert await contacts.of_number("+447700900123") == ann


async def test_the_same_submission_again_adds_nobody(contacts):
    first = await contacts.add(ANN, actor=ACTOR, key="view-1")
    again = await contacts.add(ANN, actor=ACTOR, key="view-1")

    assert first == again


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", ContactFields(" \x07 ", (PEER,))),
        ("name", ContactFields("x" * 151, (PEER,))),
        ("numbers", ContactFields("Ann")),
        ("numbers", ContactFields("Ann", ("nobody",))),
        ("email", ContactFields("Ann", (PEER,), email="ann at example")),
        ("time_zone", ContactFields("Ann", (PEER,), time_zone="Mars/Olympus")),
        ("language", ContactFields("Ann", (PEER,), language="not a language")),
        ("tags", ContactFields("Ann", (PEER,), tags=tuple(map(str, range(21))))),
    ],
    ids=["no name", "long name", "no number", "word", "email", "zone", "language", "tags"],
)
async def test_a_field_that_cannot_be_kept_is_named(contacts, field, fields):
    with pytest.raises(InvalidContact) as refused:
        await contacts.add(fields, actor=ACTOR)
    assert refused.value.details["field"] == field


async def test_what_is_kept_is_in_its_usual_spelling(contacts):
    ann = await contacts.add(
        ContactFields(
            "  Ann \n Lee ", (PEER, PEER), time_zone="america/new york", language="pt-br", tags=("VIP", "vip", " a,b ")
        ),
        actor=ACTOR,
    )

    assert ann.fields == ContactFields(
        "Ann Lee", (PEER,), time_zone="America/New_York", language="pt-BR", tags=("VIP", "a b")
    )


async def test_a_number_belongs_to_one_contact(contacts):
    await contacts.add(ANN, actor=ACTOR)

    with pytest.raises(NumberTaken, match="Ann Lee") as refused:
        await contacts.add(ContactFields("Bob", ("+447700900123",)), actor=ACTOR)
    assert refused.value.details["field"] == "numbers"


async def test_two_people_who_change_a_contact_at_once_do_not_overwrite_each_other(contacts):
    ann = await contacts.add(ANN, actor=ACTOR)
    await contacts.change(ann.id, ContactFields("Ann Lee-Smith", (PEER,)), actor="sam", seen_revision=1)

    with pytest.raises(Conflict, match="changed meanwhile"):
        await contacts.change(ann.id, ContactFields("Anne Lee", (PEER,)), actor=ACTOR, seen_revision=1)
    unchanged = await contacts.change(ann.id, ContactFields("Ann Lee-Smith", (PEER,)), actor=ACTOR, seen_revision=1)
    assert unchanged.revision == 2


async def test_notes_are_added_and_never_twice(office, contacts):
    ann = await contacts.add(ANN, actor=ACTOR, note="met at the fair")
    at = office.clock.now_ms()
    await contacts.note(ann.id, "wants a call", actor="sam", at=at)
    ann = await contacts.note(ann.id, "wants a call", actor="sam", at=at)

    assert [(note.author, note.text) for note in ann.notes] == [("dana", "met at the fair"), ("sam", "wants a call")]


async def test_merging_keeps_everything_of_both(contacts):
    ann = await contacts.add(ContactFields("Ann Lee", (PEER,), tags=("vip",)), actor=ACTOR, note="one")
    other = await contacts.add(
        ContactFields("A. Lee", ("+14155550145",), "Acme", tags=("VIP", "berlin")), actor=ACTOR, note="two"
    )

    merged = await contacts.merge(ann.id, other.id, actor=ACTOR)

    assert merged.fields == ContactFields("Ann Lee", (PEER, "+14155550145"), "Acme", tags=("vip", "berlin"))
    assert [note.text for note in merged.notes] == ["one", "two"]
    with pytest.raises(NotFound):
        await contacts.get(other.id)
    with pytest.raises(Conflict):
        await contacts.merge(ann.id, ann.id, actor=ACTOR)


async def test_whoever_is_removed_is_not_found_any_more(office, contacts):
    ann = await contacts.add(ANN, actor=ACTOR)
    await contacts.remove(ann.id, actor=ACTOR)

    assert await office.store.read(suggest_contacts, "ann", 5) == []
    assert await office.store.read(contact_name, PEER) is None


async def test_people_are_found_by_name_word_company_tag_and_digits(office, contacts):
    await contacts.add(ContactFields("Zoë Müller", ("+14155550101",), "Blue Bikes", tags=("VIP",)), actor=ACTOR)
    await contacts.add(ContactFields("Bill Zoeller", ("+14155550102", "+447700900456")), actor=ACTOR)

    async def found(query):
        return [one.name for one in await office.store.read(suggest_contacts, query, 9)]

    assert await found("zoe") == ["Zoë Müller", "Bill Zoeller", "Bill Zoeller"]
    for query in ("muller", "MÜL", "bikes zoë", "vip", "555-0101", "(415) 555 0101"):
        assert await found(query) == ["Zoë Müller"], query
    for query in ("07700 900456", "900456", "zoel"):
        assert set(await found(query)) == {"Bill Zoeller"}, query
    for query in ("nobody", "zoë nobody", "99", "%", "'"):
        assert await found(query) == [] or query in "%'", query
    numbers = [one.number for one in await office.store.read(suggest_contacts, "900456", 9)]
    assert numbers == ["+447700900456"]


async def test_lists_are_by_name_page_by_page(office, contacts):
    for number, name in enumerate(("émile", "Ann", "Ann", "zed", "Bob")):
        await contacts.add(ContactFields(name, (f"+1415555010{number}",), tags=("x",) * (number % 2)), actor=ACTOR)

    seen, after = [], None
    while page := await office.store.read(list_contacts, after=after, limit=2):
        seen += page
        after = (seen[-1].fields.name.casefold().replace("é", "e"), seen[-1].id)
    tagged = await office.store.read(list_contacts, tag="X")

    assert [one.name for one in seen] == ["Ann", "Ann", "Bob", "émile", "zed"]
    assert [one.name for one in tagged] == ["Ann", "zed"]
    assert await office.store.read(list_contact_tags, "") == ["x"]


async def test_names_are_looked_up_for_many_numbers_at_once(office, contacts):
    await contacts.add(ANN, actor=ACTOR)
    many = [f"+1415556{number:04}" for number in range(1200)]

    assert await office.store.read(contact_names, [*many, PEER]) == {PEER: "Ann Lee"}


async def test_a_new_name_is_told_to_the_conversations_it_is_about(office, contacts):
    await office.send("hello")
    await office.reader.take()
    ann = await contacts.add(ANN, actor=ACTOR)
    await contacts.change(ann.id, ContactFields("Ann Lee", ("+447700900123",)), actor=ACTOR)
    await contacts.note(ann.id, "nothing new in the cards", actor=ACTOR)

    async with asyncio.timeout(5):
        kinds = [notice.kind.value for notice in await office.reader.take()]
    assert kinds == ["contact.changed", "contact.changed"]
