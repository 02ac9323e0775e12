"""What a manager types into the forms of a guild's rules. Each function raises `Refusal` that says what would do."""

import re
import zoneinfo
from decimal import Decimal

from bot.domain.errors import Refusal
from bot.domain.rules.policy import QuietHours

MOST_USD = Decimal(1_000_000)  # a slip of the finger, not a budget
MOST_ORDERS = 10_000
_AMOUNT = re.compile(r"\$?\s*(\d{1,9}(?:[.,]\d{1,6})?)\s*(?:\$|usd)?", re.IGNORECASE)
_SEPARATED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})+")  # 1,000: a thousand to one reader, one to another
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|\u2013|to|bis)\s*(\d{1,2})(?::(\d{2}))?", re.IGNORECASE)
_SHOWN = 40
_DAY = 24 * 60


def amount(text: str) -> Decimal | None:
    """USD: "25", "$12.50", "0,40 USD"; nothing typed is None. More than nothing, at most a million."""
    typed = text.strip()
    if not typed:
        return None
    match = _AMOUNT.fullmatch(typed)
    if match is None or _SEPARATED.fullmatch(match[1]):
        raise Refusal("amount", given=typed[:_SHOWN])
    value = Decimal(match[1].replace(",", "."))
    if not 0 < value <= MOST_USD:
        raise Refusal("amount-range", given=typed[:_SHOWN], max=int(MOST_USD))
    return value


def threshold(text: str) -> Decimal | None:
    """As `amount`, but nothing at all ("0") is a threshold too: then every order is asked about."""
    return Decimal(0) if re.fullmatch(r"\$?\s*0+(?:[.,]0+)?\s*\$?", text.strip()) else amount(text)


def whole(text: str, most: int = MOST_ORDERS) -> int | None:
    """A whole number from 1 to `most`; nothing typed is None."""
    typed = text.strip()
    if not typed:
        return None
    if not re.fullmatch(r"\d{1,9}", typed, re.ASCII) or not 1 <= int(typed) <= most:
        raise Refusal("whole-number", given=typed[:_SHOWN], max=most)
    return int(typed)


def time_zone(text: str) -> str:
    """The name of a time zone as the IANA spells it, whatever the case; "" is UTC."""
    typed = text.strip().replace(" ", "_") or "UTC"
    names = {name.casefold(): name for name in zoneinfo.available_timezones()}
    found = names.get(typed.casefold())
    if found is None:
        cities = sorted(name for name in names.values() if name.casefold().endswith(f"/{typed.casefold()}"))
        if len(cities) != 1:
            raise Refusal("time-zone", given=text.strip()[:_SHOWN])
        found = cities[0]
    return found


def quiet_hours(text: str) -> QuietHours | None:
    """Hours of the guild's day: "22-7", "22:30 - 06:00"; nothing typed is None."""
    typed = text.strip()
    if not typed:
        return None
    match = _HOURS.fullmatch(typed)
    if match is None:
        raise Refusal("quiet-hours", given=typed[:_SHOWN])
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    if start > _DAY or end > _DAY or start % _DAY == end % _DAY:
        raise Refusal("quiet-hours", given=typed[:_SHOWN])
    return QuietHours(start=start % _DAY, end=end % _DAY)


def _minute(hours: str, minutes: str | None) -> int:
    given = int(minutes or 0)
    return int(hours) * 60 + given if given < 60 else _DAY + 1  # noqa: PLR2004 - minutes of an hour
