"""The guards of the SQL against the domain's table of transitions: every state, every way out of it."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.ids import RemoteId
from bot.domain.orders.generation import ENDED, TRANSITIONS, GenerationState, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from tests.store.kit import MEMBER, SECOND, Look, S, Store, ids

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
    store: Store, look: Look, state: GenerationState
) -> None:
    for target in S:
        record = await store.in_state(state)
        (generation_id,) = ids(record)
        before, posts_before = await look("generations"), await look("posts")
        store.clock.advance(SECOND)
        outcome = Outcome(state=target, result_url="https://elsewhere.example", reason=Reason.LOST, detail="why")
        settled = await store.generations.settle(generation_id, outcome, store.now)
        assert settled is (target in TRANSITIONS[state] & ENDED), target
        if settled:
            assert await store.states(record.order.id) == [target]
            assert len(await look("posts")) == len(posts_before) + 1
        else:
            assert await look("generations") == before, target
            assert await look("posts") == posts_before, target


@pytest.mark.parametrize("name", WAYS)
async def test_every_other_method_moves_a_row_exactly_from_the_states_it_is_for(
    store: Store, look: Look, name: str
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


def test_the_methods_reach_every_transition_of_the_domain() -> None:
    reached = {(state, target) for _, leads in WAYS.values() for state, target in leads.items()}
    settled = {(state, target) for state, targets in TRANSITIONS.items() for target in targets & ENDED}
    assert reached | settled == {(state, target) for state, targets in TRANSITIONS.items() for target in targets}
