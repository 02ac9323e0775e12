"""Whatever is ordered, settled and forgotten in whatever order: who is forgotten is nowhere, the books add up, and
nobody gets out of a limit by it.

The machine is the wallet's, with deletions among what happens; its other promises hold as they did.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from bot.domain.clock import SteadyClock, to_millis
from bot.domain.ids import GenerationId, MessageId, RemoteId, UserId
from bot.domain.money import from_micro
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.records.privacy import KEPT_FOR
from bot.domain.rules.periods import month_of, quarter
from bot.domain.rules.policy import GuildPolicy, Unpriced
from bot.services.privacy.eraser import Eraser
from bot.store.records.guild_log import Notices
from bot.store.records.privacy import TOLD_WITHIN, LeftGuilds, PrivacyRepository
from tests.fakes.clock import ManualClock
from tests.fakes.orders import at
from tests.store import test_wallet_machine as wallet
from tests.store.forgotten import found
from tests.store.kit import GUILD, Row, S
from tests.store.machine import SOME, Some, machine_settings

PEOPLE = tuple(UserId(910_000_000_000_000_000 + n) for n in range(2))
MODERATOR = UserId(55)
PRICES = st.sampled_from([Decimal("0.35"), Decimal("0.04"), None])
PEOPLES = st.sampled_from(PEOPLE)


def word(member: UserId) -> str:
    """What only this member's prompts say."""
    return f"quixotic-{member % 10}"


