"""Orders, generations and posts to show, as the rows would give them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.ids import (
    ChannelId,
    GenerationId,
    GuildId,
    MessageId,
    ModelId,
    OrderId,
    PostId,
    UserId,
)
from bot.domain.models.catalogue import MediaKind
from bot.domain.models.parameters import Json
from bot.domain.orders.generation import ENDED, Generation, GenerationState, Reason
from bot.domain.orders.order import Order, OrderRecord, Post, RequestContext, ValidatedRequest
from bot.domain.orders.payer import Payer

NOW = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
REQUESTER, MODERATOR = UserId(1150000000000000012), UserId(1150000000000000013)
ID = "0123456789abcdefgh{:06d}".format


def validated(
    prompt: str = "a fox",
    *,
    kind: MediaKind = MediaKind.VIDEO,
    count: int = 1,
    model_name: str = "Kling 2.6 Pro",
    parameters: Mapping[str, Json] | None = None,
) -> ValidatedRequest:
    return ValidatedRequest(
        kind=kind,
        model_id=ModelId("a-model"),
        model_name=model_name,
        prompt=prompt,
        parameters=parameters or {},
        count=count,
    )


def order(wanted: ValidatedRequest, *, number: int = 1, locale: str = "en-US", card: bool = True) -> Order:
    return Order(
        id=OrderId(ID(number)),
        context=RequestContext(
            guild_id=GuildId(1150000000000000100),
            channel_id=ChannelId(1150000000000000111),
            requester_id=REQUESTER,
            locale=locale,
            card_message_id=MessageId(1150000000000000999) if card else None,
        ),
        request=wanted,
        payer=Payer(namespace="film-club"),
        created_at=NOW,
    )


def generation(
    ordinal: int,
    state: GenerationState,
    *,
    reason: Reason | None = None,
    detail: str | None = None,
    cancelled_by: UserId | None = None,
) -> Generation:
    return Generation(
        id=GenerationId(ID(900 + ordinal)),
        order_id=OrderId(ID(1)),
        ordinal=ordinal,
        state=state,
        queued_at=NOW,
        started_at=NOW + timedelta(seconds=3) if state is not GenerationState.QUEUED else None,
        ended_at=NOW + timedelta(minutes=1) if state in ENDED else None,
        reason=reason,
        detail=detail,
        cancel_requested_by=cancelled_by,
    )


def record(one: Order, generations: Sequence[Generation], *, attempts: int = 0) -> OrderRecord:
    return OrderRecord(order=one, generations=generations, revision=1, send_due_at=NOW, send_attempts=attempts)


def post(one: Order, generations: Sequence[Generation], *, part: int = 1) -> Post:
    return Post(id=PostId(ID(500)), order=one, part=part, generations=generations, attempt=1, first_attempt_at=NOW)
