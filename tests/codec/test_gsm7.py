import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import gsm7, national
from clerkd.codec.defaults import DEFAULT_LOCKING, DEFAULT_SINGLE
from clerkd.codec.errors import EncodeError
from clerkd.codec.national import Language

PAIRS = [(locking, single) for locking in (0, *national.LOCKING) for single in (0, *national.SINGLE)]


@pytest.mark.parametrize(("locking", "single"), PAIRS)
def test_every_character_of_every_pair_of_tables_survives(locking, single):
    tables = gsm7.tables(locking, single)
    cells = {*national.LOCKING.get(locking, DEFAULT_LOCKING), *national.SINGLE.get(single, DEFAULT_SINGLE).values()}
    unsent = {national.SINGLE[single][code] for code in national.UNSENT.get(single, ())}

    for character in cells - {"\x1b"} - unsent:
        assert tables.decode(tables.encode(character)) == character


@pytest.mark.parametrize("language", national.LOCKING)
def test_a_locking_table_has_128_cells_with_escape_and_space_in_their_places(language):
    table = national.LOCKING[language]

    assert len(table) == 128
    assert table[0x1B] == "\x1b"
    assert table.index("\x1b") == 0x1B
    assert (table[0x0A], table[0x0D], table[0x20]) == ("\n", "\r", " ")
    filled = [character for character in table if character != " "]
    assert len(filled) == len(set(filled))


def test_all_languages_but_spanish_have_both_tables():
    assert set(national.SINGLE) == set(Language)
    assert set(national.LOCKING) == set(Language) - {Language.SPANISH}


@pytest.mark.parametrize("language", national.SINGLE)
def test_every_single_shift_table_holds_the_default_extension(language):
    assert national.SINGLE[language].items() >= DEFAULT_SINGLE.items()


@pytest.mark.parametrize(
    ("locking", "single", "codes", "character"),
    [
        *[pytest.param(language, 0, b"\x2c", ",", id=f"comma-{language}") for language in range(4, 14)],
        pytest.param(Language.KANNADA, 0, b"\x24", "\u0ca1", id="kannada-24"),
        pytest.param(0, Language.KANNADA, b"\x1b\x3c", "[", id="kannada-single-3c"),
        pytest.param(Language.MALAYALAM, 0, b"\x2e", ".", id="malayalam-2e"),
        pytest.param(0, Language.TELUGU, b"\x1b\x65", "€", id="telugu-single-65"),
        pytest.param(0, Language.TAMIL, b"\x1b\x24", "\u0bee", id="tamil-single-24"),
        pytest.param(0, Language.TELUGU, b"\x1b\x22", "\u0c6c", id="telugu-single-22"),
        pytest.param(0, Language.TELUGU, b"\x1b\x23", "\u0c6d", id="telugu-single-23"),
        pytest.param(0, Language.URDU, b"\x1b\x3f", "\u06d4", id="urdu-single-3f"),
        pytest.param(0, Language.BENGALI, b"\x1b\x19", "\u09e6", id="bengali-single-19"),
    ],
)
def test_disputed_cells_are_read_as_ruled(locking, single, codes, character):
    assert gsm7.tables(locking, single).decode(codes) == character


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (b"a\x1bAb", "aAb"),  # nothing behind ESC: the locking table's character
        (b"a\x1b\x1bb", "a b"),
        (b"\x1b\x1b\x1b\x28", " {"),
        (b"\x1b\x1b\x1b", "  "),
        (b"\x1b\x1b\x28", " ("),
        (b"a\x1b", "a "),
        (b"\x1b", " "),
        (b"\x1b\x65\x1b\x28", "€{"),
        (b"", ""),
    ],
)
def test_escapes_are_read_leniently(codes, text):
    assert gsm7.DEFAULT.decode(codes) == text


def test_a_missing_cell_behind_escape_shows_the_character_of_the_national_locking_table():
    assert gsm7.tables(Language.TURKISH, Language.TURKISH).decode(b"\x1b\x04") == "€"
    assert gsm7.tables(Language.HINDI, Language.HINDI).decode(b"\x1b\x61") == "a"


@pytest.mark.parametrize("language", [14, 100, 255])
def test_an_unknown_language_means_the_default_tables(language):
    assert gsm7.tables(language, language) is gsm7.DEFAULT


def test_spanish_has_only_a_single_shift_table():
    assert gsm7.tables(Language.SPANISH, 0) is gsm7.DEFAULT


def test_the_telugu_euro_is_read_and_never_written():
    with pytest.raises(EncodeError):
        gsm7.tables(0, Language.TELUGU).encode("€")


def test_a_character_outside_the_tables_is_named_in_the_error():
    with pytest.raises(EncodeError, match="'ş' is not in the GSM 7-bit alphabet") as caught:
        gsm7.DEFAULT.encode("aş")

    assert caught.value.field == "TP-UD"
    assert gsm7.DEFAULT.widths("aş") is None
    assert "ş" not in gsm7.DEFAULT


def test_escape_itself_cannot_be_written():
    with pytest.raises(EncodeError):
        gsm7.DEFAULT.encode("\x1b")


def test_widths_count_septets():
    assert gsm7.DEFAULT.widths("a€\f@") == [1, 2, 2, 1]


@given(st.lists(st.integers(0, 127)).map(bytes), st.sampled_from(PAIRS))
def test_any_septets_have_a_text_in_any_tables(codes, pair):
    text = gsm7.tables(*pair).decode(codes)

    assert "\x1b" not in text
    assert len(text) <= len(codes)
