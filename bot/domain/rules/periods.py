"""Days, weeks and months of a guild, in the guild's own time zone, as instants."""

import enum
import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.clock import to_millis

QUARTER = timedelta(minutes=15)  # every zone's midnight is at one of these (tzdata since 1972)
_QUARTER_MILLIS = 900_000
_BACK = timedelta(hours=1)  # before a day's beginning lies the day before, however long either is
_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` until before `end`, UTC. `label` is its name in the guild's calendar: "2026-11", "2026-11-20"."""

    start: datetime
    end: datetime
    label: str


def day_of(at: datetime, zone: str) -> Period:
    """The guild's day in which `at` lies; 23 to 25 hours long where clocks change."""
    local = at.astimezone(_zone(zone)).date()
    return Period(start=_midnight(local, zone), end=_midnight(local + timedelta(days=1), zone), label=local.isoformat())


def month_of(at: datetime, zone: str) -> Period:
    """The guild's month in which `at` lies."""
    first = at.astimezone(_zone(zone)).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(start=_midnight(first, zone), end=_midnight(following, zone), label=f"{first:%Y-%m}")


def minute_of(at: datetime, zone: str) -> int:
    """Minutes since midnight on the guild's clock."""
    local = at.astimezone(_zone(zone))
    return local.hour * 60 + local.minute


def next_minute(at: datetime, minute: int, zone: str) -> datetime:
    """The next instant after `at` at which the guild's clock shows this minute of the day."""
    local = at.astimezone(_zone(zone))
    clock = time(minute // 60, minute % 60)
    today = _instant(local.date(), clock, zone)
    return today if today > at else _instant(local.date() + timedelta(days=1), clock, zone)


def quarter(at: datetime) -> int:
    """The quarter hour of an instant, counted from 1970."""
    return to_millis(at) // _QUARTER_MILLIS


def _midnight(day: date, zone: str) -> datetime:
    return _instant(day, time(), zone)


def _instant(day: date, clock: time, zone: str) -> datetime:
    """A time that the clocks skip is the moment of the change, or as long after it; one they show twice, the first."""
    return datetime.combine(day, clock, _zone(zone)).astimezone(UTC)


@functools.cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


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
