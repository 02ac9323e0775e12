"""Results that are taken back: deleted, covered, reported. And the loop that brings their messages in line.

The row is first: it says how the messages are to be, and a message that is not so is brought in line at once, or by the
loop, for a day. Deleting what is gone and covering what is covered changes nothing, so either may do it twice. What has
become of a post that waits for a moderator's yes is decided here too, and carried out by `Delivery`.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.domain.clock import SteadyClock, Waits
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, GuildId, OrderId, PostId, UserId
from bot.domain.messenger import Messenger, MessengerError, TryLater, Undeliverable
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import Order, Review
from bot.domain.orders.taking_back import Case, Complaint, Tidied, Told, Untidy, Wrong
from bot.domain.records.guild_log import Act, ActKind
from bot.services.policy import Timing
from bot.services.queue.policy_service import PolicyService
from bot.services.supervision import WorkerPool, backoff
from bot.services.wakeups import AN_END, Topic, Wakeups
from bot.store.orders.generations import Generations
from bot.store.orders.posts import Posts
from bot.store.orders.takeback import Takebacks

log = logging.getLogger(__name__)

GIVE_UP = timedelta(hours=24)  # a message that we cannot get at for so long stays as it is
MOST_REPORTS = 20  # of one member in a guild within a day
WORDS = 300  # characters of a report
_DAY = timedelta(days=1)
_AT_ONCE = 10.0  # seconds that somebody waits for the messages to be in line
_LAST_PAUSE = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)  # a due time beyond it is a clock set back
_TIDY, _CASE = "tidy ", "case "  # what the keys of the jobs begin with


class TakeBackService:
    """The caller checks who may moderate where. Raises `Refusal`."""

    def __init__(
        self,
        takebacks: Takebacks,
        posts: Posts,
        generations: Generations,
        policy_service: PolicyService,
        messenger: Messenger,
        clock: SteadyClock,
        wakeups: Wakeups,
        timing: Timing,
    ) -> None:
        self._rows = takebacks
        self._posts = posts
        self._generations = generations
        self._policy_service = policy_service
        self._messenger = messenger
        self._clock = clock
        self._waits = Waits(clock)
        self._wakeups = wakeups
        self._timing = timing
        self._attempts: dict[OrderId, int] = {}
        self._turns: WeakValueDictionary[OrderId, asyncio.Lock] = WeakValueDictionary()
        self.pool = WorkerPool("taking back", 4, clock, wakeups, Topic.TIDY)

    # What members and moderators ask for.

    async def delete(self, order: Order, generations: Sequence[Generation], by: UserId, *, moderator: bool) -> Tidied:
        """Nothing of what the order made is shown any more, and what is not made yet is cancelled.

        `generations` are all of it, and of those that it is compared with: they are told of together. Its amounts stay
        in the ledger. For its requester and for moderators; only once.
        """
        own = self._check(order, by, moderator=moderator)
        left: defaultdict[OrderId, list[GenerationId]] = defaultdict(list)
        for one in generations:
            if not one.state.ended and one.cancel_requested_by is None:
                left[one.order_id].append(one.id)
        if left:  # first: what nobody will see is not to be paid for
            for order_id, ids in left.items():
                await self._generations.want_cancelled(order_id, ids, by, self._clock.now())
            self._wakeups.notify(Topic.CANCELLATION, *AN_END)
        act = None if own else _act(order, by, ActKind.DELETED_RESULT)
        if not await self._rows.delete(order, by, act, self._clock.now()):
            raise Refusal("result-deleted")
        log.info("result deleted", extra={"order": order.id, "user": by, "own": own})
        return await self._in_line(order.told_in)

    async def cover(self, order: Order, by: UserId, *, covered: bool, moderator: bool) -> Tidied:
        """The files of the order's messages are spoilers from now on, or not any more."""
        own = self._check(order, by, moderator=moderator)
        act = None if own else _act(order, by, ActKind.COVERED_RESULT if covered else ActKind.UNCOVERED_RESULT)
        if not await self._rows.cover(order, by, act, self._clock.now(), covered=covered):
            raise Refusal("covered-already" if covered else "uncovered-already")
        log.info("result covered", extra={"order": order.id, "user": by, "covered": covered})
        return await self._in_line(order.told_in)

    def check_report(self, order: Order, by: UserId) -> None:
        """Raises `Refusal` if somebody may not report it at all: before they are asked why."""
        if order.deleted_at is not None:
            raise Refusal("result-deleted")
        if order.context.requester_id == by:
            raise Refusal("report-own")

    async def complain(self, order: Order, by: UserId, wrong: Wrong, words: str) -> Told:
        """Moderators hear what is wrong with the result, and from whom; from each member once."""
        self.check_report(order, by)
        guild_id, now = order.context.guild_id, self._clock.now()
        if await self._rows.complained(guild_id, by, now - _DAY) >= MOST_REPORTS:
            raise Refusal("report-many")
        complaint = Complaint(order_id=order.told_in, by=by, wrong=wrong, words=words[:WORDS], made_at=now)
        if not await self._rows.complain(complaint, guild_id):
            raise Refusal("reported-already")
        log.info("result reported", extra={"order": order.id, "user": by, "reason": wrong})
        try:
            async with asyncio.timeout(_AT_ONCE):
                told = await self._show_case(order.told_in)
        except TimeoutError:
            told = Told.LATER
        self._wakeups.notify(Topic.TIDY)
        return told

    async def case(self, order: Order) -> Case:
        """The reports of the result as they are now."""
        case = await self._rows.case(order.told_in)
        if case is None:
            raise Refusal("case-over")
        return case

    async def dismiss(self, order: Order, by: UserId) -> None:
        """Nothing is wrong with the result: its reports are settled."""
        if not await self._rows.dismiss(order.told_in, _act(order, by, ActKind.DISMISSED_REPORTS), self._clock.now()):
            raise Refusal("case-over")
        log.info("reports dismissed", extra={"order": order.id, "user": by})
        self._wakeups.notify(Topic.TIDY, Topic.NOTICE)

    async def decide(self, post_id: PostId, order: Order, by: UserId, *, approved: bool) -> None:
        """A moderator's yes or no to a post that waits for it."""
        review = Review.APPROVED if approved else Review.REFUSED
        act = _act(order, by, ActKind.APPROVED_RESULT if approved else ActKind.REFUSED_RESULT)
        if order.deleted_at is not None or not await self._posts.decide(post_id, review, self._clock.now(), act):
            raise Refusal("review-over")
        log.info("review decided", extra={"post": post_id, "user": by, "review": review})
        self._wakeups.notify(Topic.POST, Topic.CARD, Topic.NOTICE)

    async def reviewed(self, guild_id: GuildId, post_id: PostId) -> Order:
        """The order of a post of the guild."""
        order = await self._posts.order_of(post_id)
        if order is None or order.context.guild_id != guild_id:
            raise Refusal("link-unknown")
        return order

    def _check(self, order: Order, by: UserId, *, moderator: bool) -> bool:
        """Whether it is their own."""
        own = order.context.requester_id == by
        if not own and not moderator:
            raise Refusal("result-not-yours")
        if order.deleted_at is not None:
            raise Refusal("result-deleted")
        return own

    async def _in_line(self, order_id: OrderId) -> Tidied:
        """Now, if that is quick; the loop goes on with what is left."""
        try:
            async with asyncio.timeout(_AT_ONCE):
                tidied = await self._tidy(order_id)
        except TimeoutError:
            tidied = Tidied.LATER
        self._wakeups.notify(Topic.TIDY, Topic.POST, Topic.CARD, Topic.NOTICE, Topic.SHOWCASE)
        return tidied

    # What goes on by itself.

    async def step(self) -> timedelta:
        """Starts what is due; returns how long until the next is."""

        async def work(key: str) -> None:
            order_id = OrderId(key.partition(" ")[2])
            if key.startswith(_TIDY):
                await self._tidy(order_id)
            else:
                await self._show_case(order_id)

        left = await self._rows.to_do()
        for post_id, since in left.asked:
            if self._waits.over(post_id, since, GIVE_UP):
                await self._posts.decide(post_id, Review.LAPSED, self._clock.now())
                self._waits.drop(post_id)
                self._wakeups.notify(Topic.POST, Topic.CARD)
                log.info("review lapsed", extra={"post": post_id})
        due = [(f"{_TIDY}{order_id}", moment) for order_id, moment in left.untidy]
        due += [(f"{_CASE}{order_id}", moment) for order_id, moment in left.cases]
        due.sort(key=lambda one: one[1])
        return self.pool.take_up(due, self._clock.now(), work, longest=_LONGEST_PAUSE)

    async def _tidy(self, order_id: OrderId) -> Tidied:
        """Deletes the messages of what is deleted; covers those of what is not, or uncovers them.

        One after the other, so that a slow edit does not come after one that is wanted since.
        """
        async with self._turns.setdefault(order_id, asyncio.Lock()):
            return await self._bring_in_line(order_id)

    async def _bring_in_line(self, order_id: OrderId) -> Tidied:
        untidy = await self._rows.untidy(order_id)
        if untidy is None:
            return Tidied.DONE
        deleted, covered = untidy.order.deleted_at is not None, untidy.order.request.spoiler
        places = untidy.everything if deleted else untidy.results
        trouble: MessengerError | None = None
        for place in places:
            try:
                if deleted:
                    await self._messenger.remove(place)
                    await self._rows.removed(order_id, place.message_id)
                else:
                    await self._messenger.cover(place, covered=covered)
            except MessengerError as error:
                trouble = trouble if isinstance(trouble, Undeliverable) else error
        if trouble is None:
            await self._over(untidy)
            log.info("messages in line", extra={"order": order_id, "deleted": deleted, "messages": len(places)})
            return Tidied.DONE
        since = untidy.order.deleted_at or untidy.due
        if self._waits.over(order_id, since, GIVE_UP):
            log.warning("messages left as they are", extra={"order": order_id, "error": str(trouble)})
            await self._over(untidy)
            return Tidied.CLOSED
        self._attempts[order_id] = attempt = self._attempts.get(order_id, 0) + 1
        await self._rows.postpone_tidying(untidy, self._clock.now() + self._pause(trouble, attempt))
        log.warning("messages not in line", extra={"order": order_id, "error": str(trouble)})
        return Tidied.CLOSED if isinstance(trouble, Undeliverable) else Tidied.LATER

    async def _over(self, untidy: Untidy) -> None:
        await self._rows.tidied(untidy)
        self._waits.drop(untidy.order.id)
        self._attempts.pop(untidy.order.id, None)

    async def _show_case(self, order_id: OrderId) -> Told:
        """In the log channel; where there is none that takes it, the owner of the server is told directly."""
        case = await self._rows.claim_case(order_id)
        if case is None:
            return Told.MODERATORS
        guild_id = case.order.context.guild_id
        channel_id = (await self._policy_service.of(guild_id)).log_channel
        told = Told.MODERATORS if channel_id is not None else Told.OWNER
        try:
            try:
                shown_as = await self._messenger.show_case(case, channel_id)
            except Undeliverable:
                if channel_id is None:
                    raise
                if case.shown_as is None:
                    await self._policy_service.channel_lost(guild_id, channel_id)
                told, shown_as = Told.OWNER, await self._messenger.show_case(replace(case, shown_as=None), None)
        except Undeliverable as error:
            await self._rows.case_shown(case, None)
            log.warning("report reached nobody", extra={"order": order_id, "guild": guild_id, "error": str(error)})
            return Told.NOBODY
        except MessengerError as error:
            due = self._clock.now() + self._pause(error, case.attempt)
            await self._rows.postpone_case(order_id, due)
            log.warning("report not shown", extra={"order": order_id, "error": str(error), "attempt": case.attempt})
            return Told.LATER
        await self._rows.case_shown(case, shown_as)
        log.info("report shown", extra={"order": order_id, "guild": guild_id, "told": told.name})
        return told

    def _pause(self, error: MessengerError, attempt: int) -> timedelta:
        said = error.pause if isinstance(error, TryLater) else None
        return min(said or backoff(attempt, self._timing.notice_again, _LAST_PAUSE), _LONGEST_PAUSE)


def _act(order: Order, by: UserId, kind: ActKind) -> Act:
    return Act(guild_id=order.context.guild_id, by=by, kind=kind, subject=order.id)
