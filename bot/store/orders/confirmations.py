"""Orders that wait for a yes to their price. Each method is one transaction; `Orders.accept` ends what is confirmed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from bot.domain.clock import from_millis, to_millis
from bot.domain.errors import Value
from bot.domain.ids import OXEN, ChannelId, GuildId, MessageId, ModelId, OrderId, ProviderName, RoleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.order import ConfirmationState, Order, PendingConfirmation, RequestContext, ValidatedRequest
from bot.domain.orders.payer import KeyId, Payer
from bot.store.database import Database, of_shards
from bot.store.records.guild_log import owe
from bot.store.rows import dump_inputs, dump_proper, load_inputs, load_proper
from bot.store.statements import Connection, Row, SqlValue, Statements

_SQL = Statements("confirmations")
_BATCH = 100


class Waiting(NamedTuple):
    """An open pending confirmation, with the moment at which it lapses."""

    id: OrderId
    lapses_at: datetime
    by_manager: bool


class PendingConfirmations:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def open(self, confirmation: PendingConfirmation) -> None:
        """Keeps it until somebody says yes or no, or it lapses. Where a manager has to, the log channel hears of it."""
        order = confirmation.order

        def work(tx: Connection) -> None:
            _SQL.run(
                tx,
                "open_confirmation",
                id=order.id,
                guild_id=order.context.guild_id,
                requester_id=order.context.requester_id,
                now=to_millis(order.created_at),
                **_columns(confirmation),
            )
            if confirmation.by_manager:
                _ask_managers(tx, confirmation)

        await self._db.write(work)

    async def get(self, confirmation_id: OrderId) -> PendingConfirmation | None:
        """The pending confirmation, open or not; None when it never was, or was forgotten."""
        row = await self._db.read(lambda db: _SQL.one(db, "confirmation", id=confirmation_id))
        return to_confirmation(row) if row is not None else None

    async def price_anew(self, confirmation: PendingConfirmation) -> bool:
        """The price has changed: it waits for a yes to the new one. False: it is not open any more."""

        def work(tx: Connection) -> bool:
            row = _SQL.one(tx, "price_anew", id=confirmation.order.id, **_columns(confirmation))
            if row is not None and confirmation.by_manager:
                _ask_managers(tx, confirmation)
            return row is not None

        return await self._db.write(work)

    async def end(self, confirmation_id: OrderId, state: ConfirmationState, now: datetime) -> bool:
        """Withdrawn or lapsed. False: it was over already."""
        row = await self._db.write(
            lambda tx: _SQL.one(tx, "end_confirmation", id=confirmation_id, state=state, now=to_millis(now))
        )
        return row is not None

    async def waiting(self) -> list[Waiting]:
        """Open pending confirmations, soonest first."""
        rows = await self._db.read(lambda db: _SQL.all(db, "confirmations_open", limit=_BATCH, **of_shards(self._db)))
        return [Waiting(OrderId(row["id"]), from_millis(row["lapses_at"]), bool(row["asks_managers"])) for row in rows]

    async def forget(self, before: datetime) -> int:
        """Deletes what ended before then; how many."""
        return await self._db.write(lambda tx: _SQL.run(tx, "forget_confirmations", before=to_millis(before)))


def _columns(confirmation: PendingConfirmation) -> dict[str, SqlValue]:
    """What may change while it is open."""
    estimate, before = confirmation.order.request.estimate, confirmation.before
    return {
        "content": _dump(confirmation),
        "quote_micro_usd": to_micro(estimate.reserve) if estimate is not None else None,
        "before_micro_usd": to_micro(before) if before is not None else None,
        "asks_managers": int(confirmation.by_manager),
        "lapses_at": to_millis(confirmation.lapses_at),
    }


def _ask_managers(tx: Connection, confirmation: PendingConfirmation) -> None:
    """The log channel hears, once, that somebody's order waits for a manager."""
    order, total = confirmation.order, confirmation.total
    values: dict[str, Value] = {
        "user": str(order.context.requester_id),
        "model": order.request.model_name,
        "price": total.reserve if total is not None else Decimal(0),
        "server": str(order.context.guild_id),
        "channel": str(order.context.channel_id),
        "message": str(order.context.card_message_id or ""),
    }
    owe(tx, order.context.guild_id, "agreement", f"agreement:{order.id}", values, order.created_at)


