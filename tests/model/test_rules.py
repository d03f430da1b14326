import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.errors import InvalidNumber
from clerkd.model.message import OriginKind
from clerkd.model.rules import DndEntry, DndKind, OptOut, Standing, deciding_rule, read_pattern

AT = 1_700_000_000_000


@pytest.mark.parametrize(
    ("typed", "pattern", "kind"),
    [
        ("+14155550123", "+14155550123", "exact"),
        ("(415) 555-0123", "+14155550123", "exact"),
        ("+44 7700 900123", "+447700900123", "exact"),
        ("+1900*", "+1900*", "prefix"),
        ("+1 (900) *", "+1900*", "prefix"),
        ("acme", "ACME", "exact"),
        ("Big Shop*", "BIG SHOP*", "prefix"),
        ("Letters", "letters", "letters"),
        ("12345", "12345", "exact"),
    ],
)
def test_numbers_beginnings_and_names_are_read(typed, pattern, kind):
    assert read_pattern(typed, "US") == (pattern, DndKind(kind))


@pytest.mark.parametrize("typed", ["", "*", "+", "**", "a*b", "+1*9", "x" * 12, "<!channel>", "+999", "🙂"])
def test_what_would_match_everything_or_nothing_is_refused(typed):
    with pytest.raises(InvalidNumber):
        read_pattern(typed, "US")


@given(st.text(max_size=40))
def test_a_pattern_is_read_or_refused(text):
    try:
        pattern, kind = read_pattern(text, "US")
    except InvalidNumber:
        return
    assert read_pattern(pattern, "US") == (pattern, kind)
    assert pattern.strip("*+")


def test_do_not_disturb_holds_for_answers_too_an_opt_out_does_not():
    out = Standing(OptOut("+14155550123", AT, "STOP"))
    both = Standing(out.opt_out, DndEntry("1", "+1415*", DndKind.PREFIX, AT))
    assert deciding_rule(Standing(), OriginKind.API) is None
    assert deciding_rule(out, OriginKind.RULE) is None
    for kind in (OriginKind.API, OriginKind.SLACK, OriginKind.CLI):
        assert deciding_rule(out, kind).code == "policy.opted-out"
    for kind in OriginKind:
        assert deciding_rule(both, kind).code == "policy.do-not-disturb"
