"""The guards of the SQL against the domain's table of transitions: every state, every way out of it."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.ids import MessageId, RemoteId
from bot.domain.orders.generation import (
    ENDED,
    GIVEN_UP,
    SECOND_THOUGHTS,
    TRANSITIONS,
    GenerationState,
    Outcome,
    Reason,
)
from bot.domain.orders.order import OrderRecord
from tests.cases import for_each
from tests.store.kit import MEMBER, SECOND, MediaInfo, S, Store, ids

Way = Callable[[Store, OrderRecord], Awaitable[object]]


async def send(store: Store, record: OrderRecord) -> object:
    return await store.orders.mark_sending(record.order.id, store.now)


async def postpone(store: Store, record: OrderRecord) -> object:
    return await store.orders.postpone(record.order.id, store.now, store.now)


async def lose(store: Store, record: OrderRecord) -> object:
    return await store.orders.lose(record.order.id, store.now)


async def recover(store: Store, _: OrderRecord) -> object:
    return await store.orders.recover(store.now)


async def adopt(store: Store, record: OrderRecord) -> object:
    return await store.orders.adopt(record.order.id, [RemoteId(f"fresh-{record.order.id}")], store.now, complete=False)


async def start(store: Store, record: OrderRecord) -> object:
    return await store.generations.start(ids(record)[0], store.now, store.now)


async def cancel(store: Store, record: OrderRecord) -> object:
    await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now)
    return await store.orders.mark_sending(record.order.id, store.now)


def fail_unsent(state: GenerationState) -> Way:
    async def way(store: Store, record: OrderRecord) -> object:
        return await store.orders.fail_unsent(record.order.id, Outcome(state=state, reason=Reason.REJECTED), store.now)

    return way


# What each method can make of a generation, by the state from which it may.
WAYS: dict[str, tuple[Way, dict[GenerationState, GenerationState]]] = {
    "mark_sending": (send, {S.INTENDED: S.SENDING}),
    "postpone": (postpone, {S.SENDING: S.INTENDED}),
    "lose": (lose, {S.SENDING: S.UNKNOWN}),
    "recover": (recover, {S.SENDING: S.UNKNOWN}),
    "adopt": (adopt, {S.SENDING: S.QUEUED, S.UNKNOWN: S.QUEUED}),
    "start": (start, {S.QUEUED: S.PROCESSING}),
    "cancel": (cancel, {S.INTENDED: S.CANCELLED}),
    "fail_unsent-failed": (fail_unsent(S.FAILED), {S.INTENDED: S.FAILED, S.SENDING: S.FAILED}),
    "fail_unsent-absent": (fail_unsent(S.ABSENT), {S.UNKNOWN: S.ABSENT}),
}


@pytest.mark.parametrize("state", S)
async def test_settling_moves_a_row_exactly_where_the_domain_allows(
    store: Store, look: MediaInfo, state: GenerationState
) -> None:
    for target in S:
        record = await store.in_state(state)
        (generation_id,) = ids(record)
        before, posts_before = await look("generations"), await look("posts")
        store.clock.advance(SECOND)
        outcome = Outcome(state=target, result_url="https://elsewhere.example", reason=Reason.LOST, detail="why")
        settled = await store.generations.settle(generation_id, outcome, store.now)
        assert (settled is not None) is (target in TRANSITIONS[state] & ENDED), target
        if settled:
            assert await store.states(record.order.id) == [target]
            assert len(await look("posts")) == len(posts_before) + 1
        else:
            assert await look("generations") == before, target
            assert await look("posts") == posts_before, target


@pytest.mark.parametrize("name", WAYS)
async def test_every_other_method_moves_a_row_exactly_from_the_states_it_is_for(
    store: Store, look: MediaInfo, name: str
) -> None:
    way, leads = WAYS[name]
    for state in S:
        record = await store.in_state(state)
        before = await look("generations")
        store.clock.advance(SECOND)
        await way(store, record)
        if state in leads:
            assert await store.states(record.order.id) == [leads[state]]
            assert leads[state] in TRANSITIONS[state]
        elif name == "cancel" and state not in ENDED:
            assert await store.states(record.order.id) == [state]  # a note is taken, and nothing else
        else:
            assert await look("generations") == before, state


@pytest.mark.parametrize("state", S)
@for_each("reason", Reason)
async def test_only_a_given_up_generation_is_settled_late(
    store: Store, look: MediaInfo, state: GenerationState, reason: Reason
) -> None:
    """As a success, told and charged anew; or as what it is, and known. Once."""
    record = await store.given_up(state, reason)
    (generation,) = record.generations
    before = await look("generations")
    may = state in SECOND_THOUGHTS and reason in GIVEN_UP
    late_id = RemoteId(f"late-{reason}")
    assert await store.generations.settle_late(generation.id, "https://x", store.now, late_id) is may
    if not may:
        assert await look("generations") == before
        assert not await store.generations.clarify(generation.id, store.now)
        return
    (late,) = (await store.record(record.order.id)).generations
    assert (late.state, late.reason, late.late) == (S.SUCCEEDED, None, True)
    assert late.remote_id == (generation.remote_id or late_id)
    post = await store.claimed()
    assert post.generations == [late]
    assert not await store.generations.settle_late(generation.id, "https://x", store.now)
    assert not await store.generations.clarify(generation.id, store.now)
    await store.posts.delivered(post.id, MessageId(8), store.now)


async def test_what_is_clarified_is_not_given_up_any_more(store: Store) -> None:
    record = await store.given_up(S.EXPIRED, Reason.EXPIRED)
    (generation,) = record.generations
    assert [one.id for one in await store.generations.given_up(store.now)] == [generation.id]
    assert await store.generations.clarify(generation.id, store.now)
    assert await store.states(record.order.id) == [S.EXPIRED]
    assert await store.generations.given_up(store.now) == []
    assert not await store.generations.settle_late(generation.id, "https://x", store.now)


async def test_a_second_thought_waits_until_the_first_is_told(store: Store) -> None:
    record = await store.given_up(S.FAILED, Reason.LOST, told=False)
    (generation,) = record.generations
    assert await store.generations.settle_late(generation.id, "https://x", store.now)
    claimed = await store.claimed()
    assert [one.state for one in claimed.generations] == [S.SUCCEEDED]
    another = await store.given_up(S.FAILED, Reason.LOST, told=False, post_over=claimed)
    post = await store.claimed()
    (generation,) = another.generations
    assert not await store.generations.settle_late(generation.id, "https://x", store.now)
    await store.posts.delivered(post.id, MessageId(9), store.now)
    assert await store.generations.settle_late(generation.id, "https://x", store.now)


def test_the_methods_reach_every_transition_of_the_domain() -> None:
    reached = {(state, target) for _, leads in WAYS.values() for state, target in leads.items()}
    settled = {(state, target) for state, targets in TRANSITIONS.items() for target in targets & ENDED}
    assert reached | settled == {(state, target) for state, targets in TRANSITIONS.items() for target in targets}
