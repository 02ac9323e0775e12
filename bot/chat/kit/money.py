"""Amounts of money as a person reads them."""

from decimal import Decimal

from bot.chat.kit.words import escape_markdown
from bot.domain.models.catalogue import Model
from bot.domain.money import cheapest
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE, GenerationState
from bot.domain.orders.order import OrderRecord, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.texts import Texts

_CENTS, _MOST = 2, 6  # digits behind the point
_NAMESPACE = 80  # characters


def dollars(amount: Decimal) -> str:
    """An amount in USD: "$0.35", with as many digits as it takes to be right, six at most."""
    exponent = amount.normalize().as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else _CENTS
    return f"${amount:.{min(max(_CENTS, digits), _MOST)}f}"


def model_price(model: Model, texts: Texts) -> str | None:
    """What one output costs with the model's usual settings, or a second, or at least; None when it is not known."""
    pricing = model.pricing
    price = model.quote({})
    if price is not None:
        return texts("price-each", price=dollars(price))
    if pricing is None:
        return None
    rates = [pricing.per_second] if pricing.per_second is not None else [*pricing.by_resolution.values()]
    if rates:
        return texts("price-second", price=dollars(min(rates)))
    least = cheapest(pricing, model.parameters) if pricing.image_grid else None
    return texts("price-from", price=dollars(least[0])) if least is not None else None


def price_line(validated: ValidatedRequest, texts: Texts) -> str:
    """What all outputs will cost, as far as that is known: in all, and for each."""
    if validated.quote is None:
        return texts("card-price-unknown")
    return texts(
        "card-price",
        price=dollars(validated.quote * validated.count),
        count=validated.count,
        each=dollars(validated.quote),
    )


def money_line(record: OrderRecord, texts: Texts) -> str:
    """What the order costs, or has cost once the provider told, and who pays."""
    validated = record.order.request
    unclear = any(g.reason in MAY_HAVE_BEEN_MADE for g in record.generations)
    made = unclear or any(g.state is GenerationState.SUCCEEDED for g in record.generations)
    if record.ended and (record.charged == 0 or not made):
        return texts("card-charged-nothing")
    parts = [
        price_line(validated, texts) if record.charged is None else texts("card-charged", price=dollars(record.charged))
    ]
    if record.ended and record.charged is None and unclear:
        parts.append(texts("card-unclear"))
    return " · ".join([*parts, payer_words(record.order.payer, texts)])


def payer_words(payer: Payer, texts: Texts) -> str:
    """What an order is paid from."""
    if payer.namespace is not None:
        return texts("card-paid-namespace", namespace=escape_markdown(payer.namespace, _NAMESPACE))
    return texts("card-paid-owner" if payer.key is None else "card-paid-key")
