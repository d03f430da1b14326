"""Files as programs write them, and as they break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.core.desk.importing.columns import Column, guess_column
from clerkd.core.desk.importing.encoding import UnreadableFile, decode
from clerkd.core.desk.importing.rows import Bad, Readable, read_row
from clerkd.core.desk.importing.table import ROWS_LIMIT, read_table
from clerkd.core.desk.importing.vcard import is_vcard, read_vcards

TEXT = "Name,Phone\nZoë Müller,+14155550123\nJosé,+14155550145\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"], ids=lambda name: name
)
def test_names_come_through_in_any_encoding_that_programs_write(encoding):
    octets = TEXT.encode(encoding)
    if encoding == "utf-16-be":
        octets = b"\xfe\xff" + octets

    assert [row[0] for row in read_table(octets).rows] == ["Zoë Müller", "José"]


def test_utf_16_without_a_mark_is_seen():
    assert decode(TEXT.encode("utf-16-le")) == TEXT
    assert decode(TEXT.encode("utf-16-be")) == TEXT


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"PK\x03\x04 xlsx", "CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "CSV"),
        (b"%PDF-1.7", "PDF"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title>", "web page"),
        (b"  <html>", "web page"),
        (b"a,b\x00\x01\x02\x03\x00,,,,,,,,,,,,,", "not a text file"),
        (b"name,phone\n", "no row"),
        (b'name,phone\n"' + b"x" * 200_000 + b'",1', "breaks off"),
        (b"," * 200 + b"\n" + b"," * 200 + b"x\n", "columns"),
    ],
    ids=["empty", "blank", "xlsx", "xls", "pdf", "html", "html 2", "binary", "titles", "huge cell", "wide"],
)
def test_what_is_no_file_of_contacts_is_refused_with_what_to_do(octets, words):
    with pytest.raises(UnreadableFile, match=words):
        read_table(octets)


def test_too_many_rows_are_refused():
    with pytest.raises(UnreadableFile, match="Split"):
        read_table(b"name,phone\n" + b"a,1\n" * (ROWS_LIMIT + 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_the_delimiter_is_seen(delimiter):
    cells = [["Name", "Phone", "Note"], ["Lee, Ann", "+14155550123", "a;b|c\td"], ["Bob", "+14155550145", ""]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in cells)

    table = read_table(text.encode())

    assert table.headers == ("Name", "Phone", "Note")
    assert table.rows[0] == ("Lee, Ann", "+14155550123", "a;b|c\td")


def test_excel_s_own_word_about_the_delimiter_counts():
    table = read_table(b"sep=|\nName|Phone\nAnn|+14155550123\n")

    assert table.headers == ("Name", "Phone")


def test_cells_may_hold_line_ends_and_rows_may_be_short_or_long():
    table = read_table(b'Name,Phone,Note\nAnn,+14155550123,"two\nlines"\nBob,+14155550145\n\n,,,\n')

    assert table.rows == (("Ann", "+14155550123", "two\nlines"), ("Bob", "+14155550145", ""))


def test_a_file_without_titles_is_understood_by_what_is_in_it():
    table = read_table(b"Ann Lee,+1 415 555 0123,ann@example.org\nBob,(415) 555-0145,bob@example.org\n")

    assert table.headers == ("Column 1", "Column 2", "Column 3")
    assert table.columns == (Column.NAME, Column.NUMBER, Column.EMAIL)
    assert len(table.rows) == 2


def test_a_column_of_numbers_alone_is_enough_to_see():
    table = read_table(b"+14155550123\n+14155550145\n")

    assert table.columns == (Column.NUMBER,)
    assert read_row(table.rows[0], table.columns, "US") == Bad("There is no name.")


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("Phone 1 - Value", Column.NUMBER),
        ("Mobile Phone", Column.NUMBER),
        ("Téléphone", Column.NUMBER),
        ("Teléfono móvil", Column.NUMBER),
        ("Handynummer", Column.NUMBER),
        ("Given Name", Column.FIRST_NAME),
        ("NOM", Column.LAST_NAME),
        ("Organization 1 - Name", Column.COMPANY),
        ("E-mail 1 - Value", Column.EMAIL),
        ("E-mail Address", Column.EMAIL),
        ("Group Membership", Column.TAGS),
        ("time_zone", Column.TIME_ZONE),
        ("number", Column.NUMBER),
        ("Phone 1 - Type", Column.IGNORED),
        ("Favourite colour", Column.IGNORED),
    ],
)
def test_titles_of_usual_programs_are_known(title, column):
    assert guess_column(title) is column


def test_a_row_has_everything_that_its_columns_say():
    columns = [
        Column.FIRST_NAME, Column.LAST_NAME, Column.NUMBER, Column.NUMBER, Column.COMPANY, Column.EMAIL,
        Column.TIME_ZONE, Column.LANGUAGE, Column.TAGS, Column.NOTE, Column.IGNORED,
    ]  # fmt: skip
    cells = [
        "Ann", "Lee", "415 555 0123 ::: tel:+1 415 555 0145", "14155550100.0", "Acme", "ann@example.org",
        "europe/paris", "FR", "vip; * myContacts ::: berlin", "tea", "secret",
    ]  # fmt: skip

    read = read_row(cells, columns, "US")

    assert isinstance(read, Readable)
    assert (read.fields.name, read.note) == ("Ann Lee", "tea")
    assert read.fields.numbers == ("+14155550123", "+14155550145", "+14155550100")
    assert read.fields.tags == ("vip", "berlin")
    assert (read.fields.time_zone, read.fields.language) == ("Europe/Paris", "fr")
    assert read.remarks == ()


def test_what_is_not_worth_losing_a_contact_for_is_left_out_and_said():
    columns = [Column.NAME, Column.NUMBER, Column.EMAIL, Column.TIME_ZONE]

    read = read_row(["Ann", "+14155550123, 12", "not an address", "Mars"], columns, "US")

    assert isinstance(read, Readable)
    assert (read.fields.email, read.fields.time_zone, len(read.remarks)) == ("", "", 3)


def test_a_name_is_made_of_the_company_where_there_is_no_other():
    read = read_row(["Acme", "+14155550123"], [Column.COMPANY, Column.NUMBER], "US")

    assert isinstance(read, Readable)
    assert read.fields.name == "Acme"


VCARDS = """BEGIN:VCARD\r
VERSION:3.0\r
N:Lee;Ann;M;;\r
FN:Ann M Lee\r
item1.TEL;type=CELL;type=pref:(415) 555-0123\r
TEL;TYPE="work,voice":+1 415 555 0145\r
ORG:Acme\\, Inc.;Sales\r
EMAIL;TYPE=INTERNET:ann@example\r
 .org\r
