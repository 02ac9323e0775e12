"""What an order's generations say of the order."""

from datetime import UTC, datetime
from itertools import product

from bot.domain.ids import ChannelId, GenerationId, GuildId, ModelId, OrderId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import ENDED, Generation, GenerationState
from bot.domain.orders.order import Order, OrderRecord, RequestContext, ValidatedRequest
from bot.domain.orders.payer import Payer
from tests.cases import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
S = GenerationState


def record(*generations: tuple[GenerationState, bool]) -> OrderRecord:
    """An order whose generations are in these states, each with whether somebody wants it cancelled."""
    order = Order(
        id=OrderId("o"),
        context=RequestContext(guild_id=GuildId(1), channel_id=ChannelId(2), requester_id=UserId(3), locale="de"),
        request=ValidatedRequest(
            kind=MediaKind.VIDEO,
            model_id=ModelId("m"),
            model_name="M",
            prompt="a fox",
            parameters={},
            count=len(generations),
        ),
        payer=Payer(),
        created_at=NOW,
    )
    return OrderRecord(
        order=order,
        generations=[
            Generation(
                id=GenerationId(str(n)),
                order_id=order.id,
                ordinal=n,
                state=state,
                cancel_requested_by=UserId(3) if wanted else None,
            )
            for n, (state, wanted) in enumerate(generations, 1)
        ],
        revision=1,
        send_due_at=NOW,
    )


@for_each("one, other", product(S, S))
def test_an_order_is_over_when_all_of_it_is(one: GenerationState, other: GenerationState) -> None:
    assert record((one, False), (other, False)).ended is ({one, other} <= ENDED)


@for_each("state", S)
def test_an_order_can_be_cancelled_while_something_is_open_that_nobody_cancelled(state: GenerationState) -> None:
    assert record((state, False)).cancellable is (state not in ENDED)
    assert not record((state, True)).cancellable
    assert record((S.SUCCEEDED, False), (S.QUEUED, True), (S.QUEUED, False)).cancellable
