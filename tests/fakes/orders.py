"""Plans and the like, as short as a test needs them."""

from decimal import Decimal

from bot.domain.ids import ModelId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Scalar
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.order import ValidatedRequest
from tests.fakes.oxen import IMAGE_MODEL, VIDEO_MODEL

# What no log and no exception may show. Spelled so that no other text contains it by chance.
PROMPT = "a heron that nobody may read about"
KEY = "key-that-nobody-may-read"


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