NOTE:one\\ntwo\\; three\r
CATEGORIES:vip,a\\,b\r
PHOTO;ENCODING=b:AAAA\r
 BBBB\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Zo=\r
=C3=AB;;;\r
TEL;CELL:415-555-0100\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Émile\r
TEL;VALUE=uri;PREF=1:tel:+33-1-99-00-11-22;ext=5\r
LANG:fr\r
TZ:Europe/Paris\r
nonsense\r
END:VCARD\r
"""


def test_vcards_of_all_three_versions_are_read():
    assert is_vcard(VCARDS)
    first, second, third = read_vcards(VCARDS)

    assert first == [
        "Ann M Lee", "(415) 555-0123\n+1 415 555 0145", "Acme, Inc.", "ann@example.org", "", "", "vip, a,b",
        "one\ntwo; three",
    ]  # fmt: skip
    assert second[:2] == ["Zoë Müller", "415-555-0100"]
    assert third[:2] + third[4:6] == ["Émile", "+33-1-99-00-11-22", "Europe/Paris", "fr"]


def test_a_vcard_file_is_a_table_like_any_other():
    table = read_table(VCARDS.encode())

    assert table.columns[:2] == (Column.NAME, Column.NUMBER)
    assert len(table.rows) == 3


@given(st.binary(max_size=400))
def test_no_octets_do_more_harm_than_being_refused(octets):
    for each in (octets, b"name,phone\n" + octets, b"BEGIN:VCARD\n" + octets):
        try:
            table = read_table(each)
        except UnreadableFile:
            continue
        assert all(len(row) == len(table.headers) for row in table.rows)
        for row in table.rows:
            read_row(row, table.columns, "US")


@given(st.lists(st.text(max_size=30), min_size=3, max_size=3))
def test_no_row_does_more_harm_than_being_bad(cells):
    assert isinstance(read_row(cells, [Column.NAME, Column.NUMBER, Column.TAGS], "US"), Readable | Bad)
