from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clerkd.codec import concat, graphemes, gsm7, segment, udh
from clerkd.codec.errors import EncodeError
from clerkd.codec.national import Language
from clerkd.codec.userdata import USER_DATA_OCTETS
from clerkd.model.inbound import Concat
from clerkd.model.message import Encoding

FAMILY = "👨‍👩‍👧‍👦"  # seven code points, eleven units
FLAG = "🇨🇭"
ACCENTED = "e\u0301"
THUMB = "👍🏽"
HEART = "❤️"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

sendable = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
gsm = st.text("".join(gsm7.DEFAULT_LOCKING.replace("\x1b", "")) + "€{}[]~\\|^\f", max_size=500)
peoples = st.lists(
    st.sampled_from([FAMILY, FLAG, ACCENTED, THUMB, HEART, SCOTLAND, "я", "a", "😀", "각", "한", "नि"]), max_size=120
).map("".join)
texts = st.one_of(sendable, gsm, peoples)
bits = st.sampled_from([8, 16])


def pieces(text, **options):
    return [part.text for part in segment.split(text, reference=1, **options).parts]


@given(texts, st.integers(0, 65535), bits, st.lists(st.sampled_from(list(Language)), max_size=3))
def test_what_was_cut_is_whole_again_and_every_part_fits(text, reference, reference_bits, languages):
    reference &= (1 << reference_bits) - 1

    segments = segment.split(text, reference=reference, reference_bits=reference_bits, languages=languages)

    assert concat.join(part.text for part in segments.parts) == text
    total = len(segments.parts)
    for sequence, part in enumerate(segments.parts, 1):
        assert len(part.encode()) <= USER_DATA_OCTETS + 1
        assert part.encoding is segments.encoding
        assert part.concat == (Concat(reference, reference_bits, total, sequence) if total > 1 else None)


@given(texts, bits, st.lists(st.sampled_from(list(Language)), max_size=2))
def test_a_text_measures_what_it_is_cut_into(text, reference_bits, languages):
    measured = segment.measure(text, reference_bits=reference_bits, languages=languages)
    segments = segment.split(text, reference=0, reference_bits=reference_bits, languages=languages)

    assert measured.segments == len(segments.parts)
    assert measured.encoding is segments.encoding
    assert (measured.forced_by is None) is (measured.encoding is Encoding.GSM7)
    assert measured.characters == len(graphemes.starts(text))
    assert measured.left >= 0


@given(peoples, bits)
def test_nothing_is_torn_unless_it_saves_a_segment(text, reference_bits):
    parts = pieces(text, reference_bits=reference_bits)

    begins = {*graphemes.starts(text), len(text)}
    torn = [index for index in range(1, len(parts)) if len("".join(parts[:index])) not in begins]
    if torn:
        assert segments_of_whole_graphemes(text, 67 if reference_bits == 8 else 66) > len(parts)


def segments_of_whole_graphemes(text, room):
    """Return how many segments whole graphemes need."""
    begins = [*graphemes.starts(text), len(text)]
    count, used = 1, 0
    for start, end in pairwise(begins):
        units = len(text[start:end].encode("utf-16-be")) // 2
        if used + units > room:
            count, used = count + 1, 0
        used += units
    return count


@pytest.mark.parametrize(
    ("text", "encoding", "count"),
    [
        ("", Encoding.GSM7, 1),
        ("a" * 160, Encoding.GSM7, 1),
        ("a" * 161, Encoding.GSM7, 2),
        ("a" * 306, Encoding.GSM7, 2),
        ("a" * 307, Encoding.GSM7, 3),
        ("a" * 152 + "{" + "a" * 152, Encoding.GSM7, 3),
        ("я" * 70, Encoding.UCS2, 1),
        ("я" * 71, Encoding.UCS2, 2),
        ("я" * 134, Encoding.UCS2, 2),
        ("я" * 135, Encoding.UCS2, 3),
        ("😀" * 35, Encoding.UCS2, 1),
        ("a" * 153 * 255, Encoding.GSM7, 255),
    ],
)
def test_the_limits_are_those_of_the_standard(text, encoding, count):
    segments = segment.split(text, reference=1)

    assert (segments.encoding, len(segments.parts)) == (encoding, count)


def test_a_16_bit_reference_costs_an_octet():
    assert [len(piece) for piece in pieces("a" * 304, reference_bits=16)] == [152, 152]
    assert [len(piece) for piece in pieces("я" * 132, reference_bits=16)] == [66, 66]


def test_an_escape_pair_moves_whole():
    assert pieces("a" * 152 + "€" + "b" * 10) == ["a" * 152, "€" + "b" * 10]


def test_a_surrogate_pair_moves_whole():
    assert pieces("я" * 66 + "😀" + "я" * 10) == ["я" * 66, "😀" + "я" * 10]


