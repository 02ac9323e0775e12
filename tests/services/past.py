"""A guild's past, made of orders as the services make them: accepted, sent, ended, charged."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.domain.ids import GuildId, OrderId, UserId
from bot.domain.orders.generation import GenerationState, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.rules.policy import GuildPolicy
from tests.fakes.orders import at
from tests.services.kit import Services
from tests.store.kit import Store

GUILD, OTHER_GUILD = GuildId(100), GuildId(200)
ANNE, BERT, NEVER = UserId(11), UserId(12), UserId(13)
S = GenerationState


@dataclass
class Past:
    """Everything happens at the moment of the test's clock."""

    services: Services

    def __post_init__(self) -> None:
        self.db, self.clock = self.services.db, self.services.clock
        self.store = Store(self.db, self.clock)  # type: ignore[arg-type]
        engine, rows = self.services.engine, self.services.engine.rows
        self.policies, self.ledger, self.notices, self.reports = rows.policies, rows.ledger, rows.notices, rows.reports
        self.report_service, self.order_history = engine.report_service, engine.order_history
        self.weekly = self.services.background.weekly_summary

    async def rule(self, guild: GuildId = GUILD, **rules: Any) -> GuildPolicy:
        return await self.services.rules(guild, **rules)

    async def accepted(
        self, by: UserId = ANNE, usd: str | None = "0.35", outputs: int = 1, model: str = "Kling", **given: Any
    ) -> OrderRecord:
        order = self.store.order(outputs, guild=given.pop("guild", GUILD), by=by, **given)
        validated = replace(order.request, estimate=at(usd), model_name=model, model_id=model)  # type: ignore[arg-type]
        return await self.store.orders.accept(replace(order, request=validated))

    async def made(
        self,
        state: GenerationState = S.SUCCEEDED,
        took: timedelta = timedelta(seconds=60),
        reason: Reason | None = None,
        **given: Any,
    ) -> OrderId:
        """An order that is over, all of it in `state`; afterwards it is as late as before."""
        record = await self.accepted(**given)
        order_id, began = record.order.id, self.clock.now()
        await self.store.orders.mark_sending(order_id, began)
        remote = [f"remote-{one.id}" for one in record.generations]
        await self.store.orders.adopt(order_id, remote, began, complete=True)  # type: ignore[arg-type]
        for one in record.generations:
            await self.store.generations.settle(one.id, Outcome(state=state, reason=reason), began + took)
        return order_id

    async def wordless(self, order_id: OrderId) -> None:
        """As a deletion leaves it."""

        def work(tx: Any) -> None:
            tx.execute(
                "UPDATE orders SET prompt = '', requester_id = 0, forgotten_at = 1 WHERE id = :id", {"id": order_id}
            )
            tx.execute("DELETE FROM tallies WHERE user_id = :id", {"id": ANNE})

        await self.db.write(work)
