"""What a manager types into the forms of a guild's rules. Each function raises `Refusal` that says what would do."""

import difflib
import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal

from bot.domain.errors import Refusal
from bot.domain.rules.policy import QuietHours

MOST_USD = Decimal(1_000_000)  # a slip of the finger, not a budget
MOST_ORDERS = 10_000
_AMOUNT = re.compile(r"\$?\s*(\d{1,9}(?:[.,]\d{1,6})?)\s*(?:\$|usd)?", re.IGNORECASE)
_SEPARATED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})+")  # 1,000: a thousand to one reader, one to another
_HOURS = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|\u2013|to|bis)\s*(\d{1,2})(?::(\d{2}))?", re.IGNORECASE)
_SHOWN = 40
_SUGGESTED = 3
_ALIKE = 0.75  # of difflib
_LIKE_A_NAME = 5  # characters; shorter ones are abbreviations
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")  # as keyboards of telephones set them
_BLANKS = re.compile(r"\s+")
_AROUND_SLASH = re.compile(r"\s*[/\\]+\s*")
_NO_OFFSET = re.compile(
    r"|z|zulu|universal|ut|(?:etc/)?(?:uct|greenwich)|(?:etc/)?(?:utc|gmt|uct)?_?(?:[+\-\u00b1]?0{1,2}(?::?00)?)?"
)
_OFFSET = re.compile(r"(?:etc/)?(?:utc?|ut|gmt|uct|z)?_?(?:[+\-\u00b1]|plus|minus)?_?\d{1,2}(?:[:.,h]?\d{1,2})?_?h?")
_AREAS = frozenset(
    {
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil", "Canada", "Chile",
        "Europe", "Indian", "Mexico", "Pacific", "US",
    }
)  # fmt: skip
_COUNTRIES = frozenset(
    {
        "Cuba", "Egypt", "Eire", "GB", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein",
        "Libya", "NZ", "NZ-CHAT", "Navajo", "PRC", "Poland", "Portugal", "ROC", "ROK", "Singapore", "Turkey", "W-SU",
    }
)  # fmt: skip
# What is written on clocks and in mails, and a place for each that has that time; of several, all that are common.
_ABBREVIATIONS: Mapping[str, str] = {
    **dict.fromkeys(("est", "edt", "et", "est5edt"), "America/New_York"),
    **dict.fromkeys(("cst", "cdt", "ct", "cst6cdt"), "America/Chicago"),
    **dict.fromkeys(("mst", "mdt", "mt", "mst7mdt"), "America/Denver, America/Phoenix"),
    **dict.fromkeys(("pst", "pdt", "pt", "pst8pdt"), "America/Los_Angeles"),
    **dict.fromkeys(("akst", "akdt"), "America/Anchorage"),
    **dict.fromkeys(("ast", "adt"), "America/Halifax, America/Puerto_Rico"),
    **dict.fromkeys(("cet", "cest", "met", "mest", "mez", "mesz"), "Europe/Berlin, Europe/Paris"),
    **dict.fromkeys(("eet", "eest", "oez", "oesz"), "Europe/Athens, Europe/Kyiv"),
    **dict.fromkeys(("wet", "west"), "Europe/Lisbon"),
    **dict.fromkeys(("aest", "aedt"), "Australia/Sydney, Australia/Brisbane"),
    **dict.fromkeys(("acst", "acdt"), "Australia/Adelaide, Australia/Darwin"),
    **dict.fromkeys(("nzst", "nzdt"), "Pacific/Auckland"),
    "hst": "Pacific/Honolulu",
    "awst": "Australia/Perth",
    "bst": "Europe/London",
    "brt": "America/Sao_Paulo",
    "hkt": "Asia/Hong_Kong",
    "ist": "Asia/Kolkata, Europe/Dublin, Asia/Jerusalem",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "msk": "Europe/Moscow",
    "pkt": "Asia/Karachi",
    "sgt": "Asia/Singapore",
    "wib": "Asia/Jakarta",
}
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
        raise Refusal("amount-range", given=typed[:_SHOWN], max=MOST_USD)
    return value


def typed_amount(usd: Decimal) -> str:
    """What `amount` reads as exactly so much: "12.50"."""
    return f"{usd:.2f}" if usd == round(usd, 2) else f"{usd.normalize():f}"


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
    """The zone of a place, as the IANA spells it, whatever the case; "Berlin" is enough where one place is called so.

    Typed by what people mean: an offset (`GMT+2`, which POSIX reads the other way round) and an abbreviation (`EST`)
    say nothing of summer time, and are refused. "", `UTC` and `GMT` are UTC.
    """
    given = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    typed = _BLANKS.sub("_", _AROUND_SLASH.sub("/", given)).removeprefix("/").removesuffix("/")
    folded = typed.casefold()
    if _NO_OFFSET.fullmatch(folded):
        return "UTC"
    if _OFFSET.fullmatch(folded):
        raise Refusal("time-zone-offset", given=given[:_SHOWN])
    if folded in _ABBREVIATIONS:
        raise Refusal("time-zone-near", given=given[:_SHOWN], near=_ABBREVIATIONS[folded])
    places = _places()
    if folded in places:
        return places[folded]
    named = sorted(name for key, name in places.items() if key.endswith(f"/{folded}"))
    if len(named) == 1:
        return named[0]
    near = named or _nearest(folded, places)
    if not near:
        raise Refusal("time-zone", given=given[:_SHOWN])
    raise Refusal("time-zone-near", given=given[:_SHOWN], near=", ".join(near[:_SUGGESTED]))


@functools.cache
def _places() -> Mapping[str, str]:
    """The zones that are called after a place, by their folded names: no offsets, no abbreviations, no file names."""
    names = {name for name in zoneinfo.available_timezones() if name.partition("/")[0] in _AREAS or name in _COUNTRIES}
    return {name.casefold(): name for name in sorted(names)}


def _nearest(folded: str, places: Mapping[str, str]) -> list[str]:
    """Zones that are called almost so, by their whole names or by the last part of them; nearest first.

    A few letters are like everything, and most often an abbreviation: of those, what begins with them.
    """
    by_end: dict[str, str] = {}
    for key, name in places.items():
        if name.partition("/")[0] in _AREAS:
            by_end.setdefault(key.rpartition("/")[2], name)
    end = folded.rpartition("/")[2]
    if len(folded) < _LIKE_A_NAME:
        return [name for key, name in by_end.items() if key.startswith(folded)]
    close = difflib.get_close_matches(folded[:_SHOWN], places, n=_SUGGESTED, cutoff=_ALIKE)
    ends = difflib.get_close_matches(end[:_SHOWN], by_end, n=_SUGGESTED, cutoff=_ALIKE)
    return list(dict.fromkeys([*(by_end[key] for key in ends), *(places[key] for key in close)]))


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
