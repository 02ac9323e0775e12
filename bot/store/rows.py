"""Rows to values and back, for the families that several repositories read."""

import json
from datetime import datetime
from typing import Any

from bot.domain.clock import from_millis
from bot.domain.models.catalogue import MediaKind
from bot.domain.money import from_micro
from bot.domain.orders.order import Order, RequestContext, ValidatedRequest

from bot.domain.ids import (
    ChannelId,
    GenerationId,
    GuildId,
    MessageId,
    ModelId,
    OrderId,
    ProviderName,
    RemoteId,
    UserId,
)
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.payer import Payer
from bot.store.orders import inputs
from bot.store.statements import Row


def to_generation(row: Row) -> Generation:
    reason: str | None = row["reason"]
    remote_id: str | None = row["remote_id"]
    by: int | None = row["cancel_requested_by"]
    return Generation(
        id=GenerationId(row["id"]),
        order_id=OrderId(row["order_id"]),
        ordinal=row["ordinal"],
        state=GenerationState(row["state"]),
        remote_id=RemoteId(remote_id) if remote_id is not None else None,
        queued_at=_moment(row["queued_at"]),
        started_at=_moment(row["started_at"]),
        ended_at=_moment(row["ended_at"]),
        result_url=row["result_url"],
        reason=Reason(reason) if reason is not None else None,
        detail=row["detail"],
        cancel_requested_by=UserId(by) if by is not None else None,
        provider=ProviderName(row["provider"]),
        key=row["key_id"],
        clarified_at=_moment(row["clarified_at"]),
    )


def to_order(row: Row, count: int) -> Order:
    parameters: dict[str, Any] = json.loads(row["parameters"])
    card: int | None = row["card_message_id"]
    return Order(
        id=OrderId(row["id"]),
        context=RequestContext(
            guild_id=GuildId(row["guild_id"]),
            channel_id=ChannelId(row["channel_id"]),
            requester_id=UserId(row["requester_id"]),
            locale=row["locale"],
            card_message_id=MessageId(card) if card is not None else None,
        ),
        request=ValidatedRequest(
            kind=MediaKind(row["kind"]),
            model_id=ModelId(row["model_id"]),
            model_name=row["model_name"],
            prompt=row["prompt"],
            parameters=parameters,
            count=count,
            quote=from_micro(row["quote_micro_usd"]) if row["quote_micro_usd"] is not None else None,
            inputs=inputs.load(row["inputs"]),
            spoiler=bool(row["spoiler"]),
        ),
        payer=to_payer(row),
        created_at=from_millis(row["created_at"]),
        repeat_of=row["repeat_of"],
    )


def to_payer(row: Row) -> Payer:
    """A row with a provider, a key and a namespace."""
    return Payer(provider=ProviderName(row["provider"]), key=row["key_id"], namespace=row["namespace"])


def _moment(millis: int | None) -> datetime | None:
    return from_millis(millis) if millis is not None else None
