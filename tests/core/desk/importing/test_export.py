"""What leaves can come back, and no spreadsheet runs it."""

from hypothesis import given
from hypothesis import strategies as st

from clerkd.core.desk.importing.export import csv_header, csv_line, guarded, unguarded
from clerkd.core.desk.importing.rows import Readable, read_row
from clerkd.core.desk.importing.table import read_table
from clerkd.core.desk.importing.vcard import write_vcard
from clerkd.model.contact import Contact, ContactFields, ContactNote, InvalidContact, checked

ANN = ContactFields(
    "Ann “=A1” Lee; Jr, \\ 👩‍🚀",
    ("+14155550123", "+447700900123"),
    '=HYPERLINK("http://evil.example")',
    "ann@example.org",
    "Europe/Paris",
    "fr-CA",
    ("vip", "@home", "-x"),
)


def contact(fields: ContactFields, *notes: str) -> Contact:
    return Contact("c1", fields, 1, 0, 0, tuple(ContactNote("dana", 0, text) for text in notes))


def test_no_cell_begins_what_a_spreadsheet_would_calculate():
    line = csv_line(contact(ANN, "+cmd|' /C calc'!A0"))

    assert "'=HYPERLINK" in line
    assert "'+cmd" in line
    assert "+14155550123; +447700900123" in line
    assert guarded("@SUM(1)") == "'@SUM(1)"
    assert guarded("+14155550123") == "+14155550123"
    assert guarded("+1+cmd") == "'+1+cmd"


def test_what_was_exported_is_read_as_it_was():
    one = contact(ANN, "a\nb")
    for text in (csv_header() + csv_line(one), write_vcard(one)):
        table = read_table(text.encode())
        read = read_row(table.rows[0], table.columns, None)

        assert isinstance(read, Readable)
        assert (read.fields, read.note) == (ANN, "a\nb")


def test_a_card_has_lines_of_75_octets_at_most():
    card = write_vcard(contact(ContactFields("Zoë " * 40, ("+14155550123",))))

    assert all(len(line.encode()) <= 75 for line in card.split("\r\n"))
    assert read_table(card.encode()).rows[0][0] == ("Zoë " * 40).strip()


@given(st.text(max_size=60))
def test_a_guarded_cell_is_harmless_and_comes_back(cell):
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "-", "@", "\t", "\r"))


@given(st.text(min_size=1, max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_name_and_company_come_back_from_both_formats(name, company, tag):
    try:
        fields = checked(ContactFields(name, ("+14155550123",), company, tags=(tag.replace(";", "").replace("|", ""),)))
    except InvalidContact:
        return
    for octets in ((csv_header() + csv_line(contact(fields))).encode(), write_vcard(contact(fields)).encode()):
        table = read_table(octets)
        read = read_row(table.rows[0], table.columns, None)
        assert isinstance(read, Readable)
        assert (read.fields.name, read.fields.company) == (fields.name, fields.company)
