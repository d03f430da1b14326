"""Time stamps and validity periods."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkd.codec import timestamp, validity
from clerkd.codec.errors import EncodeError
from clerkd.codec.reader import Reader
from clerkd.codec.validity import Absolute, Enhanced, Relative

quarters = st.integers(-79, 79).map(lambda count: timezone(count * timedelta(minutes=15)))
FIRST, LAST = datetime(1990, 1, 1), datetime(2089, 12, 31)  # noqa: DTZ001  bounds are naive in Hypothesis
moments = st.datetimes(FIRST, LAST, timezones=quarters).map(lambda moment: moment.replace(microsecond=0))


@given(moments)
def test_a_moment_survives_with_its_offset(moment):
    read = timestamp.decode(timestamp.encode(moment))

    assert read == moment
    assert read.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("32211332958522", "2023-12-31T23:59:58+05:30"),
        ("32211332958549", "2023-12-31T23:59:58-03:30"),
        ("32211332958591", "2023-12-31T23:59:58+04:45"),
        ("3221133295858c", "2023-12-31T23:59:58-12:00"),
        ("32211332958518", "2023-12-31T23:59:58-00:15"),
        ("32211332958508", "2023-12-31T23:59:58+00:00"),
        ("32211332958597", "2023-12-31T23:59:58+19:45"),
        ("89211332958500", "1998-12-31T23:59:58+00:00"),
        ("98211332958500", "2089-12-31T23:59:58+00:00"),
    ],
)
def test_zones_and_centuries_are_read(digits, text):
    assert timestamp.decode(bytes.fromhex(digits)).isoformat() == text


@pytest.mark.parametrize(
    "digits",
    ["00000000000000", "ffffffffffffff", "42309041507a00", "423090415070a0", "42319041507000", "42200341507000"],
)
def test_what_is_no_date_is_none(digits):
    assert timestamp.decode(bytes.fromhex(digits)) is None


def test_no_date_is_no_date():
    assert timestamp.decode(timestamp.NO_DATE) is None


@given(st.binary(min_size=7, max_size=7))
def test_any_seven_octets_are_a_moment_or_none(octets):
    moment = timestamp.decode(octets)

    assert moment is None or timestamp.decode(timestamp.encode(moment)) == moment


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 3, 9),  # noqa: DTZ001
        datetime(1989, 12, 31, tzinfo=UTC),
        datetime(2090, 1, 1, tzinfo=UTC),
        datetime(2024, 3, 9, tzinfo=timezone(timedelta(minutes=7))),
        datetime(2024, 3, 9, tzinfo=timezone(timedelta(hours=20))),
    ],
)
def test_a_moment_that_cannot_be_said_is_not_written(moment):
    with pytest.raises(EncodeError):
        timestamp.encode(moment)


@pytest.mark.parametrize(
    ("octet", "minutes"),
    [(0, 5), (11, 60), (143, 720), (144, 750), (167, 1440), (168, 2880), (196, 43200), (197, 50400), (255, 635040)],
)
def test_relative_periods_are_those_of_the_table(octet, minutes):
    assert validity.decode(validity.RELATIVE, Reader(bytes((octet,)))) == Relative(minutes)
    assert Relative(minutes).encode() == bytes((octet,))


@given(st.integers(0, 255))
def test_every_relative_octet_survives(octet):
    period = validity.decode(validity.RELATIVE, Reader(bytes((octet,))))

    assert period.encode() == bytes((octet,))


@given(st.integers(1, 635040))
def test_a_period_is_covered_by_the_next_step(minutes):
    period = Relative.covering(timedelta(minutes=minutes))

    assert period.minutes >= minutes
    below = period.encode()[0] - 1
    assert below < 0 or validity.decode(validity.RELATIVE, Reader(bytes((below,)))).minutes < minutes


def test_the_longest_period_stands_for_all_that_is_longer():
    assert Relative.covering(timedelta(days=1000)) == Relative(635040)
    assert Relative.covering(timedelta(hours=36)) == Relative(48 * 60)


@pytest.mark.parametrize("minutes", [0, 4, 6, 635041])
def test_minutes_between_the_steps_are_not_written(minutes):
    with pytest.raises(EncodeError):
        Relative(minutes).encode()


@given(moments)
def test_an_absolute_period_survives(moment):
    assert validity.decode(validity.ABSOLUTE, Reader(Absolute(moment).encode())) == Absolute(moment)


@pytest.mark.parametrize(
    ("digits", "period", "single_shot"),
    [
        ("018f0000000000", timedelta(hours=12), False),
        ("021e0000000000", timedelta(seconds=30), False),
        ("42050000000000", timedelta(seconds=5), True),
        ("03103254000000", timedelta(hours=1, minutes=23, seconds=45), False),
        ("03fa0000000000", None, False),
        ("00000000000000", None, False),
        ("07000000000000", None, False),
    ],
)
def test_enhanced_periods_are_read_and_kept(digits, period, single_shot):
    read = validity.decode(validity.ENHANCED, Reader(bytes.fromhex(digits)))

    assert (read.period, read.single_shot) == (period, single_shot)
    assert read.encode().hex() == digits


def test_seconds_are_written_in_the_enhanced_form():
    assert Enhanced.seconds(30).period == timedelta(seconds=30)
    assert Enhanced.seconds(30, single_shot=True).single_shot
    with pytest.raises(EncodeError):
        Enhanced.seconds(0)
    with pytest.raises(EncodeError):
        Enhanced(b"\0").encode()
