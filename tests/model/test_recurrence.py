"""Texts that repeat: the wall clock counts, whatever the zone does to it."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model.recurrence import (
    BadRecurrence,
    Frequency,
    Recurrence,
    instant,
    local_time,
    next_times,
    next_turns,
    times,
)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia"]


def clock(text: str) -> datetime:
    """What a clock on the wall shows: a time without an offset."""
    return datetime.fromisoformat(text)


def walls(rule: Recurrence, limit: int = 5) -> list[str]:
    return [local_time(at, rule.zone).isoformat(sep=" ", timespec="minutes") for at in islice(times(rule), limit)]


@st.composite
def rules(draw):
    starts = draw(st.datetimes(clock("2020-01-01 00:00"), clock("2040-01-01 00:00"))).replace(second=0, microsecond=0)
    return Recurrence(
        draw(st.sampled_from(Frequency)),
        starts,
        draw(st.sampled_from(ZONES)),
        every=draw(st.integers(1, 12)),
        until=draw(st.none() | st.dates(starts.date(), date(2045, 1, 1))),
        count=draw(st.none() | st.integers(1, 60)),
    )


@given(rules())
def test_times_only_go_forward_and_end_where_the_rule_does(rule):
    found = list(islice(times(rule), 80))
    assert found
    assert all(one < other for one, other in pairwise(found))
    if rule.count is not None:
        assert len(found) <= rule.count
    if rule.until is not None:
        assert all(local_time(at, rule.zone).date() <= rule.until + timedelta(days=1) for at in found)


@given(rules())
def test_the_wall_clock_shows_the_same_time_unless_the_clocks_skipped_it(rule):
    for at in islice(times(rule), 40):
        local = local_time(at, rule.zone)
        if local.time() != rule.starts.time():
            wanted = datetime.combine(local.date(), rule.starts.time())
            back = (
                wanted.replace(tzinfo=ZoneInfo(rule.zone)).astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(rule.zone))
            )
            skipped = back.replace(tzinfo=None) != wanted
            assert skipped or local.date() != wanted.date()


@given(rules(), st.integers(0, 40))
def test_what_comes_next_is_the_same_wherever_one_looks_from(rule, index):
    found = list(islice(times(rule), 50))
    after = found[min(index, len(found) - 1)]
    assert next_times(rule, after=after, limit=3) == [at for at in found if at > after][:3] or len(found) == 50


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change():
    rule = Recurrence(Frequency.WEEKLY, clock("2027-03-15 09:00"), "Europe/Berlin", count=3)
    assert walls(rule) == ["2027-03-15 09:00", "2027-03-22 09:00", "2027-03-29 09:00"]
    first, second, third = times(rule)
    assert (second - first, third - second) == (168 * 3_600_000, 167 * 3_600_000)


def test_a_time_that_the_clocks_skip_is_an_hour_later_that_day():
    rule = Recurrence(Frequency.DAILY, clock("2027-03-27 02:30"), "Europe/Berlin", count=3)
    assert walls(rule) == ["2027-03-27 02:30", "2027-03-28 03:30", "2027-03-29 02:30"]


def test_a_time_that_comes_twice_counts_once_the_first_time():
    rule = Recurrence(Frequency.DAILY, clock("2026-10-24 02:30"), "Europe/Berlin", count=3)
    assert walls(rule) == ["2026-10-24 02:30", "2026-10-25 02:30", "2026-10-26 02:30"]
    first, second, third = times(rule)
    assert (second - first, third - second) == (24 * 3_600_000, 25 * 3_600_000)


def test_the_31st_is_the_last_day_of_shorter_months_and_the_31st_again_afterwards():
    rule = Recurrence(Frequency.MONTHLY, clock("2027-01-31 08:00"), "America/New_York")
    days = [wall[:10] for wall in walls(rule)]
    assert days == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_every_second_week_until_a_day_that_counts():
    rule = Recurrence(Frequency.WEEKLY, clock("2027-01-04 08:00"), "UTC", every=2, until=date(2027, 2, 1))
    assert [wall[:10] for wall in walls(rule)] == ["2027-01-04", "2027-01-18", "2027-02-01"]


def test_missed_times_are_passed_over_and_keep_their_number():
    rule = Recurrence(Frequency.DAILY, clock("2027-01-04 08:00"), "UTC", count=10)
    after = instant(clock("2027-01-08 12:00"), "UTC")
    assert next_turns(rule, after=after) == [(5, instant(clock("2027-01-09 08:00"), "UTC"))]
    assert next_turns(rule, after=instant(clock("2027-02-01 00:00"), "UTC")) == []


def test_a_rule_without_an_end_ends_with_the_calendar():
    rule = Recurrence(Frequency.MONTHLY, clock("9998-12-01 08:00"), "UTC")
    assert len(list(times(rule))) == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("every", {"every": 0}),
        ("count", {"count": 0}),
        ("until", {"until": date(2026, 12, 31)}),
        ("zone", {"zone": "Mars/Olympus"}),
        ("zone", {"zone": "../../etc/passwd"}),
        ("zone", {"zone": ""}),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(field, wrong):
    with pytest.raises(BadRecurrence) as refused:
        Recurrence(**({"frequency": Frequency.DAILY, "starts": clock("2027-01-01 09:00"), "zone": "UTC"} | wrong))
    assert refused.value.details["field"] == field
