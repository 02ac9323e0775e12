"""Classic faults of orders and of wallets, put back into the code one at a time, to show that the simulation sees each.

PYTHONHASHSEED=0 python -m tests.simulation.mutants      tells for each which seed caught it, and what was broken
"""

import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot.domain.clock import to_millis
from bot.domain.ids import MessageId, OrderId
from bot.domain.messenger import TokenOver, TryLater, Undeliverable
from bot.domain.orders.estimate import Costs, Estimate, EstimateSource
from bot.domain.orders.generation import MAY_HAVE_BEEN_MADE, GenerationState, Outcome, Reason
from bot.domain.orders.payer import KeyId
from bot.domain.provider import Ambiguous, Unavailable
from bot.domain.roles import Lease, Role
from bot.domain.shards import Shards
from bot.services.delivery.card_editor import CardEditor
from bot.services.delivery.delivery import Delivery
from bot.services.ordering.late_results import LateResultChecker
from bot.services.ordering.submitter import Submitter
from bot.services.tracking.events import EventInbox
from bot.services.tracking.result_files import ResultFiles
from bot.services.tracking.settler import LIFETIME, SLACK, Settler
from bot.store.orders.generations import Generations, InFlight
from bot.store.orders.orders import Orders
from bot.store.postgres.membership import LAPSE, Membership
from bot.store.statements import Statements
from tests.simulation import run
from tests.simulation.discord import DiscordModel
from tests.simulation.invariants import check
from tests.simulation.oxen import OxenModel
from tests.simulation.run import make_template
from tests.simulation.several import simulate_several
from tests.store.kit import saying

SEEDS = range(400)


@contextmanager
def retry_the_post() -> Generator[None]:
    """A lost answer is taken for a request that never left."""
    enqueue = OxenModel.enqueue

    async def careless(self: OxenModel, *args: Any, **options: Any) -> Any:
        try:
            return await enqueue(self, *args, **options)
        except Ambiguous as error:
            raise Unavailable("sent again") from error

    with patch.object(OxenModel, "enqueue", careless):
        yield


@contextmanager
def mark_delivered_before_sending() -> Generator[None]:
    """The row says that the channel has it before the channel does."""
    send = Delivery._send

    async def early(self: Delivery, say: Any, post: Any, folder: Path) -> MessageId:
        await self._posts.delivered(post.id, MessageId(0), self._clock.now())
        return await send(self, say, post, folder)

    with patch.object(Delivery, "_send", early):
        yield


@contextmanager
def drop_the_nonce() -> Generator[None]:
    """Each attempt of the library's own is a new message."""
    with patch.object(DiscordModel, "_known", lambda *_: None):
        yield


@contextmanager
def forget_the_list_on_reconnect() -> Generator[None]:
    """While the stream is up it is trusted, and what fired in a gap is never asked for."""

    def trusting(self: EventInbox, key: KeyId | None = None, *, up: bool) -> None:
        self.of(key).up = up

    with patch.object(EventInbox, "set_up", trusting), patch.object(run, "LISTS_QUIET", timedelta(days=9)):
        yield


@contextmanager
def send_before_sending_is_committed() -> Generator[None]:
    """The call before the row."""

    async def hasty(self: Submitter, order_id: OrderId, **_: Any) -> None:
        record = await self._orders.get(order_id)
        if record is None or record.ended:
            return
        validated, payer = record.order.request, record.order.payer
        async with self._providers.of(payer.key) as oxen:
            ids = await oxen.enqueue(validated, len(record.generations), payer.namespace)
        await self._orders.mark_sending(order_id, self._clock.now())
        await self._orders.adopt(order_id, ids, self._clock.now(), complete=True)

    with patch.object(Submitter, "_send", hasty):
        yield


@contextmanager
def revive_a_cancelled_order() -> Generator[None]:
    """A recovery that takes everything without a result for unfinished."""
    recover = Orders.recover

    async def reviving(self: Orders, now: Any) -> int:
        def work(tx: Any) -> None:
            tx.execute(
                "UPDATE generations SET state = 'intended', ended_at = NULL, cancel_requested_at = NULL, "
                "post_id = NULL WHERE state = 'cancelled'"
            )

        await self._db.write(work)
        return await recover(self, now)

    with patch.object(Orders, "recover", reviving):
        yield


@contextmanager
def drop_the_budget_check() -> Generator[None]:
    """What is left of a budget is shown, and nobody heeds it."""
    with patch("bot.store.orders.orders.check_all", lambda orders, policy, _: orders[0].under(policy)):
        yield


