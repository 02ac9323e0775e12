"""Models where a member chooses one: searched for in the member's words, the operator's first, each on one line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from bot.chat.kit.context import InteractionContext
from bot.chat.kit.words import model_price
from bot.domain.models.catalogue import Catalogue, MediaKind, Model, ModelGroup
from bot.domain.models.choices import length_choices
from bot.domain.models.slots import InputKind
from bot.domain.orders.estimate import Estimate
from bot.texts import Texts

LINE = 100  # characters of a choice and of an option in a select (FACTS sections 1 and 2)
EVERYTHING = 100_000
_FEW = 3  # lengths that are listed one by one
_BETWEEN = len(" · ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSearch:
    """What a member of a guild finds. `cheap` and `fast` are words that say how a model should be, in every language;
    `price` is what an output costs with the model's default settings, `rank` which of the operator's models it is.
    """

    catalogue: Catalogue
    texts: Texts
    cheap: frozenset[str]
    fast: frozenset[str]
    price: Callable[[Model], Estimate]
    rank: Callable[[Model], int]

    @classmethod
    def of(cls, context: InteractionContext) -> "ModelSearch":
        """Raises `Refusal` while there is no catalogue."""
        services = context.services
        return cls(
            catalogue=services.catalogue_cache.require(),
            texts=context.texts,
            cheap=context.front_end.translations.words("search-cheap"),
            fast=context.front_end.translations.words("search-fast"),
            price=lambda model: services.estimator.estimate(context.guild_id, model),
            rank=services.order_service.rank,
        )

    def find(
        self, typed: str, kind: MediaKind | None = None, group: ModelGroup | None = None, *, by_price: bool = False
    ) -> list[Model]:
        """The models that fit what was typed: words of their names, and words for cheap and fast ones.

        Usual models first, or the cheapest where that was asked for; those without a price are last then.
        """
        words = typed.lower().split()
        names = [word for word in words if word not in self.cheap | self.fast]
        cheap, fast = not self.cheap.isdisjoint(words), not self.fast.isdisjoint(words)
        if names and fast and any(all(word in model.words for word in words) for model in self.catalogue):
            names, cheap, fast = words, False, False  # "Seedance 2.0 Fast" is a name
        found = self.catalogue.find(" ".join(names), kind, group, limit=EVERYTHING, rank=self.rank)
        if fast:
            found = [model for model in found if model.fast]
        if by_price or cheap:
            prices = {model.id: self.price(model) for model in found}
            found.sort(key=lambda model: (not prices[model.id].known, prices[model.id].usd))
        return found

    def line(self, model: Model) -> str:
        """Its name, what it takes and makes, its lengths and its price: as much as a line has room for."""
        about = self.about(model)
        while len(about) > 1 and len(model.name) + len(" · ".join(["", *about])) > LINE:
            del about[0]  # the price is last
        told = " · ".join(["", *about])
        return f"{model.name[: LINE - len(told)]}{told}"

    def about(self, model: Model) -> list[str]:
        """What it takes and makes, its lengths and its price, as far as there is something to say."""
        lengths = length_choices(model)
        few = ", ".join(map(str, lengths)) if len(lengths) <= _FEW else f"{lengths[0]}\N{EN DASH}{lengths[-1]}"
        parts = [_takes(model, self.texts)]
        if lengths:
            parts.append(self.texts("setting-seconds", seconds=few))
        price = self.price_words(model)
        return [*parts, price] if price else parts

    def price_words(self, model: Model) -> str:
        """What an output costs with the model's default settings, or a second, or at least; "" where nobody knows."""
        return model_price(model, self.price(model), self.texts) or ""


def _takes(model: Model, texts: Texts) -> str:
    """What it takes and makes: "text + image → video"; what it can do without is in brackets."""
    media = _media(texts)
    needed, further = [media["text"]] if model.takes_prompt else [], list[str]()
    for kind in dict.fromkeys(slot.kind for slot in model.slots):
        wanted = any(slot.kind is kind and model.has_to_have(slot) for slot in model.slots)
        (needed if wanted else further).append(media[kind.value])
    optional = f" ({', '.join(further)})" if further else ""
    makes = ", ".join(media[kind.value] for kind in MediaKind if kind in model.makes)
    return f"{' + '.join(needed)}{optional} → {makes}".strip()


@cache
def _media(texts: Texts) -> Mapping[str, str]:
    """What models take and make, in the reader's words."""
    return {kind: texts("medium", kind=kind) for kind in ("text", *InputKind)}
