"""Templates: what is filled in, what blocks, and what is no template."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model.template import (
    VARIABLES,
    BadTemplate,
    MissingVariable,
    Variable,
    check_template,
    fill,
    variables,
)


def test_variables_are_replaced_and_defaults_used_where_nothing_is_known():
    body = "Hello {first_name|there}, {my_name} from {company|our shop} here"
    assert fill(body, {"my_name": "Dana"}) == "Hello there, Dana from our shop here"
    assert fill(body, {"my_name": "Dana", "first_name": "Ann"}) == "Hello Ann, Dana from our shop here"
    assert variables(body)[0] == Variable("first_name", "there")


def test_a_blank_value_is_not_known_and_an_empty_default_is_a_default():
    assert fill("Hi {first_name|}!", {"first_name": "  "}) == "Hi !"
    with pytest.raises(MissingVariable):
        fill("Hi {first_name}!", {"first_name": "  "})


def test_all_that_is_missing_is_said_at_once_in_words():
    with pytest.raises(MissingVariable) as missing:
        fill("{first_name} {company} {first_name}", {})
    assert missing.value.details["names"] == ["first_name", "company"]
    assert "the contact's first name" in missing.value.message


def test_values_are_never_read_as_templates():
    assert fill("Hi {name}", {"name": "{company}"}) == "Hi {company}"


def test_double_braces_are_braces():
    assert fill("{{name}} is {name}", {"name": "Ann"}) == "{name} is Ann"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("Hello {frist_name}", "did you mean {first_name}"),
        ("Hello {First Name}", "did you mean {first_name}"),
        ("Hello {zzz}", "there are {first_name}"),
        ("Hello {name", "stands alone"),
        ("Hello name}", "stands alone"),
        ("Hello {}", "there are"),
    ],
)
def test_what_is_almost_a_variable_is_refused_with_what_to_do(body, hint):
    with pytest.raises(BadTemplate) as bad:
        check_template("greeting", body)
    assert hint in bad.value.message
    assert bad.value.details["field"] == "body"


@pytest.mark.parametrize("name", ["", "   ", "n" * 76])
def test_a_name_has_a_length(name):
    with pytest.raises(BadTemplate) as bad:
        check_template(name, "text")
    assert bad.value.details["field"] == "name"


@given(st.text(max_size=80))
def test_any_text_is_a_template_once_its_braces_are_doubled(text):
    assert fill(text.replace("{", "{{").replace("}", "}}"), {}) == text


@given(st.text(max_size=60), st.dictionaries(st.sampled_from(sorted(VARIABLES)), st.text(max_size=5)))
def test_filling_gives_a_text_or_says_why_not(body, values):
    with contextlib.suppress(BadTemplate, MissingVariable):
        assert isinstance(fill(body, values), str)
