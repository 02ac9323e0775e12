"""The outbox: what a channel is owed, claimed before the attempt and settled after it."""

import asyncio
from datetime import timedelta

from bot.domain.ids import GenerationId, GuildId, MessageId, PostId
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.store.orders.posts import UNTOLD
from bot.store.records.guild_log import Notices
from tests.store.kit import GRACE, SECOND, START, MediaInfo, S, Store, ids

MINUTE = timedelta(minutes=1)
MESSAGE = MessageId(2**63 - 1)


async def test_a_claimed_post_has_all_that_is_to_be_said(store: Store) -> None:
    record = await store.queued(2)
    first, second = ids(record)
    await store.succeed(first)
    await store.generations.settle(second, Outcome(state=S.FAILED, reason=Reason.LOST), store.now)
    now = store.clock.advance(SECOND)
    post_id, _ = await store.open_post()
    post = await store.posts.claim(post_id, now)
    assert post is not None
    assert post.order == record.order
    assert post.order.request.count == 2
    assert (post.part, post.attempt, post.first_attempt_at) == (1, 1, now)
    assert list(post.generations) == list((await store.record(record.order.id)).generations)


async def test_a_post_claimed_again_counts_and_says_the_same(store: Store) -> None:
    first, second = ids(await store.queued(2))
    await store.succeed(first)
    post = await store.claimed()
    await store.succeed(second)
    store.clock.advance(MINUTE)
    again = await store.posts.claim(post.id, store.now)
    assert again is not None
    assert [g.id for g in again.generations] == [first]
    assert (again.attempt, again.first_attempt_at) == (2, START)


async def test_what_ends_after_a_claim_goes_into_the_next_part(store: Store) -> None:
    first, second, third = ids(await store.queued(3))
    await store.succeed(first)
    part_one = await store.claimed()
    store.clock.advance(SECOND)
    await store.succeed(second)
    waiting = [(post_id, due) for post_id, due in await store.posts.open() if post_id != part_one.id]
    assert [due for _, due in waiting] == [store.now + GRACE]
    await store.succeed(third)
    part_two = await store.posts.claim(waiting[0][0], store.now)
    assert part_two is not None
    assert (part_two.part, [g.id for g in part_two.generations]) == (2, [second, third])
    await store.posts.delivered(part_one.id, MESSAGE, store.now)
    await store.posts.delivered(part_two.id, MESSAGE, store.now)
    assert await store.posts.open() == []


async def test_a_postponed_post_stays_claimed_and_waits(store: Store) -> None:
    first, second = ids(await store.queued(2))
    await store.succeed(first)
    post = await store.claimed()
    await store.posts.postpone(post.id, START + MINUTE)
    assert await store.open_post() == (post.id, START + MINUTE)
    await store.succeed(second)  # neither hastens it nor joins it
    assert dict(await store.posts.open())[post.id] == START + MINUTE
    assert len(await store.posts.open()) == 2


async def test_a_post_that_nobody_claimed_is_not_postponed(store: Store) -> None:
    await store.succeed(ids(await store.queued())[0])
    before = await store.open_post()
    await store.posts.postpone(before[0], START + MINUTE)
    assert await store.open_post() == before


async def test_a_delivered_post_is_over(store: Store, look: MediaInfo) -> None:
    await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    now = store.clock.advance(SECOND)
    await store.posts.delivered(post.id, MESSAGE, now)
    assert await store.posts.open() == []
    assert await store.posts.claim(post.id, now) is None
    (row,) = before = await look("posts")
    assert (row["state"], row["message_id"]) == ("delivered", MESSAGE)
    await store.posts.delivered(post.id, MessageId(1), now + SECOND)
    await store.posts.dead_letter(post.id, "too late", now)
    await store.posts.postpone(post.id, now + MINUTE)
    assert await look("posts") == before


async def test_a_dead_lettered_post_is_over_and_says_why(store: Store, look: MediaInfo) -> None:
    await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    await store.posts.dead_letter(post.id, "403 50001: Missing Access", store.now)
    assert await store.posts.open() == []
    assert await store.posts.claim(post.id, store.now) is None
    (row,) = before = await look("posts")
    assert (row["state"], row["dead_because"], row["message_id"]) == ("dead", "403 50001: Missing Access", None)
    await store.posts.delivered(post.id, MESSAGE, store.now)
    assert await look("posts") == before


async def test_an_unclaimed_post_is_neither_delivered_nor_dead_lettered(store: Store, look: MediaInfo) -> None:
    await store.in_state(S.SUCCEEDED)
    before = await look("posts")
    await store.posts.delivered(PostId(before[0]["id"]), MESSAGE, store.now)
    await store.posts.dead_letter(PostId(before[0]["id"]), "why", store.now)
    assert await look("posts") == before


async def test_a_dead_lettered_part_does_not_take_the_next_one_with_it(store: Store) -> None:
    first, second = ids(await store.queued(2))
    await store.succeed(first)
    part_one = await store.claimed()
    await store.posts.dead_letter(part_one.id, "gone", store.now)
    await store.succeed(second)
    part_two = await store.claimed()
    assert (part_two.part, [g.id for g in part_two.generations]) == (2, [second])


async def test_nobody_can_claim_a_post_that_does_not_exist(store: Store) -> None:
    assert await store.posts.claim(PostId("nobody"), store.now) is None