def _dump(confirmation: PendingConfirmation) -> str:
    order = confirmation.order
    context = order.context
    return json.dumps(
        {
            "channel_id": context.channel_id,
            "card_message_id": context.card_message_id,
            "locale": context.locale,
            **_dump_request(order.request),
            "compared": [
                {
                    "id": each.id,
                    "reserve": to_micro(each.request.estimate.reserve) if each.request.estimate is not None else None,
                    "estimate": _dump_estimate(each.request.estimate),
                    **_dump_request(each.request),
                }
                for each in confirmation.others
            ],
            "provider": order.payer.provider,
            "key_id": order.payer.key,
            "namespace": order.payer.namespace,
            "repeat_of": order.repeat_of,
            "estimate": _dump_estimate(order.request.estimate),
            # What the rules ask about the requester, for a yes of somebody else.
            "roles": sorted(context.roles) if confirmation.by_manager else [],
            "within": list(context.within),
            "age_restricted": context.age_restricted,
        }
    )


def _dump_request(validated: ValidatedRequest) -> dict[str, Any]:
    return {
        "kind": validated.kind,
        "model_id": validated.model_id,
        "model_name": validated.model_name,
        "prompt": validated.prompt,
        "parameters": dict(validated.parameters),
        "count": validated.count,
        "inputs": dump_inputs(validated.inputs),
        "spoiler": validated.spoiler,
        "proper": dump_proper(validated.proper),
        "defaults": dict(validated.defaults),
        "parent": validated.parent,
    }


def _dump_estimate(estimate: Estimate | None) -> list[str | int] | None:
    if estimate is None:
        return None
    return [str(estimate.usd), estimate.source, estimate.samples, estimate.drivers]


def to_confirmation(row: Row) -> PendingConfirmation:
    """A row of `pending_confirmations`."""
    said: dict[str, Any] = json.loads(row["content"])
    card, key, repeat_of = said["card_message_id"], said["key_id"], said["repeat_of"]
    context = RequestContext(
        guild_id=GuildId(row["guild_id"]),
        channel_id=ChannelId(said["channel_id"]),
        requester_id=UserId(row["requester_id"]),
        locale=said["locale"],
        card_message_id=MessageId(card) if card is not None else None,
        roles=frozenset(RoleId(each) for each in said.get("roles", ())),  # older rows do not say
        within=tuple(ChannelId(each) for each in said.get("within", ())),
        age_restricted=said.get("age_restricted", False),
    )
    compared: Sequence[dict[str, Any]] = said.get("compared", ())
    order = Order(
        id=OrderId(row["id"]),
        context=context,
        request=_load_request(said, row["quote_micro_usd"]),
        payer=Payer(
            provider=ProviderName(said.get("provider", OXEN)),  # older rows do not say
            key=KeyId(key) if key is not None else None,
            namespace=said["namespace"],
        ),
        created_at=from_millis(row["created_at"]),
        repeat_of=OrderId(repeat_of) if repeat_of is not None else None,
        compared_in=OrderId(row["id"]) if compared else None,
    )
    others = (
        replace(
            order,
            id=OrderId(each["id"]),
            context=replace(context, card_message_id=None),
            request=_load_request(each, each["reserve"]),
        )
        for each in compared
    )
    return PendingConfirmation(
        order=order,
        others=tuple(others),
        lapses_at=from_millis(row["lapses_at"]),
        state=ConfirmationState(row["state"]),
        before=from_micro(row["before_micro_usd"]) if row["before_micro_usd"] is not None else None,
        by_manager=bool(row["asks_managers"]),
    )


def _load_request(said: Mapping[str, Any], micro: int | None) -> ValidatedRequest:
    return ValidatedRequest(
        kind=MediaKind(said["kind"]),
        model_id=ModelId(said["model_id"]),
        model_name=said["model_name"],
        prompt=said["prompt"],
        parameters=said["parameters"],
        count=said["count"],
        estimate=_estimate(micro, said.get("estimate")),
        inputs=load_inputs(said["inputs"]),
        spoiler=said.get("spoiler", False),  # older rows do not say
        proper=load_proper(said.get("proper")),
        defaults=said.get("defaults", {}),
        parent=said.get("parent"),
    )


def _estimate(micro: int | None, said: Sequence[Any] | None) -> Estimate | None:
    """What is set aside for an output, with the rest of its estimate; older rows have no more than the listed price."""
    if micro is None:
        return None
    reserve = from_micro(micro)
    if said is None:
        return Estimate.of_price(reserve, EstimateSource.LISTED)
    usd, source, samples, drivers = said
    return Estimate(usd=Decimal(usd), reserve=reserve, source=EstimateSource(source), samples=samples, drivers=drivers)
