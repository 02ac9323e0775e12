"""Days and months on the guild's own clock, across changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rules.periods import QUARTER, day_of, minute_of, month_of, next_minute, quarter
from tests.cases import for_each

ZONES = st.sampled_from(sorted(available_timezones()))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@for_each(("at", "hours"), [("2026-03-29T12:00", 23), ("2026-10-25T12:00", 25), ("2026-07-01T12:00", 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(at: str, hours: int) -> None:
    day = day_of(datetime.fromisoformat(f"{at}+00:00"), "Europe/Berlin")
    assert day.end - day.start == timedelta(hours=hours)
    assert day.label == at[:10]


def test_a_midnight_that_does_not_exist_is_the_moment_of_the_change() -> None:
    """Chile puts its clocks forward at midnight (tzdata, America/Santiago, September)."""
    day = day_of(datetime(2026, 9, 6, 12, tzinfo=UTC), "America/Santiago")
    assert day.start == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert day.end - day.start == timedelta(hours=23)


def test_the_months_end_is_the_guilds() -> None:
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert month_of(at, "UTC").label == "2026-12"
    assert month_of(at, "Asia/Tokyo").label == "2027-01"


@given(at=MOMENTS, zone=ZONES)
def test_every_moment_lies_in_its_day_and_month_which_begin_on_quarters(at: datetime, zone: str) -> None:
    day, month = day_of(at, zone), month_of(at, zone)
    assert month.start <= day.start <= at < day.end <= month.end
    assert day_of(day.end, zone).start == day.end
    for edge in (day.start, day.end, month.start, month.end):
        assert quarter(edge) == quarter(edge - QUARTER) + 1 == quarter(edge - timedelta(milliseconds=1)) + 1


@given(at=MOMENTS, zone=ZONES, minute=st.integers(0, 24 * 60 - 1))
def test_the_next_minute_lies_ahead_within_two_days(at: datetime, zone: str, minute: int) -> None:
    assert at < next_minute(at, minute, zone) <= at + timedelta(days=2, hours=2)


def test_minutes_are_those_of_the_guilds_clock() -> None:
    at = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    assert minute_of(at, "Europe/Berlin") == 23 * 60 + 30
    assert at.astimezone(ZoneInfo("Asia/Kathmandu")).minute == minute_of(at, "Asia/Kathmandu") % 60 == 15
