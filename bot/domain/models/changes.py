"""What is different between two catalogues: what came, what went, and what costs something else now."""

from dataclasses import dataclass
from decimal import Decimal

from bot.domain.models.catalogue import Catalogue, Model
from bot.domain.money import Pricing

_LONGEST = 300  # characters of a price list


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`repriced` has each model as it was and as it is."""

    new: tuple[Model, ...] = ()
    gone: tuple[Model, ...] = ()
    repriced: tuple[tuple[Model, Model], ...] = ()


def compare(before: Catalogue, after: Catalogue) -> Changes:
    """What changed from `before` to `after`, in the provider's order."""
    both = ((old, model) for model in after if (old := before.get(model.id)) is not None)
    return Changes(
        new=tuple(model for model in after if before.get(model.id) is None),
        gone=tuple(model for model in before if after.get(model.id) is None),
        repriced=tuple((old, model) for old, model in both if old.pricing != model.pricing),
    )


def price_list(pricing: Pricing | None) -> str:
    """All amounts (USD) on one line, for whoever reads the log: `second=0.07 720p=0.1`; "" for none."""
    if pricing is None:
        return ""
    single = {
        "image": pricing.per_image,
        "second": pricing.per_second,
        "audio": pricing.with_audio,
        "high": pricing.high_resolution,
    }
    grid = {f"{quality}/{size}": usd for quality, row in pricing.image_grid.items() for size, usd in row.items()}
    amounts: dict[str, Decimal | None] = {**single, **pricing.by_resolution, **grid}
    return " ".join(f"{name}={usd}" for name, usd in amounts.items() if usd is not None)[:_LONGEST]
