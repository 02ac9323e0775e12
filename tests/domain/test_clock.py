"""Instants: aware datetimes in the code, whole unix milliseconds in the tables, and nothing lost between."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.clock import (
    CONFIRMED_AFTER,
    SteadyClock,
    SystemClock,
    Waits,
    from_millis,
    rest_until,
    steady,
    to_millis,
)
from tests.cases import for_each
from tests.fakes.clock import START, ManualClock

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


@for_each(
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


# A clock that is wrong for a while.

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def known(clock: ManualClock) -> SteadyClock:
    """A steady clock that has been read twice, minutes apart."""
    steady_clock = SteadyClock(clock)
    clock.advance(CONFIRMED_AFTER)
    assert steady_clock.sure() == clock.now()
    return steady_clock


def test_a_clock_that_was_read_once_is_shown_and_decides_nothing() -> None:
    clock = ManualClock()
    one = SteadyClock(clock)
    clock.advance(CONFIRMED_AFTER - SECOND)
    assert (one.now(), one.sure(), one.passed(START)) == (clock.now(), None, False)
    clock.advance(SECOND)
    assert one.sure() == clock.now()
    assert one.passed(clock.now())
    assert not one.passed(clock.now() + SECOND)


@for_each("by", [DAY, -DAY, timedelta(minutes=1), timedelta(days=4000)])
def test_a_jump_is_followed_when_it_lasts(by: timedelta) -> None:
    clock = ManualClock()
    one = known(clock)
    right = clock.now()
    clock.jump(by)
    assert one.now() == one.sure() == right
    clock.advance(CONFIRMED_AFTER - SECOND)
    assert one.sure() == right + CONFIRMED_AFTER - SECOND
    clock.advance(SECOND)
    assert one.sure() == clock.now() == right + CONFIRMED_AFTER + by


def test_wrong_readings_with_right_ones_between_are_not_followed() -> None:
    clock = ManualClock()
    one = known(clock)
    for _ in range(5):
        clock.jump(DAY)
        one.now()
        clock.advance(CONFIRMED_AFTER)
        clock.jump(-DAY)
        assert one.sure() == clock.now()
        clock.advance(CONFIRMED_AFTER)


def test_a_clock_that_starts_wrong_is_put_right_at_once_and_believed_later() -> None:
    clock = ManualClock()
    clock.jump(DAY)
    one = SteadyClock(clock)
    clock.advance(seconds=5)
    clock.jump(-DAY)
    assert (one.now(), one.sure()) == (clock.now(), None)
    clock.advance(CONFIRMED_AFTER)
    assert one.sure() == clock.now()


def test_a_clock_that_runs_a_little_fast_is_followed() -> None:
    clock = ManualClock()
    one = known(clock)
    for _ in range(100):
        clock.advance(HOUR)
        clock.jump(SECOND)
        assert one.sure() == clock.now()


def test_a_steady_clock_is_made_once() -> None:
    one = SteadyClock(ManualClock())
    assert steady(one) is one


def test_what_is_due_is_waited_for_as_long_as_anybody_waits_at_most() -> None:
    clock = ManualClock()
    waits = Waits(SteadyClock(clock))
    for key, due in (("tomorrow", DAY), ("soon", SECOND), ("past", -DAY)):
        waits.left(key, START + due, timedelta(minutes=2))
    clock.jump(DAY)
    clock.advance(SECOND)
    assert waits.left("tomorrow", START + DAY, timedelta(minutes=2)) == timedelta(seconds=119)
    assert waits.left("soon", START + SECOND, timedelta(minutes=2)) == timedelta()
    assert waits.left("past", START - DAY, timedelta(minutes=2)) == timedelta()


def test_what_was_dated_by_a_clock_that_was_behind_is_waited_for_all_the_same() -> None:
    """Seen when it was new: a clock that is right again, and sure of it, makes it no older."""
    clock = ManualClock()
    waits = Waits(SteadyClock(clock))
    written = clock.now()
    assert not waits.over("new", written, DAY)
    clock.jump(timedelta(hours=27))
    for _ in range(23):
        clock.advance(HOUR)
        assert not waits.over("new", written, DAY)
    assert waits.over("old", written, DAY)
    clock.advance(HOUR)
    assert waits.over("new", written, DAY)


def test_a_wait_is_over_by_a_clock_that_is_sure_or_by_having_waited() -> None:
    clock = ManualClock()
    waits = Waits(known(clock))
    assert waits.over("old", clock.now() - HOUR, HOUR)
    assert not waits.over("of tomorrow", clock.now() + DAY, HOUR)
    clock.jump(DAY)
    assert not waits.over("young", clock.now() - DAY, HOUR)
    clock.advance(HOUR)
    assert waits.over("of tomorrow", clock.now() + DAY, HOUR)
    waits.drop("of tomorrow")
    waits.keep(["old"])
    assert not waits.over("of tomorrow", clock.now() + DAY, HOUR)
    assert not waits.over("young", clock.now() - HOUR + SECOND, HOUR)
