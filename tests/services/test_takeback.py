"""Results that are taken back: whatever dies on the way, nothing of a deleted one stays and nothing is told twice."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ids import ChannelId, UserId
from bot.domain.messenger import Form, TryLater, Undeliverable
from bot.domain.orders.order import OrderRecord, Review
from bot.domain.orders.taking_back import Tidied, Told, Verdict, Wrong
from bot.services.delivery.takeback import GIVE_UP, MOST_REPORTS
from tests.fakes.faults import Held
from tests.fakes.messenger import DIRECT
from tests.fakes.orders import video_request
from tests.services.kit import GRACE, GUILD, MEMBER, MODERATOR, S, Services, refused

LOG, HERE = ChannelId(70), ChannelId(9)
OTHER, THIRD = UserId(881), UserId(882)


async def shown(services: Services, count: int = 1) -> OrderRecord:
    """An order whose result the channel has."""
    record = await services.made(video_request(count=count))
    await services.deliver()
    return await services.record(record)


async def delete(services: Services, record: OrderRecord, by: UserId = MEMBER, *, moderator: bool = False) -> Tidied:
    record = await services.record(record)
    return await services.takeback.delete(record.order, record.generations, by, moderator=moderator)


async def halfway(services: Services, call: str) -> Held:
    """Delivery in the middle of that call of the messenger."""
    held = services.messenger.faults.hold(call)
    await services.delivery.step()
    await held.reached.wait()
    return held


async def complain(services: Services, record: OrderRecord, by: UserId = OTHER, words: str = "") -> Told:
    return await services.takeback.complain((await services.record(record)).order, by, Wrong.VIOLENT, words)


async def amounts(services: Services) -> object:
    return await services.db.read(
        lambda db: [tuple(row) for row in db.execute("SELECT * FROM entries ORDER BY 1, 2").fetchall()]
    )


# Deleted.


async def test_messages_and_card_go_and_the_amounts_stay(services: Services) -> None:
    record = await shown(services, 2)
    (message,) = services.posted(record)
    booked = await amounts(services)
    assert await delete(services, record) is Tidied.DONE
    assert services.messenger.removed == [message.id, record.order.context.card_message_id]
    assert await amounts(services) == booked
    after = await services.record(record)
    assert (after.told, after.order.context.card_message_id) == ({}, None)
    assert [g.result_url for g in after.generations] == [None, None]
    assert await services.redraw()
    assert services.messenger.redrawn == []
    assert await refused(delete(services, record)) == "result-deleted"
    assert await refused(services.links.fresh(record.generations[0].id)) == "result-deleted"
    assert await services.audit.page(GUILD) == []


async def test_who_may_delete_and_what_the_audit_log_has_of_it(services: Services) -> None:
    record = await shown(services)
    assert await refused(delete(services, record, OTHER)) == "result-not-yours"
    assert await delete(services, record, MODERATOR, moderator=True) is Tidied.DONE
    (act,) = await services.audit.page(GUILD)
    assert (act.act.kind, act.act.by, act.act.subject) == ("deleted-result", MODERATOR, record.order.id)


async def test_what_is_not_made_is_cancelled_and_what_ends_later_is_told_nowhere(services: Services) -> None:
    record = await services.sent(video_request(count=2))
    first, second = await services.remote_ids(record)
    services.oxen.finish(first)
    await services.poll()
    services.clock.advance(GRACE)
    await services.deliver()
    assert await delete(services, record) is Tidied.DONE
    assert "cancelling" in services.woken()
    services.oxen.finish(second)
    await services.poll()
    services.clock.advance(GRACE)
    await services.deliver()
    assert await services.states(record) == [S.SUCCEEDED, S.SUCCEEDED]
    assert services.posted(record) == []
    assert services.messenger.attempts == 1
    assert await services.posts.open() == []


async def test_killed_after_the_message_was_sent_and_deleted_before_the_next_attempt(services: Services) -> None:
    record = await services.made()
    await halfway(services, "post")
    services = await services.killed()
    await delete(services, record)
    await services.deliver()
    await services.tidy()
    assert services.posted(record) == []
    assert services.messenger.attempts == 1
    assert await services.posts.open() == []


async def test_deleted_while_its_message_is_on_its_way(services: Services) -> None:
    record = await services.made()
    held = await halfway(services, "post")
    await delete(services, record)
    held.release.set()
    await services.delivery.pool.drain()
    assert len(services.posted(record)) == 1
    assert "taking back" in services.woken()
    await services.tidy()
    assert services.posted(record) == []


async def test_trouble_is_tried_again_after_a_restart_and_given_up_after_a_day(services: Services) -> None:
    record = await shown(services)
    services.messenger.faults.fail("remove", TryLater("502"), times=2)  # its message, its card
    assert await delete(services, record) is Tidied.LATER
    services = await services.killed()
    services.clock.advance(minutes=1)
    await services.tidy()
    assert services.posted(record) == []

    record = await shown(services)
    services.messenger.closed = Undeliverable("403 50001")
    assert await delete(services, record) is Tidied.CLOSED
    for _ in range(200):
        services.clock.advance(minutes=10)
        await services.tidy()
    services.messenger.closed = None
    await services.tidy()
    assert len(services.posted(record)) == 1


# Covered.


async def test_a_result_is_covered_and_shown_again(services: Services) -> None:
    record = await shown(services)
    (message,) = services.posted(record)

    async def cover(by: UserId = MEMBER, *, covered: bool) -> Tidied:
        order = (await services.record(record)).order
        return await services.takeback.cover(order, by, covered=covered, moderator=by == MODERATOR)

    assert await cover(covered=True) is Tidied.DONE
    assert await refused(cover(covered=True)) == "covered-already"
    assert await services.links.covered(record.generations[0].id)
    assert await cover(MODERATOR, covered=False) is Tidied.DONE
    assert services.messenger.covered == {message.id: False}
    assert [one.act.kind for one in await services.audit.page(GUILD)] == ["uncovered-result"]
    assert await refused(cover(OTHER, covered=True)) == "result-not-yours"


async def test_an_edit_that_is_slow_does_not_win_over_a_later_one(services: Services) -> None:
    record = await shown(services)
    (message,) = services.posted(record)
    held = services.messenger.faults.hold("cover", before=True)

    async def cover(*, covered: bool) -> Tidied:
        order = (await services.record(record)).order
        return await services.takeback.cover(order, MEMBER, covered=covered, moderator=False)

    slow = asyncio.create_task(cover(covered=True))
    await held.reached.wait()
    later = asyncio.create_task(cover(covered=False))
    for _ in range(20):  # the later one comes as far as it can
        await services.record(record)
    held.release.set()
    await asyncio.gather(slow, later)
    assert services.messenger.covered == {message.id: False}


async def test_what_is_wanted_in_the_moment_for_which_something_else_was_due_is_not_forgotten(
    services: Services,
) -> None:
    record = await shown(services)
    (message,) = services.posted(record)
    services.messenger.faults.fail("cover", TryLater("500"))
    assert await services.takeback.cover(record.order, MEMBER, covered=True, moderator=False) is Tidied.LATER
    services.clock.advance(await services.tidy())
    held = services.messenger.faults.hold("cover")
    step = asyncio.create_task(services.tidy())
    await held.reached.wait()
    deleting = asyncio.create_task(delete(services, record))
    for _ in range(20):
        await services.record(record)
    held.release.set()
    await asyncio.gather(step, deleting)
    await services.tidy()
    assert message.id in services.messenger.removed


async def test_covered_while_its_message_is_on_its_way(services: Services) -> None:
    record = await services.made()
    held = services.messenger.faults.hold("post", before=True)
    await services.delivery.step()
    await held.reached.wait()
    await services.takeback.cover(record.order, MEMBER, covered=True, moderator=False)
    held.release.set()
    await services.delivery.pool.drain()
    await services.tidy()
    (message,) = services.posted(record)
    assert services.messenger.covered == {message.id: True}


async def test_covered_between_two_attempts(services: Services) -> None:
    """The message that is found is of the attempt before, and shows what was not covered then."""
    record = await services.made()
    await halfway(services, "post")
    services = await services.killed()
    await services.takeback.cover(record.order, MEMBER, covered=True, moderator=False)
    await services.deliver()
    await services.tidy()
    (message,) = services.posted(record)
    assert services.messenger.covered == {message.id: True}


# Reported.


async def test_reports_of_a_result_are_one_message(services: Services) -> None:
    record = await shown(services)
    await services.rules(log_channel=LOG)
    assert await complain(services, record, words="it bites") is Told.MODERATORS
    assert await refused(complain(services, record)) == "reported-already"
    assert await refused(complain(services, record, MEMBER)) == "report-own"
    assert await complain(services, record, THIRD) is Told.MODERATORS
    (place, first), (same, second) = services.messenger.cases
    assert place == same
    assert place.channel_id == LOG
    assert [len(first.complaints), len(second.complaints)] == [1, 2]
    assert second.complaints[0].words == "it bites"

    await services.takeback.dismiss(record.order, MODERATOR)
    assert await refused(services.takeback.dismiss(record.order, MODERATOR)) == "case-over"
    await services.tidy()
    assert services.messenger.cases[-1][1].verdict is Verdict.DISMISSED
    await complain(services, record, UserId(883))
    assert services.messenger.cases[-1][1].verdict is None
    await delete(services, record)
    await services.tidy()
    assert services.messenger.cases[-1][1].verdict is Verdict.DELETED
    assert await refused(complain(services, record, UserId(884))) == "result-deleted"


async def test_an_answer_that_was_lost_is_no_second_message(services: Services) -> None:
    record = await shown(services)
    await services.rules(log_channel=LOG)
    services.messenger.faults.fail("show_case", TryLater("502"), after=True)
    assert await complain(services, record) is Told.LATER
    services = await services.killed()
    services.clock.advance(minutes=1)
    await services.tidy()
    assert len({place for place, _ in services.messenger.cases}) == 1
    assert (await services.takeback.step()) > timedelta(seconds=1)


@pytest.mark.parametrize("log", [None, LOG])
async def test_the_owner_is_told_where_no_log_channel_takes_a_report(services: Services, log: ChannelId | None) -> None:
    record = await shown(services)
    await services.rules(log_channel=log)
    services.messenger.closed = Undeliverable("404 10003")
    assert await complain(services, record) is Told.NOBODY
    services.messenger.takes_direct = True
    assert await complain(services, record, THIRD) is Told.OWNER
    assert services.messenger.cases[-1][0].channel_id == DIRECT
    assert (await services.policies.get(GUILD)).log_channel is None


async def test_a_member_reports_only_so_many_results(services: Services) -> None:
    await services.rules(log_channel=LOG)
    record = await shown(services)
    for _ in range(MOST_REPORTS):
        await complain(services, await shown(services))
    assert await refused(complain(services, record)) == "report-many"


# A moderator's yes.


async def waiting(services: Services, **rules: ChannelId) -> OrderRecord:
    """An order whose result waits for a moderator."""
    await services.rules(reviewed=frozenset({HERE}), **(rules or {"log_channel": LOG}))
    record = await services.made()
    await services.deliver()
    return await services.record(record)


async def decide(services: Services, record: OrderRecord, *, approved: bool) -> None:
    (question,) = services.messenger.questions
    await services.takeback.decide(question.post_id, record.order, MODERATOR, approved=approved)


async def test_a_yes_posts_it_as_any_result_and_once(services: Services) -> None:
    record = await waiting(services)
    assert services.posted(record) == []
    assert set(record.reviews.values()) == {Review.ASKED}
    assert record.told == {}
    services.clock.advance(hours=5)
    services = await services.killed()
    await services.deliver()
    assert len(services.messenger.questions) == 1
    await decide(services, record, approved=True)
    assert await refused(decide(services, record, approved=False)) == "review-over"
    await services.deliver()
    await services.deliver()
    (message,) = services.posted(record)
    assert (message.outgoing.form, len(message.contents)) == (Form.WHOLE, 1)
    (approval, *_) = await services.audit.page(GUILD)
    assert approval.act.kind == "approved-result"
    assert set((await services.record(record)).told.values()) == {message.id}


async def test_killed_after_it_was_asked_and_after_it_was_posted(services: Services) -> None:
    await services.rules(reviewed=frozenset({HERE}), log_channel=LOG)
    record = await services.made()
    await halfway(services, "ask")
    services = await services.killed()
    await services.deliver()
    assert len(services.messenger.questions) == 1
    await decide(services, record, approved=True)
    await halfway(services, "post")
    services = await services.killed()
    await services.deliver()
    assert len(services.posted(record)) == 1
    assert await services.posts.open() == []


async def test_a_no_is_told_in_words_and_charged_all_the_same(services: Services) -> None:
    record = await waiting(services)
    booked = await amounts(services)
    await decide(services, record, approved=False)
    await services.deliver()
    (message,) = services.posted(record)
    assert (message.outgoing.form, message.contents, message.outgoing.links) == (Form.WORDS, {}, {})
    assert message.outgoing.post.review is Review.REFUSED
    assert await amounts(services) == booked


async def test_after_a_day_without_an_answer_it_lapses_with_a_word(services: Services) -> None:
    record = await waiting(services)
    await services.tidy()
    services.clock.advance(GIVE_UP - timedelta(minutes=1))
    await services.tidy()
    await services.deliver()
    assert services.posted(record) == []
    services.clock.advance(minutes=2)
    await services.tidy()
    await services.deliver()
    (message,) = services.posted(record)
    assert message.outgoing.post.review is Review.LAPSED
    assert [post.review for post in services.messenger.answers] == [Review.LAPSED]
    assert await refused(decide(services, record, approved=True)) == "review-over"


async def test_a_review_that_nobody_can_be_asked_for_waits_and_lapses(services: Services) -> None:
    await services.rules(reviewed=frozenset({HERE}))
    record = await services.made()
    await services.deliver()
    assert services.posted(record) == []
    for _ in range(26):
        services.clock.advance(hours=1)
        await services.deliver()
    await services.deliver()
    (message,) = services.posted(record)
    assert message.outgoing.post.review is Review.LAPSED


async def test_a_result_that_waits_is_deleted_with_its_question(services: Services) -> None:
    record = await waiting(services)
    (question,) = services.messenger.questions
    await delete(services, record)
    await services.deliver()
    await services.tidy()
    assert question.id in services.messenger.removed
    assert services.posted(record) == []
    assert await services.posts.open() == []
    assert await refused(decide(services, await services.record(record), approved=True)) == "review-over"


async def test_failures_need_no_review_and_other_channels_neither(services: Services) -> None:
    await services.rules(reviewed=frozenset({HERE}), log_channel=LOG)
    record = await services.sent()
    services.oxen.fail(await services.remote_id(record))
    await services.poll()
    await services.deliver()
    (message,) = services.posted(record)
    assert [g.state for g in message.outgoing.post.generations] == [S.FAILED]
    await services.rules(reviewed=frozenset({ChannelId(10)}))
    record = await shown(services)
    assert len(services.posted(record)) == 1
    assert services.messenger.questions == []


async def test_what_is_made_later_is_asked_about_by_itself(services: Services) -> None:
    await services.rules(reviewed=frozenset({HERE}), log_channel=LOG)
    record = await services.sent(video_request(count=2))
    first, second = await services.remote_ids(record)
    services.oxen.finish(first)
    await services.poll()
    services.clock.advance(GRACE)
    await services.deliver()
    await decide(services, record, approved=True)
    services.oxen.finish(second)
    await services.poll()
    await services.deliver()
    assert len(services.messenger.questions) == 2
    (message,) = services.posted(record)
    assert [g.ordinal for g in message.outgoing.post.generations] == [1]
