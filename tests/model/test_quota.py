from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.model.quota import Quota, QuotaStatus, zone_named

ZONES = (
    "UTC", "America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",
    "Africa/Cairo", "America/Sao_Paulo", "Asia/Beirut", "America/Havana", "Pacific/Kiritimati",
)  # fmt: skip
QUARTER_MS = 900_000

moments = st.integers(946_684_800_000, 946_684_800_000 + 60 * 365 * 86_400_000)  # 2000 to 2060
quotas = st.builds(Quota, st.integers(1, 10**6), st.integers(1, 31), st.sampled_from(ZONES))


def ms(text: str, zone: str = "UTC") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@given(quotas, moments)
def test_a_period_holds_its_moment_and_is_followed_by_the_next_without_gap(quota, now):
    found = quota.at(now)
    assert found.since <= now < found.until
    assert quota.at(found.since) == found
    assert quota.at(found.until - 1) == found
    assert quota.at(found.until).since == found.until


@given(quotas, moments)
def test_a_period_lasts_about_a_month(quota, now):
    found = quota.at(now)
    assert timedelta(days=27) < timedelta(milliseconds=found.until - found.since) < timedelta(days=33)


@given(quotas, moments)
def test_a_reset_is_the_first_moment_of_its_day_and_begins_a_quarter_of_an_hour(quota, now):
    since = quota.at(now).since
    zone = zone_named(quota.time_zone)
    day = datetime.fromtimestamp(since / 1000, zone).date()
    assert datetime.fromtimestamp(since / 1000 - 1, zone).date() != day
    assert day.day == min(quota.reset_day, day.day if quota.reset_day > 28 else 31)
    assert since % QUARTER_MS == 0


@pytest.mark.parametrize(
    ("day", "now", "since", "until"),
    [
        (1, "2024-02-29T23:59:59", "2024-02-01", "2024-03-01"),
        (31, "2023-02-15", "2023-01-31", "2023-02-28"),
        (31, "2023-02-28", "2023-02-28", "2023-03-31"),
        (31, "2024-02-28", "2024-01-31", "2024-02-29"),
        (30, "2023-04-30", "2023-04-30", "2023-05-30"),
        (15, "2023-12-31", "2023-12-15", "2024-01-15"),
        (15, "2024-01-01", "2023-12-15", "2024-01-15"),
    ],
)
def test_a_month_without_the_day_resets_on_its_last(day, now, since, until):
    found = Quota(1, day).at(ms(now))
    assert (found.since, found.until) == (ms(since), ms(until))


def test_a_reset_is_at_midnight_where_the_quota_says():
    zone = "America/Los_Angeles"
    quota = Quota(1, 1, zone)
    assert quota.at(ms("2026-11-15")).since == ms("2026-11-01T00:00", zone)  # still daylight saving time
    assert quota.at(ms("2026-11-15")).until == ms("2026-12-01T00:00", zone)
    assert quota.at(ms("2026-12-01T07:59")).until == ms("2026-12-01T08:00")


def test_a_midnight_that_a_clock_change_leaves_out_is_the_change():
    # Cairo went from 2025-04-25 00:00 to 01:00.
    found = Quota(1, 25, "Africa/Cairo").at(ms("2025-05-01"))
    assert (
        datetime.fromtimestamp(found.since / 1000, ZoneInfo("Africa/Cairo")).isoformat() == "2025-04-25T01:00:00+03:00"
    )


def test_what_is_left_is_never_negative():
    assert QuotaStatus(10, 12, 0, 0).left == 0
    assert QuotaStatus(10, 12, 5, 0).left == 3


def test_a_time_zone_that_does_not_exist_is_refused():
    for name in ("Europe/Nowhere", "../etc/passwd", "/etc/localtime", "", "a\0b"):
        with pytest.raises((ZoneInfoNotFoundError, ValueError, OSError)):
            zone_named(name)