class Forgetful(wallet.Wallet):
    """`owners` is what the machine knows and the rows are to forget."""

    not_sent = end = send = charge = rules_change = None  # less of what is not the point here

    def __init__(self) -> None:
        super().__init__()
        self.owners: dict[str, UserId] = {}

    @initialize()
    def begin(self) -> None:
        self.open()
        self.policy = self.run(self.policies.change(GUILD, in_zone, MODERATOR, self.store.now))
        one, another = PEOPLE
        self.order_to_the_end(one, Decimal("0.35"), succeeded=False, charged=False)
        self.order_to_the_end(one, None, succeeded=True, charged=False)
        self.order(another, 2, Decimal("0.04"))
        self.cancel({0, 1, 2, 3}, one)
        self.manage(one)

    def open(self) -> None:
        super().open()
        self.privacy = PrivacyRepository(self.db)
        clock = ManualClock()
        clock.now = self.clock.now  # type: ignore[method-assign]
        self.forgetter = Eraser(self.privacy, LeftGuilds(self.db), SteadyClock(clock))

    @rule(member=PEOPLES, outputs=st.integers(1, 2), price=PRICES)
    def order(self, member: UserId, outputs: int, price: Decimal | None) -> None:
        """One that is under way."""
        order = self.store.order(outputs, by=member, prompt=f"a {word(member)} fox", card=None)
        more = {"negative_prompt": f"no {word(member)} cat"}
        order = replace(order, request=replace(order.request, estimate=at(price), parameters=more))
        self.run(self.store.orders.accept(order))
        self.orders.append(order.id)
        self.owners[order.id] = member
        self.run(self.store.orders.mark_sending(order.id, self.store.now))
        remote = [RemoteId(f"remote-{self.new_id()}") for _ in range(outputs)]
        self.run(self.store.orders.adopt(order.id, remote, self.store.now, complete=True))

    @rule(member=PEOPLES, price=PRICES, succeeded=st.booleans(), charged=st.booleans())
    def order_to_the_end(self, member: UserId, price: Decimal | None, succeeded: bool, charged: bool) -> None:
        self.order(member, 1, price)
        outcome = Outcome(state=S.SUCCEEDED, result_url=f"https://x.example/{word(member)}.mp4")
        if not succeeded:
            outcome = Outcome(state=S.FAILED, reason=Reason.PROVIDER, detail=f"no {word(member)}, please")
        for row in self.selected("SELECT * FROM generations WHERE ended_at IS NULL"):
            if row["order_id"] == self.orders[-1]:
                self.run(self.store.generations.settle(row["id"], outcome, self.store.now))
        self.tell(delivered=True)
        if charged:
            self.charge_late({0, 1, 2, 3}, Decimal("0.2"))

    @rule(some=SOME, cost=st.sampled_from([Decimal("0.2"), Decimal("1.7")]))
    def charge_late(self, some: Some, cost: Decimal) -> None:
        """As the provider tells prices: within a day."""
        latest = to_millis(self.store.now - TOLD_WITHIN)
        for row in self.picked(some):
            if row["ended_at"] is not None and row["ended_at"] >= latest:
                self.run(self.ledger.settle_cost(GenerationId(row["id"]), cost, self.store.now))

    @rule(some=SOME, member=PEOPLES)
    def cancel(self, some: Some, member: UserId) -> None:
        for row in self.picked(some):
            self.run(self.store.generations.want_cancelled(row["order_id"], [row["id"]], member, self.store.now))

    @rule(delivered=st.booleans())
    def tell(self, delivered: bool) -> None:
        for post_id, _ in self.run(self.store.posts.open()):
            self.run(self.store.posts.claim(post_id, self.store.now))
            if delivered:
                self.run(self.store.posts.delivered(post_id, MessageId(7), self.store.now))
            else:
                self.run(self.store.posts.dead_letter(post_id, "gone", self.store.now))

    @rule(member=PEOPLES)
    def manage(self, member: UserId) -> None:
        """The member changes rules and payer, and looks after the queue: three more places that name them."""
        now, budget = self.store.now, Decimal(1000) + next(self.numbers)
        self.run(self.policies.change(GUILD, lambda rules: replace(rules, month_budget=budget), member, now))
        self.run(self.store.guilds.set_namespace(GUILD, f"ox-{self.new_id()}", member, now))
        self.run(Notices(self.db).owe(GUILD, "act", f"act-{self.new_id()}", {"by": str(member)}, now))

    @rule()
    def notice(self) -> None:
        notices = Notices(self.db)
        for key, _ in self.run(notices.open()):
            self.run(notices.claim(key, self.store.now))
            self.run(notices.delivered(key, MessageId(8), self.store.now))

    @rule(member=PEOPLES)
    def ask(self, member: UserId) -> None:
        guilds = self.run(self.privacy.guilds_of(member))
        self.run(self.privacy.ask(member, guilds, self.store.now))
        self.run(self.forgetter.step())

    @rule()
    def forget(self) -> None:
        self.run(self.forgetter.step())

    @rule(member=PEOPLES)
    def forget_to_the_end(self, member: UserId) -> None:
        """Everything ends and is told, and the time for which anything counts passes: nothing names them then."""
        self.ask(member)
        for row in self.selected("SELECT * FROM generations WHERE ended_at IS NULL"):
            self.run(self.store.generations.settle(row["id"], Outcome(state=S.EXPIRED), self.store.now))
        self.tell(delivered=True)
        self.notice()
        self.clock.advance(KEPT_FOR + timedelta(hours=1))  # the clock may have been set back before they asked
        self.run(self.forgetter.step())
        assert self.run(found(self.db, str(member))) == set()
        assert self.run(found(self.db, word(member))) == set()

    @invariant()
    def limits_count_whoever_is_forgotten(self) -> None:
        """What somebody has ordered this month counts, whether the rows still know it was them or not."""
        if not self.opened:
            return
        now = self.store.now
        since = quarter(month_of(now, wallet.ZONE).start)
        costs: dict[str, int] = defaultdict(int)
        for row in self.entries():
            costs[row["order_id"]] += row["micro_usd"]
        made = {row["id"]: row["created_at"] for row in self.selected("SELECT id, created_at FROM orders")}
        for member in PEOPLE:
            mine = [o for o, m in self.owners.items() if m == member and made[o] // 900_000 >= since]
            order = self.store.order(by=member)
            checked, _ = self.run(self.store.orders.look(GUILD, member, order.created_at))
            assert checked.standing.member_month == from_micro(sum(costs[o] for o in mine))

    def tallies_are_the_entries(self) -> None:
        """The guild's always; a member's own, of all orders that are still known to be theirs, at least."""
        whole: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        own: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for row in self.selected("SELECT * FROM orders"):
            at = row["created_at"] // 900_000
            whole[at][1] += 1
            own[row["requester_id"], at][1] += 1
        for row in self.entries():
            at = row["created_at"] // 900_000
            whole[at][0] += row["micro_usd"]
            own[row["requester_id"], at][0] += row["micro_usd"]
        tallies = {(r["user_id"], r["quarter"]): [r["micro_usd"], r["orders"]] for r in self.selected(TALLIES)}
        assert {at: sums for (user, at), sums in tallies.items() if user == 0} == whole
        for member in PEOPLE:
            forgotten = {e["guild_id"] for e in self.selected("SELECT * FROM erasures") if e["user_id"] == member}
            for (user, at), sums in own.items():
                if user == member and not forgotten:
                    assert tallies[user, at] == sums

    def entries(self) -> list[Row]:
        return self.selected(
            "SELECT e.*, o.created_at, o.requester_id, g.order_id FROM entries e "
            "JOIN generations g ON g.id = e.generation_id JOIN orders o ON o.id = g.order_id"
        )


def in_zone(policy: GuildPolicy) -> GuildPolicy:
    return replace(policy, time_zone=wallet.ZONE, unpriced=Unpriced.CEILING)


TALLIES = "SELECT * FROM tallies"


@pytest.mark.timeout(600)  # to make a failure small takes its time
@pytest.mark.usefixtures("template")
class TestForgetful(Forgetful.TestCase):
    settings = machine_settings(examples=30, steps=25)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("on_postgres")
class TestForgetfulOnPostgres(Forgetful.TestCase):
    settings = machine_settings(examples=3, steps=25)
