"""Generations while the provider has them, and how they end, method by method."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ids import GenerationId, RemoteId
from bot.domain.orders.generation import ENDED, UPSTREAM, Outcome, Reason
from bot.domain.orders.payer import KeyId, Payer
from tests.store.kit import GRACE, MEMBER, MODERATOR, SECOND, START, MediaInfo, S, Store, ids

OPEN = sorted(set(S) - ENDED)


# What the provider has


OURS, THEIRS = KeyId("0123456789abcdef"), KeyId("fedcba9876543210")


async def test_what_is_under_way_is_told_by_who_pays_for_it(store: Store) -> None:
    assert await store.generations.under_way() == {}
    await store.accepted(namespace="waiting")
    await store.in_state(S.UNKNOWN, namespace="lost")
    await store.in_state(S.SUCCEEDED, namespace="over")
    for payer in (Payer(namespace="busy"), Payer(), Payer(key=OURS), Payer(key=OURS, namespace="busy")):
        await store.in_state(S.PROCESSING, namespace=payer.namespace, key=payer.key)
    await store.queued(2, namespace="busy")
    found = {payer: len(rows) for payer, rows in (await store.generations.under_way()).items()}
    assert found == {
        Payer(namespace="busy"): 3,
        Payer(): 1,
        Payer(key=OURS): 1,
        Payer(key=OURS, namespace="busy"): 1,
    }


@pytest.mark.parametrize("key", [None, OURS])
@pytest.mark.parametrize("namespace", ["ox", None])
async def test_upstream_is_what_the_provider_has_for_that_payer(
    store: Store, namespace: str | None, key: KeyId | None
) -> None:
    there = [await store.in_state(state, namespace=namespace, key=key) for state in S]
    for state in S:
        await store.in_state(state, namespace="other", key=key)
        await store.in_state(state, namespace=namespace, key=THEIRS)
    found = (await store.generations.under_way())[Payer(key=key, namespace=namespace)]
    assert sorted(g.id for g in found) == sorted(ids(r)[0] for r in there if r.generations[0].state in UPSTREAM)


async def test_a_key_is_in_use_until_everything_placed_by_it_is_over(store: Store) -> None:
    await store.accepted(namespace=None)
    for state in S:
        await store.in_state(state, key=OURS if state.ended else THEIRS)
    assert await store.generations.keys_in_use() == [THEIRS]
    assert {g.state for g in await store.generations.open_by_key(THEIRS)} == {state for state in S if not state.ended}
    assert await store.generations.open_by_key(OURS) == []


async def test_nobody_but_its_own_key_speaks_for_a_generation(store: Store) -> None:
    (generation,) = (await store.queued(key=OURS)).generations
    assert generation.remote_id is not None
    assert await store.generations.by_remote_id(generation.remote_id, OURS) == generation
    assert await store.generations.by_remote_id(generation.remote_id, THEIRS) is None
    assert await store.generations.by_remote_id(generation.remote_id) is None


async def test_a_generation_is_found_by_the_providers_id_until_it_is_over(store: Store) -> None:
    record = await store.queued()
    (generation,) = record.generations
    assert generation.remote_id is not None
    assert await store.generations.by_remote_id(generation.remote_id) == generation
    assert await store.generations.by_remote_id(RemoteId("nobody's")) is None
    await store.succeed(generation.id)
    assert await store.generations.by_remote_id(generation.remote_id) is None


async def test_a_started_generation_says_since_when(store: Store) -> None:
    record = await store.queued()
    began = START - SECOND
    await store.generations.start(ids(record)[0], began, store.now)
    (generation,) = (await store.record(record.order.id)).generations
    assert (generation.state, generation.started_at) == (S.PROCESSING, began)
    await store.generations.start(ids(record)[0], START + SECOND, store.now)
    after = await store.record(record.order.id)
    assert after.generations[0].started_at == began
    assert after.revision == record.revision + 1


# How it ends


async def test_the_end_is_stored_with_all_that_is_known_of_it(store: Store) -> None:
    record = await store.queued(2)
    now = store.clock.advance(SECOND)
    ready = Outcome(state=S.SUCCEEDED, result_url="https://results.example/1.mp4")
    failed = Outcome(state=S.FAILED, reason=Reason.PROVIDER, detail="Insufficient light")
    for generation_id, outcome in zip(ids(record), (ready, failed), strict=True):
        assert await store.generations.settle(generation_id, outcome, now)
    one, other = (await store.record(record.order.id)).generations
    assert (one.state, one.result_url, one.reason, one.ended_at) == (S.SUCCEEDED, ready.result_url, None, now)
    assert (other.state, other.reason, other.detail) == (S.FAILED, Reason.PROVIDER, "Insufficient light")


async def test_one_of_many_callers_stores_the_end(store: Store, look: MediaInfo) -> None:
    (generation_id,) = ids(await store.queued())
    outcomes = [Outcome(state=state) for state in (S.SUCCEEDED, S.FAILED, S.CANCELLED, S.EXPIRED, S.SUCCEEDED)]
    won = await asyncio.gather(*(store.generations.settle(generation_id, o, store.now) for o in outcomes))
    assert [bool(each) for each in won].count(True) == 1
    assert len(await look("posts")) == 1


async def test_what_does_not_exist_does_not_end(store: Store, look: MediaInfo) -> None:
    assert not await store.succeed(GenerationId("nobody"))
    assert await look("posts") == []


async def test_an_end_and_its_post_are_stored_together_or_not_at_all(store: Store, look: MediaInfo) -> None:
    record, other = await store.queued(), await store.queued()
    before = await look("generations")
    taken = store.new_id()
    store.new_id = lambda: taken
    await store.succeed(ids(other)[0])
    with pytest.raises(Exception, match=r"posts\.id|posts_pkey"):  # the id of the post is taken: it cannot be stored
        await store.succeed(ids(record)[0])
    assert (await look("generations"))[0] == before[0]
    assert len(await look("posts")) == 1


async def test_a_single_output_is_posted_at_once(store: Store) -> None:
    record = await store.queued()
    now = store.clock.advance(SECOND)
    await store.succeed(ids(record)[0])
    assert (await store.open_post())[1] == now


async def test_the_first_of_several_waits_for_the_others_and_the_last_ends_the_wait(store: Store) -> None:
    first, second, third = ids(await store.queued(3))
    await store.succeed(first)
    post_id, due = await store.open_post()
    assert due == START + GRACE
    store.clock.advance(10 * SECOND)
    await store.succeed(second)
    assert await store.open_post() == (post_id, START + GRACE)
    now = store.clock.advance(10 * SECOND)
    await store.succeed(third)
    assert await store.open_post() == (post_id, now)


async def test_an_end_after_the_grace_does_not_delay_the_post(store: Store) -> None:
    first, second = ids(await store.queued(2))
    await store.succeed(first)
    store.clock.advance(2 * GRACE)
    await store.succeed(second)
    assert (await store.open_post())[1] == START + GRACE


async def test_two_orders_have_posts_of_their_own(store: Store) -> None:
    for record in (await store.queued(), await store.queued()):
        await store.succeed(ids(record)[0])
    assert len(await store.posts.open()) == 2


# Cancelling


async def test_what_was_never_sent_ends_at_once(store: Store) -> None:
    record = await store.accepted(2)
    now = store.clock.advance(SECOND)
    assert await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, now) == 2
    after = await store.record(record.order.id)
    assert after.ended
    assert {(g.state, g.reason, g.cancel_requested_by) for g in after.generations} == {
        (S.CANCELLED, Reason.CANCELLED, MEMBER)
    }
    assert (await store.open_post())[1] == now
    assert await store.orders.to_send() == []
    assert await store.orders.mark_sending(record.order.id, now) is None


async def test_one_of_several_unsent_ends_and_the_others_are_sent(store: Store) -> None:
    record = await store.accepted(3)
    assert await store.generations.want_cancelled(record.order.id, ids(record)[:1], MEMBER, store.now) == 1
    assert await store.states(record.order.id) == [S.CANCELLED, S.INTENDED, S.INTENDED]
    sent = await store.orders.mark_sending(record.order.id, store.now)
    assert sent is not None
    assert [g.ordinal for g in sent.generations] == [2, 3]


@pytest.mark.parametrize("state", [s for s in OPEN if s is not S.INTENDED])
async def test_what_is_on_its_way_is_noted_once_with_who_asked_first(store: Store, state: S) -> None:
    record = await store.in_state(state)
    assert await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now) == 1
    noted = await store.record(record.order.id)
    assert await store.generations.want_cancelled(record.order.id, ids(record), MODERATOR, store.now) == 0
    assert await store.record(record.order.id) == noted
    assert noted.generations[0].state is state
    assert noted.generations[0].cancel_requested_by == MEMBER
    assert not noted.cancellable


@pytest.mark.parametrize("state", sorted(ENDED))
async def test_what_is_over_cannot_be_cancelled(store: Store, state: S) -> None:
    record = await store.in_state(state)
    assert await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now) == 0
    assert await store.record(record.order.id) == record


async def test_cancellations_are_carried_to_the_provider_once_it_has_the_generation(store: Store) -> None:
    record = await store.sending()
    await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now)
    assert await store.generations.cancels_wanted() == []
    await store.orders.lose(record.order.id, store.now)
    assert await store.generations.cancels_wanted() == []
    await store.orders.adopt(record.order.id, [RemoteId("a")], store.now, complete=False)
    ((wanted, due),) = await store.generations.cancels_wanted()
    assert (wanted.id, wanted.remote_id, due) == (ids(record)[0], "a", START)
    await store.generations.start(wanted.id, store.now, store.now)
    assert len(await store.generations.cancels_wanted()) == 1
    await store.succeed(wanted.id)
    assert await store.generations.cancels_wanted() == []


async def test_a_postponed_cancellation_is_tried_when_it_is_due_soonest_first(store: Store) -> None:
    record = await store.queued(2)
    first, second = ids(record)
    await store.generations.want_cancelled(record.order.id, [first, second], MEMBER, store.now)
    later = START + timedelta(seconds=5)
    await store.generations.postpone_cancel(first, later)
    assert [(g.id, due) for g, due in await store.generations.cancels_wanted()] == [(second, START), (first, later)]


async def test_without_a_request_no_cancellation_is_wanted(store: Store) -> None:
    await store.queued()
    assert await store.generations.cancels_wanted() == []
