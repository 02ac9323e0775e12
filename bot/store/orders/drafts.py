"""Orders that wait for a yes to their price. Each method is one transaction; `Orders.accept` ends what is confirmed."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.clock import from_millis, to_millis
from bot.domain.ids import ChannelId, GuildId, MessageId, ModelId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.draft import Draft, DraftState
from bot.domain.orders.order import Occasion, Order, Plan
from bot.domain.orders.payer import KeyId, Payer
from bot.store.database import Database
from bot.store.orders import inputs
from bot.store.statements import Row, Statements

_BATCH = 100


class Drafts:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._sql = Statements("drafts")

    async def open(self, draft: Draft) -> None:
        """Keeps it until somebody says yes or no, or it lapses."""
        order = draft.order
        await self._db.write(
            lambda tx: self._sql.run(
                tx,
                "open_draft",
                id=order.id,
                guild_id=order.occasion.guild_id,
                requester_id=order.occasion.requester_id,
                content=_dump(order),
                quote_micro_usd=_micro(order.plan.quote),
                before_micro_usd=_micro(draft.before),
                now=to_millis(order.created_at),
                lapses_at=to_millis(draft.lapses_at),
            )
        )

    async def get(self, draft_id: OrderId) -> Draft | None:
        """The draft, open or not; None when it never was, or was forgotten."""
        row = await self._db.read(lambda db: self._sql.one(db, "draft", id=draft_id))
        return to_draft(row) if row is not None else None

    async def price_anew(self, draft: Draft) -> bool:
        """The price has changed: the draft waits for a yes to the new one. False: it is not open any more."""
        row = await self._db.write(
            lambda tx: self._sql.one(
                tx,
                "price_anew",
                id=draft.order.id,
                quote_micro_usd=_micro(draft.order.plan.quote),
                before_micro_usd=_micro(draft.before),
                lapses_at=to_millis(draft.lapses_at),
            )
        )
        return row is not None

    async def end(self, draft_id: OrderId, state: DraftState, now: datetime) -> bool:
        """Withdrawn or lapsed. False: it was over already."""
        row = await self._db.write(
            lambda tx: self._sql.one(tx, "end_draft", id=draft_id, state=state, now=to_millis(now))
        )
        return row is not None

    async def waiting(self) -> list[tuple[OrderId, datetime]]:
        """Open drafts, each with the moment at which it lapses, soonest first."""
        rows = await self._db.read(lambda db: self._sql.all(db, "drafts_open", limit=_BATCH))
        return [(OrderId(row["id"]), from_millis(row["lapses_at"])) for row in rows]

    async def forget(self, before: datetime) -> int:
        """Deletes what ended before then; how many."""
        return await self._db.write(lambda tx: self._sql.run(tx, "forget_drafts", before=to_millis(before)))


def _dump(order: Order) -> str:
    occasion, plan = order.occasion, order.plan
    return json.dumps(
        {
            "channel_id": occasion.channel_id,
            "card_message_id": occasion.card_message_id,
            "locale": occasion.locale,
            "kind": plan.kind,
            "model_id": plan.model_id,
            "model_name": plan.model_name,
            "prompt": plan.prompt,
            "parameters": dict(plan.parameters),
            "count": plan.count,
            "inputs": inputs.dump(plan.inputs),
            "spoiler": plan.spoiler,
            "key_id": order.payer.key,
            "namespace": order.payer.namespace,
            "repeat_of": order.repeat_of,
        }
    )


def to_draft(row: Row) -> Draft:
    """A row of `drafts`."""
    said: dict[str, Any] = json.loads(row["content"])
    card, key, repeat_of = said["card_message_id"], said["key_id"], said["repeat_of"]
    occasion = Occasion(
        guild_id=GuildId(row["guild_id"]),
        channel_id=ChannelId(said["channel_id"]),
        requester_id=UserId(row["requester_id"]),
        locale=said["locale"],
        card_message_id=MessageId(card) if card is not None else None,
    )
    plan = Plan(
        kind=MediaKind(said["kind"]),
        model_id=ModelId(said["model_id"]),
        model_name=said["model_name"],
        prompt=said["prompt"],
        parameters=said["parameters"],
        count=said["count"],
        quote=_usd(row["quote_micro_usd"]),
        inputs=inputs.load(said["inputs"]),
        spoiler=said.get("spoiler", False),  # older rows do not say
    )
    order = Order(
        id=OrderId(row["id"]),
        occasion=occasion,
        plan=plan,
        payer=Payer(key=KeyId(key) if key is not None else None, namespace=said["namespace"]),
        created_at=from_millis(row["created_at"]),
        repeat_of=OrderId(repeat_of) if repeat_of is not None else None,
    )
    return Draft(
        order=order,
        lapses_at=from_millis(row["lapses_at"]),
        state=DraftState(row["state"]),
        before=_usd(row["before_micro_usd"]),
    )


def _micro(amount: Decimal | None) -> int | None:
    return to_micro(amount) if amount is not None else None


def _usd(micro: int | None) -> Decimal | None:
    return from_micro(micro) if micro is not None else None
