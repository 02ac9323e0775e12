"""Rows to values and back, for the families that several repositories read."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from bot.domain.clock import from_millis
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId, ModelId, OrderId, ProviderName, RemoteId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.slots import InputKind, Role
from bot.domain.money import from_micro
from bot.domain.orders.estimate import Estimate, EstimateSource
from bot.domain.orders.generation import Generation, GenerationState, Reason
from bot.domain.orders.inputs import Attachment, FileLocation, Input
from bot.domain.orders.order import Order, OrderRecord, ProperRequest, RequestContext, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.domain.orders.taking_back import Complaint, Wrong
from bot.domain.rules.policy import GuildPolicy, load_policy
from bot.store.statements import Connection, Row, Statements

_POLICIES = Statements("policies")


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


def to_payer(row: Row) -> Payer:
    """A row with a provider, a key and a namespace."""
    return Payer(provider=ProviderName(row["provider"]), key=row["key_id"], namespace=row["namespace"])


def to_order(row: Row, count: int) -> Order:
    parameters: dict[str, Any] = json.loads(row["parameters"])
    parent: str | None = row["parent_id"]
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
            estimate=_to_estimate(row),
            inputs=load_inputs(row["inputs"]),
            spoiler=bool(row["spoiler"]),
            proper=load_proper(row["proper"]),
            defaults=json.loads(row["defaults"]),
            parent=GenerationId(parent) if parent is not None else None,
        ),
        payer=to_payer(row),
        created_at=from_millis(row["created_at"]),
        repeat_of=row["repeat_of"],
        deleted_at=_moment(row["deleted_at"]),
        reviewed=bool(row["reviewed"]),
        compared_in=row["compared_in"],
    )


def _to_estimate(row: Row) -> Estimate | None:
    """A row of `orders`. None: it was placed when orders without a known price set nothing aside."""
    if row["quote_micro_usd"] is None:
        return None
    return Estimate(
        usd=from_micro(row["shown_micro_usd"]),
        reserve=from_micro(row["quote_micro_usd"]),
        source=EstimateSource(row["estimate_source"]),
        samples=row["estimate_samples"],
        drivers=row["cost_drivers"] or "",
    )


def to_record(row: Row, generations: Sequence[Row], count: int | None = None) -> OrderRecord:
    """A row of `orders` with its rows of `generations`, or with some of them if its outputs are `count`."""
    return OrderRecord(
        order=to_order(row, count if count is not None else len(generations)),
        generations=[to_generation(g) for g in generations],
        revision=row["revision"],
        send_due_at=from_millis(row["send_due_at"]),
        send_attempts=row["send_attempts"],
        sent_at=from_millis(row["sent_at"]) if row["sent_at"] is not None else None,
        admitted_at=from_millis(row["admitted_at"]) if row["admitted_at"] is not None else None,
        forgotten=row["forgotten_at"] is not None,
    )


def to_complaint(row: Row) -> Complaint:
    """A row of `complaints`."""
    return Complaint(
        order_id=OrderId(row["order_id"]),
        by=UserId(row["user_id"]),
        wrong=Wrong(row["reason"]),
        words=row["words"],
        made_at=from_millis(row["made_at"]),
    )


def dump_inputs(inputs: Sequence[Input]) -> str:
    """The files of an order as JSON, one object for each: the column `orders.inputs`."""
    return json.dumps([asdict(given) for given in inputs])


def dump_proper(proper: ProperRequest | None) -> str | None:
    """What a draft stands for, as JSON: the column `orders.proper`; None where there is none."""
    return json.dumps(asdict(proper), default=str) if proper is not None else None


def load_proper(text: str | None) -> ProperRequest | None:
    """What `dump_proper` wrote down."""
    if text is None:
        return None
    said: dict[str, Any] = json.loads(text)
    price: str | None = said.pop("price")
    return ProperRequest(price=Decimal(price) if price is not None else None, **said)


def load_inputs(text: str) -> tuple[Input, ...]:
    """What `dump_inputs` wrote down."""
    inputs: list[Input] = []
    for row in json.loads(text):
        fields: dict[str, Any] = row["attachment"]
        role, place = fields["role"], fields["place"]
        known: dict[str, Any] = {
            "kind": InputKind(fields["kind"]),
            "role": Role(role) if role is not None else None,
            "place": FileLocation(
                channel_id=ChannelId(place["channel_id"]),
                message_id=MessageId(place["message_id"]),
                attachment_id=place["attachment_id"],
            )
            if place is not None
            else None,
        }
        inputs.append(
            Input(
                slot=row["slot"],
                position=row["position"],
                within=tuple(row["within"]),
                leads=row.get("leads", False),  # older rows do not say
                attachment=Attachment(**(fields | known)),
            )
        )
    return tuple(inputs)


def policy_of(db: Connection, guild_id: GuildId, standard: GuildPolicy) -> GuildPolicy:
    """The guild's rules as `db` sees them; `standard` holds for what the guild has said nothing about."""
    row = _POLICIES.one(db, "policy", guild_id=guild_id)
    return load_policy(row["content"], standard) if row is not None else standard


def _moment(millis: int | None) -> datetime | None:
    return from_millis(millis) if millis is not None else None
