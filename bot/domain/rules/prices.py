"""Price lists that somebody wrote: the operator's file, and a server's own for what it pays itself.

One line for each model, each of them TOML by itself, so that a wrong one spoils no other:

    "nano-banana-2" = 0.04                        # USD for an image, or for a second of a video
    "wan-v2-7-text-to-video" = "$0.10"            # the same as a text
    "topazlabs-video-upscale" = { output = 0.30 } # for each output, whatever is asked for
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from bot.domain.models.catalogue import Catalogue, MediaKind
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.estimate import ABSURD, Estimate, EstimateSource

MOST_LINES = 2_000
_SHOWN = 60  # characters of a line that a complaint repeats
_BARE = re.compile(r"""\s*["']?(?P<name>[^"'\s=#\[][^"'=#]*?)["']?\s*[=:]\s*(?P<amount>.+?)\s*""")
_TEXT = re.compile(r"\s*(?:US)?\$?\s*(?P<amount>[^\s$]+)\s*(?P<currency>\D*?)\s*", re.IGNORECASE)
_USD = frozenset({"", "$", "usd", "us$", "dollar", "dollars"})
_UNITS = ("each", "image", "second", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """USD for an image or a second of video (`each`), or for an output whatever is asked for (`per_output`)."""

    usd: Decimal
    per_output: bool = False

    def estimate(self, kind: MediaKind, seconds: float, drivers: str) -> Estimate:
        """What an output of `kind` and so many `seconds` costs by it."""
        length = Decimal(1) if self.per_output or kind is MediaKind.IMAGE else Decimal(str(seconds))
        return Estimate.of_price(from_micro(to_micro(self.usd * length)), EstimateSource.SET, drivers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A line that was left out, or that names no model there is. `why` is a key of the texts `price-line-<why>`."""

    number: int
    line: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices by the model's id, and what could not be read. `lines` has the number and text of each price's line."""

    prices: Mapping[str, SetPrice] = field(default_factory=dict[str, SetPrice])
    complaints: Sequence[Complaint] = ()
    lines: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])

    def unknown(self, catalogue: Catalogue) -> list[Complaint]:
        """The lines whose models the catalogue does not have."""
        return [
            Complaint(number=self.lines[name][0], line=self.lines[name][1], why="model")
            for name in self.prices
            if catalogue.get(name) is None
        ]


def read_prices(text: str, catalogue: Catalogue | None = None) -> PriceList:
    """What the lines say. With a `catalogue`, models may be called by their names, and have to be in it."""
    prices: dict[str, SetPrice] = {}
    lines: dict[str, tuple[int, str]] = {}
    complaints: list[Complaint] = []
    for number, line in enumerate(text.splitlines()[:MOST_LINES], 1):
        shown = line.strip()[:_SHOWN]
        try:
            entry = _entry(line)
            if entry is None:
                continue
            name, price = entry
            name = _model_id(name, catalogue, prices)
        except _Wrong as wrong:
            complaints.append(Complaint(number=number, line=shown, why=str(wrong)))
        else:
            prices[name], lines[name] = price, (number, shown)
    return PriceList(prices=prices, complaints=complaints, lines=lines)


def write_prices(prices: Mapping[str, SetPrice]) -> str:
    """The lines that `read_prices` reads."""
    return "\n".join(
        f"{name} = {{ output = {price.usd} }}" if price.per_output else f"{name} = {price.usd}"
        for name, price in sorted(prices.items())
    )


class _Wrong(Exception):
    """Why a line cannot be taken."""


def _model_id(name: str, catalogue: Catalogue | None, taken: Collection[str]) -> str:
    """The id of the model that is called so; of one that has no price yet."""
    model = catalogue.named(name) if catalogue is not None else None
    if catalogue is not None and model is None:
        raise _Wrong("model")
    found = str(model.id) if model is not None else name
    if found in taken:
        raise _Wrong("twice")
    return found


def _entry(line: str) -> tuple[str, SetPrice] | None:
    """The line's model and price; None for one that is empty, a comment, or the head of a table."""
    bare = line.strip()
    if not bare or bare.startswith(("#", "[")):
        return None
    import tomllib

    try:
        read: dict[str, Any] = tomllib.loads(line, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        match = _BARE.fullmatch(line)  # a name without quotes, or an amount as people write it
        if match is None:
            raise _Wrong("shape") from None
        try:
            read = {match["name"]: tomllib.loads(f"x = {match['amount']}", parse_float=Decimal)["x"]}
        except tomllib.TOMLDecodeError:
            read = {match["name"]: match["amount"]}
    if len(read) != 1:
        raise _Wrong("shape")
    ((name, value),) = read.items()
    while isinstance(value, dict):  # a name with a dot in it is a table to TOML, as `wan-2.7`
        named = cast("dict[str, Any]", value)
        if len(named) != 1:
            raise _Wrong("shape")
        ((key, value),) = named.items()
        if key in _UNITS:
            return name, SetPrice(usd=_usd(value), per_output=key == "output")
        if "{" in line:
            raise _Wrong("shape")
        name = f"{name}.{key}"
    return name, SetPrice(usd=_usd(value))


def _usd(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Wrong("number")
    match = _TEXT.fullmatch(str(value))
    if match is None:
        raise _Wrong("number")
    if match["currency"].strip().lower() not in _USD:
        raise _Wrong("currency")
    try:
        usd = Decimal(match["amount"].replace(",", "."))
    except InvalidOperation:
        raise _Wrong("currency" if re.search(r"[€£¥]", match["amount"]) else "number") from None
    if not usd.is_finite():
        raise _Wrong("number")
    if usd < 0:
        raise _Wrong("negative")
    if usd > ABSURD:
        raise _Wrong("large")
    return usd
