"""Instants: aware datetimes in the code, whole unix milliseconds in the tables, and nothing lost between."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock import SystemClock, from_millis, rest_until, to_millis

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


NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND, LONGEST = timedelta(seconds=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("due", "rest"),
    [
        (NOW + SECOND, SECOND),
        (NOW + LONGEST, LONGEST),
        (NOW, timedelta(0)),
        (NOW - SECOND, timedelta(0)),
        (NOW + LONGEST + SECOND, timedelta(0)),  # nobody puts anything that far ahead: the clock was set back
    ],
)
def test_a_rest_ends_when_something_is_due_and_a_clock_set_back_prolongs_none(due: datetime, rest: timedelta) -> None:
    assert rest_until(due, NOW, LONGEST) == rest


def test_what_only_has_to_pass_is_measured_with_a_clock_that_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)
