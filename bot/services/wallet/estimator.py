"""What an order will cost, answered at once and from memory: by the price list, a list that somebody wrote, what was
charged before, or the ceiling of the guild's rules.

Autocomplete asks for a thousand models while a member types. What is decided by it is decided again when the order is
accepted (`bot.store.orders.orders`): there the rules of that moment set the ceiling.
"""

from collections.abc import Mapping, Sequence

from bot.domain.ids import GuildId, ModelId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.choices import default_settings
from bot.domain.models.parameters import Json
from bot.domain.orders.estimate import Estimate, cost_drivers, most_seconds, settings_of
from bot.domain.orders.inputs import Input
from bot.domain.orders.payer import Payer
from bot.domain.orders.validation import Pricer, listed
from bot.domain.rules.limits import ceiling_of
from bot.domain.rules.prices import SetPrice
from bot.services.wallet.billing import Billing
from bot.store.wallet.learnt import LearntCosts
from bot.store.wallet.policies import GuildPolicyRepository

_ByDefault = tuple[Model, Estimate | None, str, float]  # the model, its listed price, what drives its cost, its length


class Estimator:
    """`prices` are the operator's, by the model's id."""

    def __init__(
        self,
        policies: GuildPolicyRepository,
        billing: Billing,
        learnt: LearntCosts,
        prices: Mapping[str, SetPrice],
    ) -> None:
        self._policies = policies
        self._billing = billing
        self._learnt = learnt
        self._prices = prices
        self._by_default: dict[ModelId, _ByDefault] = {}  # worked out once for each model

    def estimate(
        self, guild_id: GuildId, model: Model, given: Mapping[str, Json] | None = None, inputs: Sequence[Input] = ()
    ) -> Estimate:
        """What one output of the model will cost in the guild, with these parameters and files, or its default ones.

        Always an amount that can be set aside. Where nothing is known of the price (`Estimate.known`), the guild's
        rules say whether the ceiling is enough, a manager has to agree, or nothing is ordered (`GuildPolicy.unpriced`).
        """
        by_list, drivers, seconds = self._of(model, given, inputs)
        if by_list is not None:
            return by_list
        policy, payer = self._policies.known(guild_id), self._billing.known(guild_id)
        kind = MediaKind.VIDEO if MediaKind.VIDEO in model.makes else MediaKind.IMAGE
        price = policy.prices.get(model.id) if payer != Payer() else None  # its own money alone
        price = price or self._prices.get(model.id)
        if price is not None:
            return price.estimate(kind, seconds, drivers)
        return self._learnt.find(payer, model.id, drivers) or ceiling_of(kind, seconds, policy, drivers)

    def has_budget(self, guild_id: GuildId) -> bool:
        """Whether the guild's money is limited."""
        policy = self._policies.known(guild_id)
        return policy.month_budget is not None or policy.day_budget is not None

    def pricer(self, guild_id: GuildId) -> Pricer:
        """The same, for the check of the guild's orders."""
        return lambda model, given, inputs: self.estimate(guild_id, model, given, inputs)

    def _of(
        self, model: Model, given: Mapping[str, Json] | None, inputs: Sequence[Input]
    ) -> tuple[Estimate | None, str, float]:
        if given is not None:
            settings = settings_of(model, given)
            drivers, seconds = cost_drivers(model, settings, inputs), most_seconds(model, settings, inputs)
            return listed(model, given, inputs), drivers, seconds
        known = self._by_default.get(model.id)
        if known is None or known[0] is not model:
            known = model, *self._of(model, default_settings(model), ())
            self._by_default[model.id] = known
        return known[1:]
