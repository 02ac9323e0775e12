"""The spans of time that a guild looks back on, in its own time zone."""

import enum
from datetime import date, datetime, timedelta

from bot.domain.rules.periods import Period, day_of, month_of

_BACK = timedelta(hours=1)  # before a day's beginning lies the day before, however long either is
_DAYS = 7


class Span(enum.StrEnum):
    """What `/usage` can be asked about; each has a text `span-<name>`."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    LAST_MONTH = "last-month"


def period_of(span: Span, at: datetime, zone: str) -> Period:
    """The day, ISO week or month in which `at` lies, or the month before it."""
    match span:
        case Span.TODAY:
            return day_of(at, zone)
        case Span.WEEK:
            return week_of(at, zone)
        case Span.MONTH:
            return month_of(at, zone)
        case Span.LAST_MONTH:
            return month_of(month_of(at, zone).start - _BACK, zone)


def week_of(at: datetime, zone: str) -> Period:
    """The ISO week, from Monday to Sunday, in which `at` lies; its label is "2026-W47"."""
    monday = day_of(at, zone)
    for _ in range(date.fromisoformat(monday.label).weekday()):
        monday = day_of(monday.start - _BACK, zone)
    sunday = monday
    for _ in range(_DAYS - 1):
        sunday = day_of(sunday.end, zone)
    year, week, _ = date.fromisoformat(monday.label).isocalendar()
    return Period(start=monday.start, end=sunday.end, label=f"{year}-W{week:02}")


def week_before(at: datetime, zone: str) -> Period:
    """The last ISO week that was over at `at`."""
    return week_of(week_of(at, zone).start - _BACK, zone)


def days_of(period: Period, zone: str) -> list[Period]:
    """The days of which the period consists."""
    days = [day_of(period.start, zone)]
    while days[-1].end < period.end:
        days.append(day_of(days[-1].end, zone))
    return days
