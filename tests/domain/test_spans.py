"""Spans of a guild's calendar: midnights, changing clocks, years that end within a week."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rules.periods import Span, day_of, days_of, period_of, week_before, week_of
from tests.cases import for_each

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati"]
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@for_each(
    ("zone", "label", "start"),
    [
        ("UTC", "2026-W47", "2026-11-16T00:00"),
        ("Europe/Berlin", "2026-W48", "2026-11-22T23:00"),
        ("America/New_York", "2026-W47", "2026-11-16T05:00"),
    ],
)
def test_half_an_hour_before_midnight_it_is_another_week_elsewhere(zone: str, label: str, start: str) -> None:
    week = week_of(at("2026-11-22T23:30"), zone)
    assert (week.label, week.start) == (label, at(start))


@for_each(
    ("moment", "label"),
    [("2026-12-31T12:00", "2026-W53"), ("2027-01-03T12:00", "2026-W53"), ("2027-01-04T12:00", "2027-W01")],
)
def test_the_year_of_a_week_is_that_of_its_thursday(moment: str, label: str) -> None:
    assert week_of(at(moment), "UTC").label == label


def test_a_week_in_which_clocks_change_is_an_hour_longer() -> None:
    week = week_of(at("2026-10-25T12:00"), "Europe/Berlin")
    assert week.end - week.start == timedelta(days=7, hours=1)


def test_the_months() -> None:
    now = at("2026-03-01T03:00")
    assert period_of(Span.MONTH, now, "UTC").label == "2026-03"
    assert period_of(Span.LAST_MONTH, now, "UTC").label == "2026-02"
    assert period_of(Span.MONTH, now, "America/New_York").label == "2026-02"
    assert period_of(Span.LAST_MONTH, at("2026-01-15T00:00"), "UTC").label == "2025-12"
    assert period_of(Span.TODAY, now, "America/New_York").label == "2026-02-28"
    assert period_of(Span.WEEK, now, "UTC").label == "2026-W09"


@given(moment=moments, zone=st.sampled_from(ZONES), span=st.sampled_from(Span))
def test_a_span_consists_of_its_days(moment: datetime, zone: str, span: Span) -> None:
    period = period_of(span, moment, zone)
    days = days_of(period, zone)
    assert (days[0].start, days[-1].end) == (period.start, period.end)
    assert all(one.end == other.start for one, other in pairwise(days))
    assert (period.start <= moment < period.end) is (span is not Span.LAST_MONTH)
    if span is Span.WEEK:
        assert len(days) == 7


@given(moment=moments, zone=st.sampled_from(ZONES))
def test_the_week_before_ends_where_this_one_begins(moment: datetime, zone: str) -> None:
    assert week_before(moment, zone).end == week_of(moment, zone).start
    assert day_of(week_of(moment, zone).start, zone).start == week_of(moment, zone).start
