"""Plans and the like, as short as a test needs them."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from bot.domain.ids import GuildId, ModelId, StyleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Scalar
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.order import ValidatedRequest
from bot.domain.orders.styles import Style
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL

# What no log and no exception may show. Spelled so that no other text contains it by chance.
PROMPT = "a heron that nobody may read about"
KEY = "key-that-nobody-may-read"
_STYLES = count(1)


def video_request(
    prompt: str = PROMPT, count: int = 1, model: str = VIDEO_MODEL, **parameters: Scalar
) -> ValidatedRequest:
    return ValidatedRequest(
        kind=MediaKind.VIDEO,
        model_id=ModelId(model),
        model_name="Kling 2.6 Pro",
        prompt=prompt,
        parameters=parameters,
        count=count,
    )


def image_request(prompt: str = PROMPT, count: int = 1) -> ValidatedRequest:
    return ValidatedRequest(
        kind=MediaKind.IMAGE,
        model_id=IMAGE_MODEL,
        model_name="FLUX.2 klein",
        prompt=prompt,
        parameters={},
        count=count,
    )


def at(usd: Decimal | str | None, source: EstimateSource = EstimateSource.LISTED) -> Estimate | None:
    """The estimate of an output with this price; None: nobody has estimated it."""
    return Estimate.of_price(Decimal(usd), source) if usd is not None else None


def styled(name: str = "oil", *, owner: UserId, **more: Any) -> Style:
    """A style that `owner` has saved once."""
    given = {"saved_by": owner or UserId(7), "saved_at": datetime(2026, 1, 1, 12, tzinfo=UTC), **more}
    return Style(id=StyleId(f"{next(_STYLES):024}"), guild_id=GuildId(2**62), owner_id=owner, name=name, **given)
