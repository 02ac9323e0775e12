"""Orders and their way to the provider, method by method."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ids import GuildId, OrderId, RemoteId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.payer import Payer
from tests.store.kit import GUILD, MEMBER, MODERATOR, SECOND, START, MediaInfo, S, Store, ids, states

MINUTE = timedelta(minutes=1)


# Accepting


async def test_an_accepted_order_comes_back_as_it_was_given(store: Store) -> None:
    order = store.order(
        outputs=3,
        kind=MediaKind.IMAGE,
        prompt="Füchse 🦊 im 'Schnee'; DROP TABLE orders; --\n\u2028",
        parameters={"duration": "5s", "seed": 2**53, "guidance": 0.1, "generate_audio": True, "aspect_ratio": "16:9"},
        payer=Payer(),
    )
    accepted = await store.orders.accept(order)
    assert accepted.order == order
    assert accepted == await store.record(order.id)
    assert [g.ordinal for g in accepted.generations] == [1, 2, 3]
    assert states(accepted) == [S.INTENDED] * 3
    assert (accepted.revision, accepted.send_attempts, accepted.sent_at) == (1, 0, None)
    assert accepted.send_due_at == order.created_at
    assert accepted.cancellable
    assert not accepted.ended


async def test_the_same_order_is_accepted_once(store: Store, look: MediaInfo) -> None:
    order = store.order(outputs=2)
    answers = await asyncio.gather(*(store.orders.accept(order) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(answer, Exception) for answer in answers) == 2
    assert len(await look("orders")) == 1
    assert len(await look("generations")) == 2


async def test_an_unknown_order_is_not_found(store: Store) -> None:
    assert await store.orders.get(OrderId("nobody")) is None


async def test_the_queue_is_the_guilds_own_orders_that_are_not_over_as_they_came(store: Store) -> None:
    early = await store.queued()
    late = await store.accepted(by=MODERATOR)
    await store.in_state(S.SUCCEEDED)
    await store.accepted(guild=GuildId(5))
    partly = await store.queued(2)
    await store.succeed(ids(partly)[0])
    found = await store.orders.queue(GUILD)
    assert [(n, r.order.id) for n, r in found] == [(1, early.order.id), (2, late.order.id), (3, partly.order.id)]
    assert [len(r.generations) for _, r in found] == [1, 1, 2]
    assert [n for n, _ in await store.orders.queue(GUILD, MODERATOR)] == [2]
    assert await store.orders.queue(GuildId(6)) == []


# Sending


async def test_what_is_to_be_sent_comes_soonest_first(store: Store) -> None:
    late = await store.accepted(created_at=START + MINUTE)
    early = await store.accepted()
    await store.sending()
    assert await store.orders.to_send() == [(early.order.id, START, False), (late.order.id, START + MINUTE, False)]


async def test_marked_as_sending_it_is_stamped_and_no_longer_to_be_sent(store: Store) -> None:
    order_id = (await store.accepted(2)).order.id
    now = store.clock.advance(SECOND)
    sent = await store.orders.mark_sending(order_id, now)
    assert sent is not None
    assert states(sent) == [S.SENDING] * 2
    assert (sent.sent_at, sent.send_attempts) == (now, 1)
    assert sent == await store.record(order_id)
    assert await store.orders.to_send() == []
    assert await store.orders.sending()


async def test_one_of_two_processes_sends_an_order(store: Store) -> None:
    order_id = (await store.accepted()).order.id
    sent = await asyncio.gather(*(store.orders.mark_sending(order_id, store.now) for _ in range(5)))
    assert sum(record is not None for record in sent) == 1
    assert (await store.record(order_id)).send_attempts == 1


async def test_what_was_cancelled_meanwhile_is_not_sent(store: Store) -> None:
    order_id = (await store.sending(3)).order.id
    _, second, _ = ids(await store.record(order_id))
    await store.generations.want_cancelled(order_id, [second], MEMBER, store.now)
    await store.orders.postpone(order_id, store.now, store.now)
    sent = await store.orders.mark_sending(order_id, store.now)
    assert sent is not None
    assert [g.ordinal for g in sent.generations] == [1, 3]
    assert sent.order.request.count == 3  # what was ordered does not change
    assert await store.states(order_id) == [S.SENDING, S.CANCELLED, S.SENDING]
    assert len(await store.posts.open()) == 1


async def test_when_all_of_it_was_cancelled_nothing_is_sent_and_the_post_is_due(store: Store) -> None:
    record = await store.sending(2)
    await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now)
    await store.orders.postpone(record.order.id, store.now, store.now)
    now = store.clock.advance(SECOND)
    assert await store.orders.mark_sending(record.order.id, now) is None
    assert await store.states(record.order.id) == [S.CANCELLED] * 2
    assert (await store.record(record.order.id)).send_attempts == 1
    _, due = await store.open_post()
    assert due <= now


async def test_a_postponed_order_is_to_be_sent_when_it_is_due(store: Store) -> None:
    order_id = (await store.sending(2)).order.id
    await store.orders.postpone(order_id, START + MINUTE, store.now)
    assert await store.orders.to_send() == [(order_id, START + MINUTE, False)]
    record = await store.record(order_id)
    assert states(record) == [S.INTENDED] * 2
    assert (record.send_due_at, record.send_attempts) == (START + MINUTE, 1)
    again = await store.orders.mark_sending(order_id, START + MINUTE)
    assert again is not None
    assert (again.send_attempts, again.sent_at) == (2, START + MINUTE)


# The lost answer


async def test_a_lost_order_is_unknown_since_it_was_sent_and_not_sent_again(store: Store) -> None:
    order_id = (await store.sending(2)).order.id
    store.clock.advance(MINUTE)
    await store.orders.lose(order_id, store.now)
    assert await store.states(order_id) == [S.UNKNOWN] * 2
    assert await store.orders.unknown() == [(order_id, START)]
    assert await store.orders.to_send() == []
    assert await store.orders.mark_sending(order_id, store.now) is None
    assert not await store.orders.sending()


async def test_recovery_turns_all_that_was_being_sent_into_unknown(store: Store) -> None:
    lost = [(await store.sending(n)).order.id for n in (1, 2)]
    spared = [await store.in_state(state) for state in S if state is not S.SENDING]
    assert await store.orders.recover(store.now) == 2
    for order_id in lost:
        assert set(await store.states(order_id)) == {S.UNKNOWN}
    for record in spared:
        assert await store.record(record.order.id) == record
    assert await store.orders.recover(store.now) == 0


async def test_unknown_orders_come_in_the_order_they_were_sent(store: Store) -> None:
    first, second = await store.accepted(), await store.accepted()
    for record in (second, first):
        await store.orders.mark_sending(record.order.id, store.clock.advance(SECOND))
        await store.orders.lose(record.order.id, store.now)
    assert [order_id for order_id, _ in await store.orders.unknown()] == [second.order.id, first.order.id]


# Adopting the provider's ids


async def test_with_all_ids_the_order_is_queued(store: Store) -> None:
    order_id = (await store.sending(2)).order.id
    now = store.clock.advance(SECOND)
    await store.orders.adopt(order_id, [RemoteId("a"), RemoteId("b")], now, complete=True)
    found = (await store.record(order_id)).generations
    assert [(g.state, g.remote_id, g.queued_at) for g in found] == [(S.QUEUED, "a", now), (S.QUEUED, "b", now)]
    assert not await store.orders.sending()


async def test_what_the_provider_did_not_accept_fails_with_a_post(store: Store) -> None:
    order_id = (await store.sending(3)).order.id
    await store.orders.adopt(order_id, [RemoteId("a")], store.now, complete=True)
    found = (await store.record(order_id)).generations
    assert [(g.state, g.reason) for g in found] == [
        (S.QUEUED, None),
        (S.FAILED, Reason.SHORT),
        (S.FAILED, Reason.SHORT),
    ]
    assert len(await store.posts.open()) == 1


async def test_a_search_that_found_a_part_leaves_the_rest_unknown(store: Store) -> None:
    order_id = (await store.in_state(S.UNKNOWN, 3)).order.id
    await store.orders.adopt(order_id, [RemoteId("a")], store.now, complete=False)
    assert await store.states(order_id) == [S.QUEUED, S.UNKNOWN, S.UNKNOWN]
    assert [found for found, _ in await store.orders.unknown()] == [order_id]
    await store.orders.adopt(order_id, [RemoteId("b")], store.now, complete=False)
    assert await store.states(order_id) == [S.QUEUED, S.QUEUED, S.UNKNOWN]
    await store.orders.fail_unsent(order_id, Outcome(state=S.ABSENT, reason=Reason.ABSENT), store.now)
    assert await store.states(order_id) == [S.QUEUED, S.QUEUED, S.ABSENT]
    assert await store.posts.open() != []


async def test_an_id_that_is_owned_is_nobody_elses(store: Store) -> None:
    """What was accepted under it has another id, which has to be looked up."""
    first, second = await store.sending(), await store.sending(3)
    assert await store.orders.adopt(first.order.id, [RemoteId("a")], store.now, complete=True) == (["a"], False)
    taken = await store.orders.adopt(second.order.id, [RemoteId("a"), RemoteId("b")], store.now, complete=True)
    assert taken.ids == ["b"]
    assert [g.remote_id for g in (await store.record(first.order.id)).generations] == ["a"]
    assert [g.remote_id for g in (await store.record(second.order.id)).generations] == ["b", None, None]
    assert await store.states(second.order.id) == [S.QUEUED, S.UNKNOWN, S.FAILED]


async def test_an_id_that_comes_twice_is_one_generation(store: Store) -> None:
    order_id = (await store.sending(2)).order.id
    assert await store.orders.adopt(order_id, [RemoteId("a"), RemoteId("a")], store.now, complete=True) == (
        ["a"],
        False,
    )
    assert await store.states(order_id) == [S.QUEUED, S.UNKNOWN]


async def test_ids_beyond_what_was_ordered_are_left_alone(store: Store) -> None:
    order_id = (await store.sending()).order.id
    await store.orders.adopt(order_id, [RemoteId("a"), RemoteId("b")], store.now, complete=True)
    assert [g.remote_id for g in (await store.record(order_id)).generations] == ["a"]


async def test_ids_are_owned_whatever_became_of_their_generations(store: Store) -> None:
    old = await store.queued(created_at=START - timedelta(days=2))
    young = await store.queued(2)
    await store.succeed(ids(young)[0])
    await store.accepted()
    owned = await store.orders.owned(START - timedelta(days=1))
    assert owned == {g.remote_id for g in young.generations}
    assert len(await store.orders.owned(old.order.created_at)) == 3


# Failing before anything was accepted


async def test_a_rejected_order_fails_as_a_whole_in_one_post(store: Store) -> None:
    order_id = (await store.sending(3)).order.id
    outcome = Outcome(state=S.FAILED, reason=Reason.REJECTED, detail="no such model")
    await store.orders.fail_unsent(order_id, outcome, store.now)
    record = await store.record(order_id)
    assert record.ended
    assert {(g.state, g.reason, g.detail) for g in record.generations} == {(S.FAILED, Reason.REJECTED, "no such model")}
    assert await store.open_post() == ((await store.posts.open())[0][0], store.now)


async def test_what_the_provider_has_does_not_fail_with_the_rest(store: Store) -> None:
    order_id = (await store.in_state(S.UNKNOWN, 2)).order.id
    await store.orders.adopt(order_id, [RemoteId("a")], store.now, complete=False)
    await store.orders.fail_unsent(order_id, Outcome(state=S.FAILED, reason=Reason.REJECTED), store.now)
    assert await store.states(order_id) == [S.QUEUED, S.UNKNOWN]


# The card


async def test_a_new_card_is_left_to_the_command_for_ten_seconds(store: Store) -> None:
    order_id = (await store.accepted()).order.id
    assert await store.stale() == [(order_id, START + 10 * SECOND)]


async def test_a_shown_card_is_fresh_until_something_happens(store: Store) -> None:
    record = await store.accepted()
    await store.drawn(record.order.id, record.revision, store.now)
    assert await store.orders.stale_cards() == []
    now = store.clock.advance(MINUTE)
    await store.orders.mark_sending(record.order.id, now)
    assert await store.stale() == [(record.order.id, now)]


async def test_a_card_is_not_redrawn_before_it_may(store: Store) -> None:
    record = await store.accepted()
    await store.drawn(record.order.id, record.revision, store.now + SECOND)
    await store.orders.mark_sending(record.order.id, store.now)
    assert await store.stale() == [(record.order.id, START + SECOND)]


async def test_a_card_that_was_overtaken_while_it_was_drawn_is_stale(store: Store) -> None:
    record = await store.accepted()
    await store.orders.mark_sending(record.order.id, store.now)
    await store.drawn(record.order.id, record.revision, store.now)
    assert [card.id for card in await store.orders.stale_cards()] == [record.order.id]


async def test_an_older_drawing_does_not_count_against_a_newer_one(store: Store) -> None:
    old = await store.accepted()
    new = await store.orders.mark_sending(old.order.id, store.now)
    assert new is not None
    await store.drawn(old.order.id, new.revision, store.now)
    await store.drawn(old.order.id, old.revision, store.now)
    assert await store.orders.stale_cards() == []


async def test_a_postponed_card_is_redrawn_when_it_is_due_and_no_news_hastens_it(store: Store) -> None:
    record = await store.accepted()
    await store.orders.postpone_card(record.order.id, START + MINUTE)
    await store.orders.mark_sending(record.order.id, store.now)
    assert await store.stale() == [(record.order.id, START + MINUTE)]


async def test_an_order_without_a_card_has_none_to_redraw(store: Store) -> None:
    await store.accepted(card=None)
    assert await store.orders.stale_cards() == []


async def test_stale_cards_come_soonest_first(store: Store) -> None:
    orders = [(await store.accepted()).order.id for _ in range(3)]
    for order_id, minutes in zip(orders, (3, 1, 2), strict=True):
        await store.orders.postpone_card(order_id, START + minutes * MINUTE)
    assert [card.id for card in await store.orders.stale_cards()] == [orders[1], orders[2], orders[0]]


@pytest.mark.parametrize("state", [s for s in S if s is not S.INTENDED])
async def test_every_change_of_state_makes_the_card_stale(store: Store, state: S) -> None:
    record = await store.in_state(state)
    assert record.revision > 1
    await store.drawn(record.order.id, record.revision, store.now)
    assert await store.orders.stale_cards() == []


async def test_a_request_to_cancel_makes_the_card_stale(store: Store) -> None:
    record = await store.queued()
    await store.generations.want_cancelled(record.order.id, ids(record), MODERATOR, store.now)
    assert (await store.record(record.order.id)).revision == record.revision + 1
