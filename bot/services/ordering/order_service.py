"""What members ask for: an order, a yes to its price, a cancellation, a look at the queue. The rows are written here,
work is done by the loops, which `wakeups` tells that there is some.
"""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.clock import SteadyClock, Waits
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, OrderId, UserId
from bot.domain.models.catalogue import Catalogue, MediaKind, Model
from bot.domain.orders.markup import NAMELESS, Names, plain_request, plain_validated
from bot.domain.orders.order import (
    Booked,
    ConfirmationState,
    GenerationRequest,
    Order,
    OrderRecord,
    PendingConfirmation,
    RequestContext,
    ValidatedRequest,
)
from bot.domain.orders.validation import Offered, listed, suggest, validate, with_seed
from bot.domain.rules.alternatives import WITH_ALTERNATIVES, nearest
from bot.domain.rules.drafts import draft_of
from bot.domain.rules.limits import Asks, Confirmed, PolicyInput, check_all, check_trial, policy_input
from bot.services.catalogue_cache import CatalogueCache
from bot.services.delivery.cards import ShownCards
from bot.services.policy import Timing
from bot.services.wakeups import AN_END, Topic, Wakeups
from bot.services.wallet.billing import Billing
from bot.services.wallet.estimator import Estimator
from bot.store.orders.confirmations import PendingConfirmations
from bot.store.orders.generations import Generations
from bot.store.orders.orders import AlreadyRepeated, ConfirmationOver, Orders, Unconfirmed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a member asked for, among the models that are `offered` to them. `agreed`: the price (USD of all outputs)
    that was on the button which they pressed; they are not asked about it again.
    """

    request: GenerationRequest
    offered: Offered
    agreed: Decimal | None = None


class OrderService:
    def __init__(
        self,
        *,
        orders: Orders,
        generations: Generations,
        confirmations: PendingConfirmations,
        shown_cards: ShownCards,
        billing: Billing,
        estimator: Estimator,
        catalogue_cache: CatalogueCache,
        preferred: Mapping[MediaKind, Sequence[str]],
        new_id: Callable[[], str],
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
        randbits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._randbits = randbits
        self._orders = orders
        self._generations = generations
        self._shown_cards = shown_cards
        self._confirmations = confirmations
        self._billing = billing
        self._estimator = estimator
        self._catalogue_cache = catalogue_cache
        self._preferred = preferred
        self._ranks = {name: rank for names in preferred.values() for rank, name in enumerate(names)}
        self._new_id = new_id
        self._clock = clock
        self._timing = timing
        self._waits = Waits(clock)  # for the yes to each pending confirmation
        self._wakeups = wakeups

    def validate(
        self, request: GenerationRequest, offered: Offered = lambda _: True, guild_id: GuildId | None = None
    ) -> ValidatedRequest:
        """The request, checked against its model; without one, by a model that is `offered`. From memory, at once.

        With the estimate of what it will cost in the guild; without a guild, by the provider's price list alone.
        Discord's markup in it that nobody has resolved becomes neutral words. Raises `Refusal`.
        """
        catalogue = self._catalogue_cache.require()
        price = self._estimator.pricer(guild_id) if guild_id is not None else listed
        defaults = self._defaults(request.kind, guild_id, catalogue)
        planned = validate(plain_request(request), catalogue, defaults, offered, price)
        return with_seed(planned, catalogue.get(planned.model_id), self._randbits)

    def draft(self, request: GenerationRequest, offered: Offered, guild_id: GuildId) -> GenerationRequest:
        """The cheap one that is ordered first. From memory. Raises `Refusal`."""
        full = self.validate(request, offered, guild_id)
        return draft_of(
            plain_request(request), full, self._catalogue_cache.require(), offered, self._estimator.pricer(guild_id)
        )

    def rank(self, model: Model) -> int:
        """Which one it is, from 0, of the models that the operator names for members who name none; the others come
        behind these.
        """
        return self._ranks.get(model.id, len(self._ranks))

    def _defaults(self, kind: MediaKind, guild_id: GuildId | None, catalogue: Catalogue) -> Sequence[str]:
        """The models for whoever names none: the operator's. Where there is a budget, those with a known price first;
        where none of them has one, the cheapest that has.
        """
        named = self._preferred[kind]
        if guild_id is None or not self._estimator.has_budget(guild_id):
            return named
        estimates = ((str(model.id), self._estimator.estimate(guild_id, model)) for model in catalogue.of_kind(kind))
        prices = {name: estimate.usd for name, estimate in estimates if estimate.known}
        known = [name for name in named if name in prices] or sorted(prices, key=prices.__getitem__)
        return [*known, *named]

    async def check(
        self,
        validated: ValidatedRequest,
        context: RequestContext,
        wanted: Wanted | None = None,
        others: Sequence[ValidatedRequest] = (),
    ) -> None:
        """Raises `Refusal` when nobody would pay for the order, or the guild's rules or limits forbid it.

        With `others`, it is about all of them together. For a quick answer: what is decided here may be different by
        the time the order is accepted, and is decided anew then. The refusal suggests the nearest order to what was
        `wanted` that would be accepted.
        """
        judge = await self._judge(context)
        try:
            judge(validated, *others)
        except Refusal as refusal:
            self._suggest(refusal, validated, context, wanted, judge)
            raise

    async def _judge(self, context: RequestContext) -> Callable[..., None]:
        """What raises a `Refusal` for orders that the guild's rules, limits or trial forbid together at this moment.

        Raises one itself when nobody would pay for any.
        """
        now = self._clock.now()
        checked, account = await self._orders.look(context.guild_id, context.requester_id, now)
        payer = self._billing.payer(context.guild_id, account)
        left = await self._billing.trial_left(context.guild_id, payer)

        def judge(*orders: ValidatedRequest) -> None:
            facts = [policy_input(order, context, now, self._model(order)) for order in orders]
            whole = check_all(facts, checked.policy, checked.standing)
            if left is not None:
                check_trial(whole.total.reserve, left)

        return judge

    def _suggest(
        self,
        refusal: Refusal,
        asked: ValidatedRequest,
        context: RequestContext,
        wanted: Wanted | None,
        judge: Callable[[ValidatedRequest], None],
    ) -> None:
        """Lets the refusal suggest the nearest order that would be accepted, if there is one."""
        if wanted is None or refusal.key not in WITH_ALTERNATIVES or refusal.values.get("left") == 0:
            return

        def accepts(order: ValidatedRequest) -> bool:
            try:
                judge(order)
            except Refusal:
                return False
            return True

        request, catalogue = plain_request(wanted.request), self._catalogue_cache.require()
        price = self._estimator.pricer(context.guild_id)
        found = nearest(request, asked, catalogue, wanted.offered, price, accepts)
        if found is not None:
            suggest(refusal, replace(request, model=asked.model_id), found.request, found.validated)

    async def check_repeat(self, order_id: OrderId, by: UserId, guild_id: GuildId, *, moderator: bool) -> int:
        """How many outputs of the order would be ordered again.

        Raises `Refusal` when `by` may not, none would, or the model is gone.
        """
        record = await self._orders.get(order_id)
        if record is None or record.order.context.guild_id != guild_id:
            raise Refusal("again-unknown")
        if by != record.order.context.requester_id and not moderator:
            raise Refusal("again-not-yours")
        if await self._orders.repeated(order_id):
            raise Refusal("again-already")
        if record.forgotten:
            raise Refusal("again-forgotten")
        missing = sum(g.worth_repeating for g in record.generations)
        if not missing or not record.ended:
            raise Refusal("again-not-yet" if missing else "again-nothing")
        if self._catalogue_cache.catalogue is not None and self._model(record.order.request) is None:
            self.validate(record.order.request.asked_again(record.generations[0].id), guild_id=guild_id)
        return missing

    async def may_be_paid_twice(self, order_id: OrderId) -> Booked | None:
        """What is booked of an order that may have been charged although it brought nothing; None for any other."""
        record = await self._orders.get(order_id)
        booked = record.booked if record is not None else None
        return booked if booked is not None and (booked.unclear is not None or booked.unknown) else None

    async def request_of(self, order_id: OrderId) -> ValidatedRequest | None:
        """What was ordered."""
        record = await self._orders.get(order_id)
        return record.order.request if record is not None else None

    async def repeat(
        self, order_id: OrderId, context: RequestContext, names: Names = NAMELESS
    ) -> OrderRecord | PendingConfirmation:
        """Places the order again for those of its outputs that failed; once, however often it is asked for.

        `names` are for an order from before ids became names. By today's price, rules and limits, as any order. The
        caller has asked `check_repeat`. Raises `Refusal`.
        """
        record = await self._orders.get(order_id)
        missing = sum(g.worth_repeating for g in record.generations) if record is not None else 0
        if record is None or not missing:
            raise Refusal("again-nothing")
        if record.forgotten:
            raise Refusal("again-forgotten")
        repeated = replace(plain_validated(record.order.request, names), count=missing)
        again = self._priced(repeated, context.guild_id)
        return await self.submit(again, context, repeat_of=order_id)

    async def submit(
        self,
        validated: ValidatedRequest,
        context: RequestContext,
        repeat_of: OrderId | None = None,
        wanted: Wanted | None = None,
        others: Sequence[ValidatedRequest] = (),
    ) -> OrderRecord | PendingConfirmation:
        """Accepts the order: when this returns it is in the rows, and will have one visible outcome.

        With `others` it is compared: all are accepted or none, their price is one, and so are their card and message.

        Where the guild wants its members asked about the price first, it returns a `PendingConfirmation`, which
        costs nothing and becomes an order by `confirm`. Raises `Refusal`, with a suggestion as `check` does.
        """
        payer = await self._billing.payer_of(context.guild_id)
        now, first = self._clock.now(), OrderId(self._new_id())
        orders: list[Order] = []
        for request in map(plain_validated, (validated, *others)):
            order = Order(
                id=first if not orders else OrderId(self._new_id()),
                context=context if not orders else replace(context, card_message_id=None),
                request=request if request.estimate is not None else self._priced(request, context.guild_id),
                payer=payer,
                created_at=now,
                repeat_of=repeat_of,
                compared_in=first if others else None,
            )
            orders.append(order)
        order, *further = orders
        facts = self._facts(order)
        if wanted is not None and wanted.agreed is not None:
            facts = replace(facts, confirmed=Confirmed(wanted.agreed))
        try:
            return await self._accept(order, facts, further)
        except Refusal as refusal:
            self._suggest(refusal, order.request, context, wanted, await self._judge(context))
            raise
        except Unconfirmed as asks:
            confirmation = self._to_confirm(order, further, asks, order.created_at)
            await self._confirmations.open(confirmation)
            self._left(confirmation)
            log.info("price to confirm", extra={"order": order.id, "guild": context.guild_id, "by": asks.asks.value})
            self._wakeups.notify(Topic.CONFIRMATION, Topic.NOTICE)  # somebody has to see to it that it lapses
            return confirmation

    async def confirm(
        self, confirmation_id: OrderId, context: RequestContext, *, manager: bool = False
    ) -> OrderRecord | PendingConfirmation:
        """The yes to the price: it becomes an order, once, however often it is pressed.

        The yes is the requester's, or that of a `manager` of the guild where they have to agree. `context` is that of
        the press: who, with which roles; the order keeps its place, card and requester. Price, payer, rules and limits
        are looked at anew: when the price has risen meanwhile, the confirmation comes back with the new one and waits
        again. Raises `Refusal`.
        """
        confirmation = await self._own_confirmation(confirmation_id, context, manager=manager)
        if confirmation.state is ConfirmationState.CONFIRMED:
            return await self._confirmed(confirmation_id)
        now = self._clock.now()
        self._check_open(confirmation)
        asked = confirmation.order.context
        if context.requester_id == asked.requester_id:
            asked = replace(asked, roles=context.roles, age_restricted=context.age_restricted, within=context.within)
        payer = await self._billing.payer_of(context.guild_id)
        order, *further = (
            replace(
                each,
                context=asked if each is confirmation.order else replace(asked, card_message_id=None),
                request=self._priced(plain_validated(each.request), context.guild_id),
                payer=payer,
                created_at=now,
            )
            for each in (confirmation.order, *confirmation.others)
        )
        told = confirmation.total
        facts = self._facts(order)
        if told is not None:  # an old question named no price
            by = Asks.MANAGER if confirmation.by_manager else Asks.REQUESTER
            facts = replace(facts, confirmed=Confirmed(told.usd, by))
        try:
            return await self._accept(order, facts, further, was_pending=True)
        except ConfirmationOver:
            return await self._confirmed(confirmation_id)
        except Unconfirmed as asks:
            before = told if confirmation.others else confirmation.order.request.estimate
            anew = replace(
                self._to_confirm(replace(confirmation.order, request=order.request), further, asks, now),
                before=before.usd if before is not None else None,
            )
            if not await self._confirmations.price_anew(anew):
                raise Refusal("confirmation-lapsed") from None
            self._left(anew)
            return anew

    async def withdraw(self, confirmation_id: OrderId, context: RequestContext, *, manager: bool = False) -> None:
        """The no of whoever was asked, or of the requester. Raises `Refusal` when it is not theirs, or too late."""
        confirmation = await self._pending(confirmation_id, context.guild_id)
        if context.requester_id != confirmation.order.context.requester_id:
            await self._own_confirmation(confirmation_id, context, manager=manager)
        if confirmation.state is ConfirmationState.WITHDRAWN:
            return
        self._check_open(confirmation)
        if not await self._confirmations.end(confirmation_id, ConfirmationState.WITHDRAWN, self._clock.now()):
            raise Refusal("confirmation-lapsed")

    async def cancel(
        self, order_id: OrderId, by: UserId, guild_id: GuildId, *, moderator: bool, only: GenerationId | None = None
    ) -> int:
        """Asks for the end of the order, or of `only` one of its generations; how many will be tried.

        Raises `Refusal` when it is not the person's to cancel, or over.
        """
        record = await self._orders.get(order_id)
        if record is None or record.order.context.guild_id != guild_id:
            raise Refusal("cancel-unknown")
        if by != record.order.context.requester_id and not moderator:
            raise Refusal("cancel-not-yours")
        chosen = [g for g in record.all_generations if only in (None, g.id)]
        if not chosen:
            raise Refusal("cancel-unknown")
        ids = [g.id for g in chosen if not g.state.ended and g.cancel_requested_by is None]
        if not ids:
            raise Refusal("cancel-over" if all(g.state.ended for g in chosen) else "cancel-already")
        noted = 0
        for each in dict.fromkeys(g.order_id for g in chosen):
            noted += await self._generations.want_cancelled(each, ids, by, self._clock.now())
        log.info("cancellation asked", extra={"order": order_id, "user": by, "count": noted})
        self._wakeups.notify(Topic.CANCELLATION, *AN_END)  # what was never sent is over
        return noted

    def card_shown(self, record: OrderRecord) -> None:
        """The person sees the card as it is in `record`."""
        if self._shown_cards.note(record):
            self._wakeups.notify(Topic.CARD)  # the order may have gone on meanwhile

    def card_missed(self) -> None:
        """The card could not be drawn: a loop does it."""
        self._wakeups.notify(Topic.CARD)

    async def queue(self, guild_id: GuildId, of: UserId | None = None) -> list[tuple[int, OrderRecord]]:
        """What is not over in the guild, each with its place: what runs, then what waits; only `of`'s own if given."""
        return await self._orders.queue(guild_id, of)

    async def _accept(
        self, order: Order, facts: PolicyInput, further: Sequence[Order] = (), *, was_pending: bool = False
    ) -> OrderRecord:
        trial = self._billing.trial_for(order.payer)
        others = [(each, replace(self._facts(each), trial=trial)) for each in further]
        try:
            record = await self._orders.accept(
                order, replace(facts, trial=trial), was_pending=was_pending, others=others
            )
        except AlreadyRepeated:
            raise Refusal("again-already") from None
        log.info(
            "order accepted",
            extra={
                "order": order.id,
                "guild": order.context.guild_id,
                "user": order.context.requester_id,
                "kind": order.request.kind.value,
                "model": order.request.model_id,
                "count": order.request.count,
                "namespace": order.payer.namespace,
            },
        )
        self._wakeups.notify(Topic.TO_SEND, of=order.context.guild_id)  # whoever placed it draws its card, and says so
        if self._estimator.has_budget(order.context.guild_id):
            self._wakeups.notify(Topic.NOTICE)  # perhaps a share of it is reached
        if order.payer.key is not None:
            self._wakeups.notify(Topic.KEY_IN_USE)
        return record

    def _facts(self, order: Order) -> PolicyInput:
        return policy_input(order.request, order.context, order.created_at, self._model(order.request))

    def _model(self, validated: ValidatedRequest) -> Model | None:
        catalogue = self._catalogue_cache.catalogue
        return catalogue.get(validated.model_id) if catalogue is not None else None

    def _priced(self, validated: ValidatedRequest, guild_id: GuildId) -> ValidatedRequest:
        """By what is known of prices now. Of a model that is not in the catalogue, the old estimate holds."""
        model = self._model(validated)
        if model is None:
            return validated
        estimate = self._estimator.estimate(guild_id, model, validated.parameters, validated.inputs)
        return replace(validated, estimate=estimate)

    def _to_confirm(
        self, order: Order, further: Sequence[Order], asks: Unconfirmed, now: datetime
    ) -> PendingConfirmation:
        """The question that the transaction has raised, by the estimates that it went by."""
        by_manager = asks.asks is Asks.MANAGER
        first, *others = (
            replace(each, request=replace(each.request, estimate=estimate))
            for each, estimate in zip((order, *further), asks.estimates, strict=True)
        )
        return PendingConfirmation(
            order=first,
            others=tuple(others),
            lapses_at=now + (self._timing.agreement if by_manager else self._timing.confirmation),
            by_manager=by_manager,
            above=asks.above,
        )

    async def _own_confirmation(
        self, confirmation_id: OrderId, context: RequestContext, *, manager: bool
    ) -> PendingConfirmation:
        """The pending confirmation. Raises `Refusal` unless this person may answer it."""
        confirmation = await self._pending(confirmation_id, context.guild_id)
        if confirmation.by_manager and not manager:
            raise Refusal("confirmation-manager")
        if not confirmation.by_manager and confirmation.order.context.requester_id != context.requester_id:
            raise Refusal("confirmation-not-yours")
        return confirmation

    async def _pending(self, confirmation_id: OrderId, guild_id: GuildId) -> PendingConfirmation:
        confirmation = await self._confirmations.get(confirmation_id)
        if confirmation is None or confirmation.order.context.guild_id != guild_id:
            raise Refusal("confirmation-unknown")
        return confirmation

    def _check_open(self, confirmation: PendingConfirmation) -> None:
        if confirmation.state is ConfirmationState.WITHDRAWN:
            raise Refusal("confirmation-withdrawn")
        if confirmation.state is not ConfirmationState.OPEN or not self._left(confirmation):
            raise Refusal("confirmation-lapsed")

    def _left(self, confirmation: PendingConfirmation) -> timedelta:
        """How long its requester may still say yes."""
        longest = self._timing.agreement if confirmation.by_manager else self._timing.confirmation
        return self._waits.left((confirmation.order.id, confirmation.lapses_at), confirmation.lapses_at, longest)

    async def _confirmed(self, confirmation_id: OrderId) -> OrderRecord:
        record = await self._orders.get(confirmation_id)
        if record is None:
            raise Refusal("confirmation-lapsed")
        return record