async def test_claims_at_once_all_say_the_same(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED, 4)
    post_id, _ = await store.open_post()
    claims = await asyncio.gather(*(store.posts.claim(post_id, store.now) for _ in range(3)))
    assert sorted(claim.attempt for claim in claims if claim) == [1, 2, 3]
    assert all([g.id for g in claim.generations] == ids(record) for claim in claims if claim)


async def test_open_posts_come_soonest_first(store: Store) -> None:
    made = []
    for minutes in (3, 1, 2):
        await store.in_state(S.SUCCEEDED)
        known = {post_id for post_id, _ in made}
        (post_id,) = [p for p, _ in await store.posts.open() if p not in known]
        await store.posts.claim(post_id, store.now)
        await store.posts.postpone(post_id, START + minutes * MINUTE)
        made.append((post_id, START + minutes * MINUTE))
    assert await store.posts.open() == sorted(made, key=lambda each: each[1])


# What nobody could be told.


async def card(store: Store, record: OrderRecord) -> tuple[int, frozenset[GenerationId]]:
    """The card's revision, and of which outputs it tells that nobody could be told of them."""
    found = await store.record(record.order.id)
    return found.revision, found.untold


async def owed(store: Store) -> list[str]:
    """The kinds of the notices that log channels are owed."""
    notices = Notices(store.db)
    claimed = [await notices.claim(key, store.now) for key, _ in await notices.open()]
    return [notice.kind for notice in claimed if notice is not None]


async def test_a_held_post_is_open_and_told_on_the_card_and_once_in_the_log_channel(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    revision, untold = await card(store, record)
    assert untold == frozenset()
    assert await store.posts.hold(post.id, START + MINUTE, store.now, refused=True)
    assert await card(store, record) == (revision + 1, frozenset(ids(record)))
    assert await store.open_post() == (post.id, START + MINUTE)
    assert not await store.posts.hold(post.id, START + 2 * MINUTE, store.now, refused=True)
    assert await card(store, record) == (revision + 1, frozenset(ids(record)))
    assert await store.open_post() == (post.id, START + 2 * MINUTE)
    assert await owed(store) == [UNTOLD]


async def test_a_held_post_that_is_delivered_leaves_the_card(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    await store.posts.hold(post.id, START + MINUTE, store.now, refused=True)
    revision, _ = await card(store, record)
    assert await store.posts.delivered(post.id, MESSAGE, store.now)
    assert await card(store, record) == (revision + 1, frozenset())


async def test_the_card_links_to_what_was_delivered_once(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    revision, _ = await card(store, record)
    assert await store.posts.delivered(post.id, MESSAGE, store.now)
    assert await card(store, record) == (revision + 1, frozenset())
    assert (await store.record(record.order.id)).told == dict.fromkeys(ids(record), MESSAGE)
    assert not await store.posts.delivered(post.id, MESSAGE, store.now)
    assert await card(store, record) == (revision + 1, frozenset())


async def test_a_dead_lettered_post_stays_on_the_card(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    await store.posts.dead_letter(post.id, "gave up", store.now)
    assert (await card(store, record))[1] == frozenset(ids(record))
    assert await owed(store) == [UNTOLD]


async def test_a_post_that_is_over_or_unclaimed_is_not_held(store: Store, look: MediaInfo) -> None:
    await store.in_state(S.SUCCEEDED)
    post_id, due = await store.open_post()
    assert not await store.posts.hold(post_id, due + MINUTE, store.now, refused=True)
    assert await store.open_post() == (post_id, due)
    await store.posts.claim(post_id, store.now)
    await store.posts.delivered(post_id, MESSAGE, store.now)
    before = await look("posts")
    assert not await store.posts.hold(post_id, due + MINUTE, store.now, refused=False)
    assert await look("posts") == before
    assert await owed(store) == []


async def test_only_a_clear_refusal_says_that_no_direct_message_left(store: Store) -> None:
    await store.in_state(S.SUCCEEDED)
    post = await store.claimed()
    assert not post.direct
    await store.posts.going_direct(post.id, store.now)
    await store.posts.hold(post.id, store.now, store.now, refused=False)
    again = await store.posts.claim(post.id, store.now)
    assert again is not None
    assert again.direct
    await store.posts.hold(post.id, store.now, store.now, refused=True)
    again = await store.posts.claim(post.id, store.now)
    assert again is not None
    assert not again.direct


async def test_what_is_held_in_a_guild_can_be_hastened(store: Store) -> None:
    record = await store.in_state(S.SUCCEEDED)
    guild = record.order.context.guild_id
    post = await store.claimed()
    await store.posts.postpone(post.id, START + MINUTE)
    assert await store.posts.hasten_held({guild}, store.now) == set()  # it only waits for better weather
    await store.posts.hold(post.id, START + MINUTE, store.now, refused=True)
    assert await store.posts.hasten_held({GuildId(guild + 1)}, store.now) == set()
    assert await store.open_post() == (post.id, START + MINUTE)
    assert await store.posts.hasten_held({guild, GuildId(guild + 1)}, store.now) == {guild}
    assert await store.open_post() == (post.id, store.now)
    assert await store.posts.hasten_held({guild}, store.now) == set()
