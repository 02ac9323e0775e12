"""Orders of one prompt to several models: accepted together or not at all, one card, one post, and votes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, MessageId, OrderId, RemoteId, UserId
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.order import Order, OrderRecord
from bot.domain.rules.limits import policy_input_of
from bot.store.orders.takeback import Takebacks
from bot.store.records.votes import Votes
from tests.fakes.orders import at
from tests.store.kit import GUILD, MEMBER, MODERATOR, START, MediaInfo, S, Store

MESSAGE, SIDE_BY_SIDE = MessageId(2**63 - 1), timedelta(minutes=10)


def compared(store: Store, number: int, **given: object) -> list[Order]:
    first, *others = (store.order(**given) for _ in range(number))
    apart = [replace(each, context=replace(each.context, card_message_id=None)) for each in others]
    return [replace(each, compared_in=first.id) for each in (first, *apart)]


async def accepted(store: Store, number: int = 2, trial: str | None = None) -> OrderRecord:
    first, *others = compared(store, number)
    left = Decimal(trial) if trial is not None else None
    facts = {each.id: replace(policy_input_of(each), trial=left) for each in (first, *others)}
    return await store.orders.accept(first, facts[first.id], others=[(each, facts[each.id]) for each in others])


async def sent(store: Store, number: int = 2) -> tuple[list[OrderId], list[GenerationId]]:
    """A comparison that is being made: its orders, and their outputs."""
    record = await accepted(store, number)
    orders = [each.order.id for each in (record, *record.others)]
    for order_id in orders:
        assert await store.orders.mark_sending(order_id, store.now)
        await store.orders.adopt(order_id, [RemoteId(f"remote-{order_id}")], store.now, complete=True)
    return orders, [each.id for each in record.all_generations]


async def test_all_are_accepted_or_none(store: Store, look: MediaInfo) -> None:
    with pytest.raises(Refusal) as refused:  # each alone would be paid: $0.35 of $0.60
        await accepted(store, trial="0.60")
    assert (refused.value.key, refused.value.values["price"]) == ("trial-over", Decimal("0.70"))
    assert await look("orders") == await look("generations") == []

    record = await accepted(store, trial="0.70")
    assert [g.ordinal for g in record.all_generations] == [1, 2]
    assert [row["compared_in"] for row in await look("orders")] == [record.order.id] * 2
    found = await store.record(record.order.id)
    assert [other.order for other in found.others] == [other.order for other in record.others]
    assert not (await store.record(record.others[0].order.id)).others


async def test_the_first_one_has_the_card_and_the_post_of_all(store: Store) -> None:
    (first, second), (one, other) = await sent(store)
    before = (await store.record(first)).revision
    assert await store.succeed(other)
    assert (await store.record(first)).revision > before
    assert (await store.open_post())[1] == START + SIDE_BY_SIDE
    assert await store.generations.settle(one, Outcome(state=S.FAILED, reason=Reason.LOST), store.now)
    assert (await store.open_post())[1] == START
    post = await store.claimed()
    assert (post.order.id, [order.id for order in post.compared]) == (first, [first, second])
    assert [g.id for g in post.generations] == [one, other]
    assert [post.order_of(g).id for g in post.generations] == [first, second]
    assert await store.posts.delivered(post.id, MESSAGE, store.now)
    record = await store.record(first)
    assert record.told == dict.fromkeys((one, other), MESSAGE)
    assert [each.booked is not None for each in (record, *record.others)] == [True, True]
    assert {card for card, _ in await store.stale()} == {first}


async def test_what_ends_after_the_post_is_told_in_the_next_part(store: Store) -> None:
    (first, _, _), outputs = await sent(store, 3)
    await store.succeed(outputs[1])
    part_one = await store.claimed()
    assert [g.id for g in part_one.generations] == [outputs[1]]
    await store.posts.delivered(part_one.id, MESSAGE, store.now)
    assert await store.generations.settle(outputs[0], Outcome(state=S.FAILED, reason=Reason.LOST), store.now)
    await store.succeed(outputs[2])
    part_two = await store.claimed()
    assert (part_two.order.id, part_two.part) == (first, 2)
    assert [g.id for g in part_two.generations] == [outputs[0], outputs[2]]
    await store.posts.delivered(part_two.id, MESSAGE, store.now)
    # It was made after all: that is a post of its own, and the first one's.
    assert await store.generations.settle_late(outputs[0], "https://results.example/1.mp4", store.now)
    late = await store.claimed()
    assert (late.order.id, late.part, [g.id for g in late.generations]) == (first, 3, [outputs[0]])


async def test_everybody_has_one_vote_for_what_is_there(store: Store) -> None:
    votes = Votes(store.db)
    (first, *_), (one, other, lost) = await sent(store, 3)
    assert not await votes.cast(one, GUILD, MEMBER, store.now)  # not made yet
    for output in (one, other):
        await store.succeed(output)
    await store.generations.settle(lost, Outcome(state=S.CANCELLED, reason=Reason.CANCELLED), store.now)
    assert not await votes.cast(lost, GUILD, MEMBER, store.now)
    assert not await votes.cast(one, GuildId(5), MEMBER, store.now)
    assert not await votes.cast(GenerationId("nobody"), GUILD, MEMBER, store.now)
    for user, output in ((MEMBER, one), (MODERATOR, one), (MEMBER, one), (MODERATOR, other), (UserId(9), other)):
        assert await votes.cast(output, GUILD, user, store.now)
    assert await votes.counts(lost) == {one: 1, other: 2}
    alone = await store.in_state(S.SUCCEEDED, estimate=at("0.10"))
    assert not await votes.cast(alone.generations[0].id, GUILD, MEMBER, store.now)
    assert await Takebacks(store.db).delete((await store.record(first)).order, MEMBER, None, store.now)
    assert not await votes.cast(one, GUILD, UserId(10), store.now)