@pytest.mark.parametrize("character", [FAMILY, FLAG, ACCENTED, THUMB, HEART, SCOTLAND, "\u1112\u1161\u11ab"])
def test_what_people_see_as_one_character_moves_whole(character):
    assert pieces("я" * 66 + character + "я" * 10) == ["я" * 66, character + "я" * 10]


def test_a_character_is_torn_where_keeping_it_would_cost_a_segment():
    text = "я" * 66 + ACCENTED + "я" * 66  # 134 units: two full segments

    assert pieces(text) == ["я" * 66 + "e", "\u0301" + "я" * 66]


def test_a_character_longer_than_a_segment_is_cut():
    text = "я" + "e" + "\u0301" * 100

    assert [len(piece) for piece in pieces(text)] == [67, 35]


def test_flags_are_cut_between_pairs_of_letters():
    parts = pieces(FLAG * 40)

    assert all(len(part) % 2 == 0 for part in parts)
    assert graphemes.starts(FLAG * 3) == [0, 2, 4]


def test_graphemes_begin_where_people_see_them_begin():
    text = "a" + ACCENTED + FAMILY + THUMB + "b"

    starts = graphemes.starts(text)
    assert [text[i:j] for i, j in zip(starts, [*starts[1:], len(text)], strict=True)] == [
        "a",
        ACCENTED,
        FAMILY,
        THUMB,
        "b",
    ]
    assert graphemes.starts("\u0301a") == [0, 1]
    assert graphemes.starts("") == []


def test_more_than_255_segments_are_refused():
    with pytest.raises(EncodeError, match="256 segments"):
        segment.split("a" * (153 * 255 + 1), reference=1)
    assert segment.measure("a" * (153 * 255 + 1)).segments == 256


@pytest.mark.parametrize(("reference", "size"), [(256, 8), (-1, 8), (65536, 16), (1, 9)])
def test_a_reference_that_does_not_fit_is_refused_even_for_one_segment(reference, size):
    with pytest.raises(EncodeError):
        segment.split("a", reference=reference, reference_bits=size)


@pytest.mark.parametrize("text", ["\ud83d", "a\ude00b", "я" * 70 + "\ud83d"])
def test_half_a_surrogate_pair_is_refused(text):
    with pytest.raises(EncodeError, match="half a surrogate pair"):
        segment.split(text, reference=1)
    with pytest.raises(EncodeError):
        segment.measure(text)


def test_a_message_class_is_written_in_every_part():
    for text in ("a" * 200, "я" * 100):
        assert {part.message_class for part in segment.split(text, reference=1, message_class=0).parts} == {0}


def test_a_measure_tells_what_forces_unicode():
    assert segment.measure("naïve ş") == segment.Measure(Encoding.UCS2, 7, 7, 1, 63, "ï")
    assert segment.measure("a" + FAMILY).forced_by == FAMILY
    assert segment.measure("a" + ACCENTED + "b").forced_by == ACCENTED
    assert segment.measure("ab😀").forced_by == "😀"


def test_a_measure_counts_characters_units_and_what_is_left():
    assert segment.measure("Hello €") == segment.Measure(Encoding.GSM7, 7, 8, 1, 152, None)
    assert segment.measure("a" * 161) == segment.Measure(Encoding.GSM7, 161, 161, 2, 145, None)
    assert segment.measure(FAMILY) == segment.Measure(Encoding.UCS2, 1, 11, 1, 59, FAMILY)
    assert segment.measure("") == segment.Measure(Encoding.GSM7, 0, 0, 1, 160, None)


def test_national_tables_are_used_only_where_they_save_segments():
    short, long = "ş" * 60, "ş" * 75

    assert segment.split(short, reference=1, languages=[Language.TURKISH]).encoding is Encoding.UCS2
    segments = segment.split(long, reference=1, languages=[Language.TURKISH])
    assert segments.encoding is Encoding.GSM7
    assert udh.languages(segments.parts[0].header) == (0, Language.TURKISH)
    assert segment.split(long, reference=1).encoding is Encoding.UCS2


def test_the_locking_table_is_used_where_the_single_shift_table_would_cost_more():
    segments = segment.split("ş" * 150, reference=1, languages=[Language.TURKISH])

    assert len(segments.parts) == 1
    assert udh.languages(segments.parts[0].header) == (Language.TURKISH, 0)


def test_both_tables_are_used_where_both_are_needed():
    segments = segment.split("नमस्ते नमस्ते १ " * 9, reference=1, languages=[Language.TURKISH, Language.HINDI])

    assert udh.languages(segments.parts[0].header) == (Language.HINDI, Language.HINDI)
    assert segments.parts[0].concat.total == 2


@example("€" * 80, 2)
@given(gsm, st.integers(1, 13))
def test_languages_change_nothing_about_a_text_in_the_default_alphabet(text, language):
    assert segment.split(text, reference=1, languages=[language]) == segment.split(text, reference=1)