@contextmanager
def forget_a_release() -> Generator[None]:
    """What failed stays reserved."""
    with _without("release"):
        yield


@contextmanager
def keep_no_tally() -> Generator[None]:
    """The entries are made, and the sums beside them are not."""
    with _without("tally"):
        yield


@contextmanager
def believe_one_reading_of_the_clock() -> Generator[None]:
    """What the clock shows at this moment decides, and what is listed is judged by it as well."""

    async def expire_old(self: Settler, generations: Sequence[InFlight], *, listed: object) -> None:
        aged = to_millis(self._clock._machine.now() - LIFETIME - SLACK)
        for each in generations:
            if 0 < each.queued_at <= aged and (generation := await self._generations.get(each.id)) is not None:
                await self.settle(generation, Outcome(state=GenerationState.EXPIRED, reason=Reason.EXPIRED))

    with patch.object(Settler, "expire_old", expire_old), patch.object(run, "EXPIRY", timedelta()):
        yield


@contextmanager
def never_look_again() -> Generator[None]:
    """What was given up stays given up."""

    async def nothing(_: LateResultChecker) -> timedelta:
        return timedelta(hours=1)

    with patch.object(LateResultChecker, "step", nothing):
        yield


@contextmanager
def believe_an_event_without_its_file() -> Generator[None]:
    """What an event calls a success is one, whatever its link leads to."""

    async def credulous(_: ResultFiles, *__: Any, **___: Any) -> bool:
        return True

    with patch.object(ResultFiles, "fetch", credulous):
        yield


@contextmanager
def believe_whatever_link_an_event_names() -> Generator[None]:
    """A result in hand is a proof, whosever it is."""
    claim = Generations.claim

    async def credulous(self: Generations, *args: Any) -> Any:
        found = await claim(self, *args)
        return found and found._replace(taken=False)

    with patch.object(Generations, "claim", credulous):
        yield


@contextmanager
def forget_that_it_is_unclear() -> Generator[None]:
    """What may have been made counts as if it had not."""
    with _without("turn_into", kind="unclear"):
        yield


@contextmanager
def take_an_unknown_price_for_nothing() -> Generator[None]:
    """Not known is zero."""

    def nothing(*_: Any, **__: Any) -> Estimate:
        return Estimate.of_price(Decimal(0), EstimateSource.CEILING)

    with patch("bot.domain.rules.limits.ceiling", nothing):
        yield


@contextmanager
def take_a_learnt_price_for_nothing() -> Generator[None]:
    """What others were charged sets nothing aside."""
    estimate = Costs.estimate

    def nothing(self: Costs, drivers: str) -> Estimate | None:
        found = estimate(self, drivers)
        return found and found.times(0)

    with patch.object(Costs, "estimate", nothing):
        yield


@contextmanager
def book_a_lost_output_as_nothing() -> Generator[None]:
    """It left the provider's queue without a word, so nobody has to pay for it."""
    with patch("bot.store.orders.settlement.MAY_HAVE_BEEN_MADE", MAY_HAVE_BEEN_MADE - {Reason.LOST}):
        yield


@contextmanager
def ignore_the_running_limit() -> Generator[None]:
    """There is always room."""
    value = Statements.value

    def nothing_runs(self: Statements, connection: Any, name: str, /, **values: Any) -> Any:
        return 0 if name == "running" else value(self, connection, name, **values)

    with patch.object(Statements, "value", nothing_runs):
        yield


@contextmanager
def _without(statement: str, kind: str | None = None) -> Generator[None]:
    """A statement of the ledger that changes nothing; of this `kind` only, where one is named."""
    run, value, every = Statements.run, Statements.value, Statements.all

    def not_run(self: Statements, connection: Any, name: str, /, **values: Any) -> Any:
        return 0 if name == statement else run(self, connection, name, **values)

    def no_value(self: Statements, connection: Any, name: str, /, **values: Any) -> Any:
        return None if name == statement else value(self, connection, name, **values)

    def no_rows(self: Statements, connection: Any, name: str, /, **values: Any) -> Any:
        left_out = name == statement and kind in (None, values.get("kind"))
        return [] if left_out else every(self, connection, name, **values)

    changes = {"run": not_run, "value": no_value, "all": no_rows}
    with patch.multiple(Statements, **changes):
        yield


@contextmanager
def draw_over_what_may_still_come() -> Generator[None]:
    """An edit without an answer is taken for one that never was."""
    edit = CardEditor._edit

    async def hasty(self: CardEditor, *args: Any) -> None:
        self._unsure.clear()
        try:
            await edit(self, *args)
        except TryLater as error:
            raise TryLater(str(error), timedelta(milliseconds=1)) from error

    with patch.object(CardEditor, "_edit", hasty):
        yield


