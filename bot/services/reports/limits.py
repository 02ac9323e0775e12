"""What members may still order: for whoever asks, and on the cards of those of whose limits little is left."""

from dataclasses import replace

from bot.domain.clock import Clock
from bot.domain.errors import Refusal
from bot.domain.ids import GuildId
from bot.domain.orders.left import Left, Per, Whose
from bot.domain.orders.order import OrderRecord, RequestContext
from bot.domain.orders.payer import Payer
from bot.domain.rules.limits import check_access
from bot.domain.rules.remaining import Remaining, least, limits_of
from bot.services.wallet.billing import Billing
from bot.store.orders.orders import Orders
from bot.store.wallet.policies import GuildPolicyRepository


class LimitsService:
    def __init__(self, orders: Orders, policies: GuildPolicyRepository, billing: Billing, clock: Clock) -> None:
        self._orders = orders
        self._policies = policies
        self._billing = billing
        self._clock = clock

    async def remaining(self, context: RequestContext) -> Remaining:
        """What the member may still order where they ask, and by which limits."""
        now, guild_id = self._clock.now(), context.guild_id
        checked, account = await self._orders.look(guild_id, context.requester_id, now)
        policy, standing = checked.policy, checked.standing
        refusal: Refusal | None = None
        try:
            channels = frozenset({context.channel_id, *context.within})
            check_access(context.requester_id, context.roles, channels, now, policy)
            self._billing.payer(guild_id, account)
        except Refusal as why:
            refusal = why
        limits = (*limits_of(policy, context.roles, standing, now), *await self._of_trial(guild_id))
        return Remaining(
            refusal=refusal,
            limits=limits,
            in_flight=standing.member_in_flight,
            allowance=policy.allowance(context.roles),
            running=policy.running,
        )

    async def noted(self, record: OrderRecord) -> OrderRecord:
        """The order with the limits of which little is left now: of each kind (orders, money) the one that ends first.

        An order that is over has nothing to say of them; where a server has set none, no row is read.
        """
        context = record.order.context
        policy = self._policies.known(context.guild_id)
        allowance = policy.allowance(context.roles)
        set_here = (policy.month_budget, policy.day_budget)
        own = (allowance.per_day, allowance.spend_per_day, allowance.spend_per_month)
        payer = record.order.payer
        if record.ended or not any(limit is not None for limit in (*set_here, *own, self._billing.trial_for(payer))):
            return record
        now = self._clock.now()
        checked, _ = await self._orders.look(context.guild_id, context.requester_id, now)
        limits = [*limits_of(checked.policy, context.roles, checked.standing, now)]
        limits += await self._of_trial(context.guild_id, payer)
        found = [least(one for one in limits if one.orders is orders and one.little) for orders in (True, False)]
        return replace(record, little=tuple(one for one in found if one is not None))

    async def _of_trial(self, guild_id: GuildId, payer: Payer | None = None) -> list[Left]:
        """What a trial leaves, if the guild is on one; `payer` pays for it, if that is known already."""
        trial = await self._billing.trial(guild_id, payer)
        return [Left(whose=Whose.TRIAL, per=Per.ALL, limit=trial[0], used=trial[1])] if trial is not None else []
