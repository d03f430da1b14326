import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec.segment import split
from clerkd.core.desk.answers import DEFAULTS, AnswerTexts
from clerkd.core.desk.keywords import HELP, START, STOP, Meaning, read_keyword

ALL = [
    (word, meaning, language)
    for meaning, table in ((Meaning.STOP, STOP), (Meaning.START, START), (Meaning.HELP, HELP))
    for language, words in table.items()
    for word in words
]
DECORATION = st.text(st.sampled_from(" .,!?\"'“”«»…-_*\n\t🙏👍🏽❤️()"), max_size=6)


def heard(text, *, opted_out=False):
    found = read_keyword(text, opted_out=opted_out)
    return None if found is None else found.meaning


@pytest.mark.parametrize(("word", "meaning", "language"), ALL)
def test_every_keyword_is_heard_in_its_language(word, meaning, language):
    found = read_keyword(word, opted_out=False)
    assert (found.meaning, found.language) == (meaning, language)


@given(st.sampled_from(ALL), DECORATION, DECORATION, st.sampled_from([str.lower, str.title, str.upper, str.swapcase]))
def test_case_punctuation_quotes_and_emoji_do_not_matter(entry, before, after, case):
    word, meaning, _ = entry
    assert heard(before + case(word) + after) is meaning


@given(st.sampled_from(ALL))
def test_width_and_accents_do_not_matter(entry):
    word, meaning, _ = entry
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word)
    assert heard(wide) is meaning
    assert heard(unicodedata.normalize("NFD", word)) is meaning


@given(st.sampled_from(ALL), st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8))
def test_a_keyword_with_anything_else_does_not_act_by_itself(entry, more):
    word, _, _ = entry
    assert heard(f"{word} {more} and so on and on") in {None, Meaning.PERHAPS_STOP} or any(
        "".join(one.split()).lower() in f"{word}{more}andsoonandon".lower() for one, _, _ in ALL
    )


@given(st.text(max_size=300))
def test_any_text_can_be_asked_about(text):
    for opted_out in (False, True):
        read_keyword(text, opted_out=opted_out)


@pytest.mark.parametrize(
    "text",
    [
        "Stop it please", "STOP texting me!", "please opt me out of this list", "Remove me", "leave me alone, ok?",
        "ya no más, gracias", "cancel my subscription", "Por favor no me escriban",
        "Stop sending me these messages, really",
    ],
)  # fmt: skip
def test_what_sounds_like_it_is_put_before_people(text):
    assert heard(text) is Meaning.PERHAPS_STOP


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "🙂", "The bus stop is at the end of the road", "Stop by tomorrow at five, will you?", "Yes", "Oui",
        "Don't stop", "unstoppable", "I need help with my order", "Start at nine?", "s" * 500,
        "end of the week is fine by me",
    ],
)  # fmt: skip
def test_ordinary_texts_are_left_alone(text):
    assert heard(text) is None


@pytest.mark.parametrize("text", ["YES", "yes!", "Oui", "Sí"])
def test_yes_means_start_only_to_those_who_opted_out(text):
    assert heard(text, opted_out=True) is Meaning.START
    assert heard(text) is None


@pytest.mark.parametrize(("language", "kind"), DEFAULTS)
def test_each_answer_is_one_segment_of_the_default_alphabet(language, kind):
    text = AnswerTexts("Example Limited", "help@example.com").of(kind, language)
    found = split(text, reference=0)
    assert (len(found.parts), found.encoding.value) == (1, "gsm7")
    assert text.startswith("Example Limited: ")
    assert "{" not in text


def test_answers_can_be_changed_and_an_unknown_language_is_answered_in_english():
    texts = AnswerTexts("Acme", "", {("en", "stop"): "Bye from {business}"})
    assert texts.of("stop", "de") == "Bye from Acme: "
    assert "reply here" in texts.of("help", "en")
