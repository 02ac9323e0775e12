"""Instants: aware datetimes in the code, whole unix milliseconds in the tables, and nothing lost between."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock import SystemClock, from_millis, to_millis

MILLIS = st.integers(-62_135_596_800_000, 253_402_300_799_999)  # the years 1 to 9999
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2900, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds have none


@given(MILLIS)
def test_millis_survive_the_way_to_a_moment_and_back(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


@given(MOMENTS)
def test_a_moment_loses_less_than_a_millisecond_and_never_moves_forward(moment: datetime) -> None:
    stored = from_millis(to_millis(moment))
    assert timedelta(0) <= moment - stored < timedelta(milliseconds=1)
    assert stored.utcoffset() == timedelta(0)


@given(MOMENTS, MOMENTS)
def test_millis_sort_as_the_moments_do(one: datetime, other: datetime) -> None:
    if one <= other:
        assert to_millis(one) <= to_millis(other)


def test_a_known_moment() -> None:
    assert to_millis(datetime(2026, 11, 20, 9, 0, 0, 123_999, tzinfo=UTC)) == 1_795_165_200_123


def test_the_system_clock_knows_that_it_is_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