@contextmanager
def believe_in_every_token() -> Generator[None]:
    """A token that Discord does not know any more is taken for a card that is gone."""
    redraw = DiscordModel.redraw

    async def sure(self: DiscordModel, *args: Any) -> None:
        try:
            await redraw(self, *args)
        except TokenOver as error:
            raise Undeliverable(str(error)) from error

    with patch.object(DiscordModel, "redraw", sure):
        yield


@contextmanager
def judge_the_guilds_of_other_shards() -> Generator[None]:
    """What READY does not list for one shard is taken for left, whichever shard it is in."""
    with patch.object(Shards, "__contains__", lambda *_: True):
        yield


@contextmanager
def act_without_a_lease() -> Generator[None]:
    """Whoever believes that it has a role acts for it."""
    with patch.object(Lease, "hold", lambda _: None):
        yield


@contextmanager
def evict_without_a_fence() -> Generator[None]:
    """The row of an evicted process goes, and what it writes with stays."""
    with saying("end_writers", "SELECT 1 WHERE :process = ''"):
        yield


@contextmanager
def evict_too_early() -> Generator[None]:
    """Who watches others is less patient than they are with themselves."""
    silent = Membership._silent

    def impatient(self: Membership, beats: Any, now: float) -> list[str]:
        silent(self, beats, now)
        return [process for process, seen in self._others.items() if now - seen.since >= LAPSE / 2]

    with patch.object(Membership, "_silent", impatient):
        yield


@contextmanager
def take_what_others_have() -> Generator[None]:
    """A role is taken without a look at who has it."""
    with patch.object(Role, "clashes", lambda *_: False):
        yield


OF_SEVERAL: tuple[Callable[[], Any], ...] = (
    act_without_a_lease,
    evict_without_a_fence,
    evict_too_early,
    take_what_others_have,
    judge_the_guilds_of_other_shards,
)
# Those that only real processes, or a real PostgreSQL, can show.
ON_POSTGRES = ("tests/store/test_takeover.py", "tests/store/test_postgres.py::test_each_lock_is_needed")
MUTANTS: tuple[Callable[[], Any], ...] = (
    retry_the_post,
    mark_delivered_before_sending,
    drop_the_nonce,
    forget_the_list_on_reconnect,
    send_before_sending_is_committed,
    revive_a_cancelled_order,
    drop_the_budget_check,
    forget_a_release,
    keep_no_tally,
    believe_one_reading_of_the_clock,
    never_look_again,
    believe_an_event_without_its_file,
    believe_whatever_link_an_event_names,
    forget_that_it_is_unclear,
    take_an_unknown_price_for_nothing,
    take_a_learnt_price_for_nothing,
    book_a_lost_output_as_nothing,
    ignore_the_running_limit,
    draw_over_what_may_still_come,
    believe_in_every_token,
)


# Where to begin: near a seed that caught it, when that is not among the first. What is not found there is hunted as the
# others are.
NEAR = {
    "believe_an_event_without_its_file": 100,
    "believe_in_every_token": 182,
    "believe_one_reading_of_the_clock": 96,
    "believe_whatever_link_an_event_names": 136,
    "draw_over_what_may_still_come": 347,
    "evict_too_early": 9,
    "ignore_the_running_limit": 19,
    "never_look_again": 50,
    "revive_a_cancelled_order": 19,
}


def hunt(mutant: Callable[[], Any]) -> tuple[int, str] | None:
    """A seed that catches the mutant, and the first invariant that it broke; None if none does."""
    simulate = simulate_several if mutant in OF_SEVERAL else run.simulate
    near = NEAR.get(mutant.__name__, 0)
    seeds = chain(range(near, near + 40), SEEDS)
    template = make_template()
    with tempfile.TemporaryDirectory() as folder, mutant():
        for seed in seeds:
            problems = check(simulate(seed, Path(folder), template))
            if problems:
                return seed, problems[0]
    return None


def main() -> None:
    survived = 0
    for mutant in (*MUTANTS, *OF_SEVERAL):
        caught = hunt(mutant)
        survived += caught is None
        print(f"{mutant.__name__:36}", f"seed {caught[0]}: {caught[1]}" if caught else "SURVIVED")
    sys.exit(1 if survived or pytest.main(["-q", *ON_POSTGRES]) else 0)


if __name__ == "__main__":
    main()
