"""Any interleaving of orders, ends, charges, crashes and changes of the rules keeps the wallet's promises.

Budgets are never exceeded by more than what was confirmed before they fell, and what the provider charged above its
own quotes; the tallies are the sums of the entries; the queue is neither idle nor overfull.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from bot.domain.clock import from_millis
from bot.domain.errors import Refusal
from bot.domain.ids import GenerationId, RemoteId, UserId
from bot.domain.money import from_micro, to_micro
from bot.domain.orders.estimate import UNKNOWN_SECONDS
from bot.domain.orders.generation import Outcome, Reason
from bot.domain.orders.order import Order
from bot.domain.records.guild_log import Act, ActKind
from bot.domain.rules.limits import Asks
from bot.domain.rules.periods import Period, day_of, month_of
from bot.domain.rules.policy import Allowance, GuildPolicy, Unpriced
from bot.store.orders.orders import Unconfirmed
from bot.store.wallet.ledger import Ledger
from bot.store.wallet.policies import GuildPolicyRepository
from tests.fakes.orders import at
from tests.store.kit import GUILD, Row, S, balance_of
from tests.store.machine import SOME, Some, StoreMachine, machine_settings

ZONE = "Europe/Berlin"
CLOCKS_CHANGE = datetime(2026, 3, 28, 20, tzinfo=UTC)  # the evening before, two days before the month ends
MEMBERS = (UserId(1), UserId(2), UserId(3))
PRICES = st.sampled_from([Decimal("0.35"), Decimal("0.04"), Decimal(1), Decimal(0), None])
CEILINGS = st.sampled_from([Decimal("0.002"), Decimal("0.05"), Decimal("0.50")])
BUDGETS = st.sampled_from([None, Decimal("0.50"), Decimal(2), Decimal(5)])
MANY = 40  # orders: with more, a run takes long and shows nothing new


class Wallet(StoreMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock.advance(CLOCKS_CHANGE - self.clock.now())
        self.policy = GuildPolicy(time_zone=ZONE)
        self.fell_at: dict[str, Decimal] = defaultdict(Decimal)  # by period: what was spent when its budget was set
        self.was_running = 0
        self.told: dict[str, int] = {}  # what the provider said first that a success had cost, micro-USD

    @initialize(budget=BUDGETS, running=st.sampled_from([None, 1, 3]))
    def begin(self, budget: Decimal | None, running: int | None) -> None:
        self.open()
        self.rules_change(budget, budget, running, paused=False, per_day=None)

    def open(self) -> None:
        super().open()
        self.ledger, self.policies = Ledger(self.db), GuildPolicyRepository(self.db)

    # What happens.

    @rule(hours=st.sampled_from([0, 1, 5, 24, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours, minutes=7))

    @rule(of=st.sampled_from([day_of, month_of]), minutes=st.sampled_from([-10, 10]))
    def midnight_comes(self, of: Callable[[datetime, str], Period], minutes: int) -> None:
        """In the guild's own zone, where it is another day already, or still; perhaps the clock is set back for it."""
        self.clock.advance(of(self.store.now, ZONE).end + timedelta(minutes=minutes) - self.store.now)

    @precondition(lambda self: len(self.orders) < MANY)
    @rule(member=st.sampled_from(MEMBERS), price=st.sampled_from([Decimal("0.35"), Decimal(1)]))
    def order_until_refused(self, member: UserId, price: Decimal) -> None:
        for _ in range(6):
            if not self.accepts(member, 1, price):
                return

    @rule(member=st.sampled_from(MEMBERS), outputs=st.integers(1, 3), price=PRICES)
    def order(self, member: UserId, outputs: int, price: Decimal | None) -> None:
        self.accepts(member, outputs, price)

    def accepts(self, member: UserId, outputs: int, price: Decimal | None) -> bool:
        """Whether it was accepted: just when the budgets pay for it, or another rule had a reason."""
        order = self.store.order(outputs, by=member)
        order = replace(order, request=replace(order.request, estimate=at(price)))
        before = self.spent()
        known = price if price is not None else self.policy.ceiling_second * UNKNOWN_SECONDS
        paid_for = self.budgets_pay_for(known * outputs, before)
        ended = self.run(self.attempt(order))
        if ended is None:
            assert paid_for, "accepted although there was not enough"
            self.orders.append(order.id)
            return True
        assert self.run(self.store.orders.get(order.id)) is None
        assert self.spent() == before, "a refusal costs nothing"
        if isinstance(ended, Refusal):
            assert not (paid_for and ended.key.startswith("limit-guild")), "refused although there was enough"
        else:
            assert ended.asks is Asks.MANAGER
            assert price is None, "a price that is known asks no manager"
            assert self.policy.unpriced is Unpriced.MANAGER
        return False

    async def attempt(self, order: Order) -> Refusal | Unconfirmed | None:
        try:
            await self.store.orders.accept(order)
        except (Refusal, Unconfirmed) as ended:
            return ended
        return None

    @rule(some=SOME)
    def send(self, some: Some) -> None:
        for order_id in self.chosen(self.orders, some):
            sent = self.run(self.store.orders.mark_sending(order_id, self.store.now))
            if sent is not None:
                remote = [RemoteId(f"remote-{self.new_id()}") for _ in sent.generations]
                self.run(self.store.orders.adopt(order_id, remote, self.store.now, complete=True))

    @rule(some=SOME, later=st.booleans())
    def not_sent(self, some: Some, later: bool) -> None:
        for order_id in self.chosen(self.orders, some):
            if self.run(self.store.orders.mark_sending(order_id, self.store.now)) is None:
                continue
            if later:
                self.run(self.store.orders.postpone(order_id, self.store.now, self.store.now))
            else:
                self.run(self.store.orders.lose(order_id, self.store.now))

    @rule(
        some=SOME,
        state=st.sampled_from([S.SUCCEEDED, S.SUCCEEDED, S.FAILED, S.CANCELLED, S.EXPIRED, S.ABSENT]),
        unclear=st.booleans(),
    )
    def end(self, some: Some, state: S, unclear: bool = False) -> None:
        """By the provider's word or, where it may have been made after all, without."""
        reason = {S.EXPIRED: Reason.EXPIRED, S.ABSENT: Reason.ABSENT, S.FAILED: Reason.LOST}.get(state)
        reason = None if state is S.SUCCEEDED else reason if unclear and reason else Reason.PROVIDER
        for row in self.picked(some):
            self.run(self.store.generations.settle(row["id"], Outcome(state=state, reason=reason), self.store.now))

    @rule(some=SOME, how=st.sampled_from(["charged", "free", "failed", "late"]))
    def what_was_unclear_is_cleared(self, some: Some, how: str) -> None:
        """By a manager, or by the history: in any order, and each of them more than once."""
        act = Act(guild_id=GUILD, by=MEMBERS[0], kind=ActKind.UNCLEAR_FREE)
        for row in self.picked(some):
            if how == "failed":
                self.run(self.store.generations.clarify(row["id"], self.store.now))
            elif how == "late":
                self.run(self.store.generations.settle_late(row["id"], None, self.store.now, RemoteId(self.new_id())))
            else:
                self.run(self.ledger.settle_unclear(row["id"], act, self.store.now, charged=how == "charged"))

    @rule(some=SOME)
    def cancel(self, some: Some) -> None:
        for row in self.picked(some):
            ids = [GenerationId(row["id"])]
            self.run(self.store.generations.want_cancelled(row["order_id"], ids, MEMBERS[0], self.store.now))

    @rule(some=SOME, cost=st.sampled_from([Decimal(0), Decimal("0.2"), Decimal("0.35"), Decimal("1.7")]))
    def charge(self, some: Some, cost: Decimal) -> None:
        for row in self.picked(some):
            self.run(self.ledger.settle_cost(GenerationId(row["id"]), cost, self.store.now))
            if row["state"] == S.SUCCEEDED:
                self.told.setdefault(row["id"], to_micro(cost))

    @rule(day=BUDGETS, month=BUDGETS, running=st.sampled_from([None, 1, 2, 4]), paused=st.booleans(),
          per_day=st.sampled_from([None, 2, 4]), ceiling=CEILINGS, unpriced=st.sampled_from(Unpriced))  # fmt: skip
    def rules_change(
        self,
        day: Decimal | None,
        month: Decimal | None,
        running: int | None,
        paused: bool,
        per_day: int | None,
        ceiling: Decimal = Decimal("0.05"),
        unpriced: Unpriced = Unpriced.CEILING,
    ) -> None:
        def change(policy: GuildPolicy) -> GuildPolicy:
            return replace(
                policy,
                time_zone=ZONE,
                day_budget=day,
                month_budget=month,
                running=running,
                paused=paused,
                ceiling_second=ceiling,
                unpriced=unpriced,
                everyone=Allowance(per_day=per_day),
            )

        self.policy = self.run(self.policies.change(GUILD, change, MEMBERS[0], self.store.now))
        self.fell_at = defaultdict(Decimal, self.spent())
        running = self.selected("SELECT COALESCE(SUM(open), 0) AS open FROM queue_positions WHERE stage <> 'waiting'")
        self.was_running = running[0]["open"]  # what runs when a limit falls goes on

    # What holds.

    @invariant()
    def the_wallet_keeps_its_promises(self) -> None:
        if not self.opened:
            return
        self.tallies_are_the_entries()
        self.every_generation_adds_up()
        self.budgets_hold()
        self.the_queue_is_right()

    def tallies_are_the_entries(self) -> None:
        expected: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for row in self.selected("SELECT * FROM orders"):
            for user in (0, row["requester_id"]):
                expected[user, row["created_at"] // 900_000][1] += 1
        for row in self.entries():
            for user in (0, row["requester_id"]):
                expected[user, row["created_at"] // 900_000][0] += row["micro_usd"]
        tallies = {
            (r["user_id"], r["quarter"]): [r["micro_usd"], r["orders"]] for r in self.selected("SELECT * FROM tallies")
        }
        assert tallies == expected
        balance = self.run(balance_of(self.db, GUILD))
        assert balance.reserved >= 0
        assert balance.unclear >= 0
        total = balance.spent + balance.reserved + balance.unclear
        assert total == from_micro(sum(row["micro_usd"] for row in self.entries()))

    def every_generation_adds_up(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for row in self.entries():
            sums[row["generation_id"]] += row["micro_usd"]
        for row in self.selected("SELECT g.*, o.quote_micro_usd FROM generations g JOIN orders o ON o.id = g.order_id"):
            quote = row["quote_micro_usd"] or 0
            if row["ended_at"] is None:
                assert sums[row["id"]] == quote
            elif row["state"] != S.SUCCEEDED:  # nothing, unless it may have been made or somebody says that it was
                kinds = {entry["kind"] for entry in self.entries() if entry["generation_id"] == row["id"]}
                booked = "charge" in kinds or ("unclear" in kinds and "clear" not in kinds)
                assert sums[row["id"]] == (quote if booked else 0)
            else:  # the provider's first word counts, whatever was quoted
                assert sums[row["id"]] == self.told.get(
                    row["id"], quote if row["cost_known_at"] is None else sums[row["id"]]
                )

    def budgets_hold(self) -> None:
        above: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.entries():
            if row["kind"] == "adjust" and row["micro_usd"] > 0:
                for label in self.labels(row["created_at"]):
                    above[label] += from_micro(row["micro_usd"])
        day, month = self.labels_now()
        spent = self.spent()
        for label, budget in ((day, self.policy.day_budget), (month, self.policy.month_budget)):
            if budget is not None:
                assert spent[label] <= max(budget, self.fell_at[label]) + above[label]

    def the_queue_is_right(self) -> None:
        places = self.selected("SELECT * FROM queue_positions")
        open_ones: dict[str, int] = defaultdict(int)
        for row in self.selected("SELECT * FROM generations WHERE ended_at IS NULL"):
            open_ones[row["order_id"]] += 1
        assert {p["order_id"]: p["open"] for p in places} == open_ones
        waiting = sorted(
            (p["round"], p["position"], p["order_id"], p["open"]) for p in places if p["stage"] == "waiting"
        )
        running = sum(p["open"] for p in places if p["stage"] != "waiting")
        if waiting and not self.policy.paused:
            assert self.policy.running is not None
            assert running, "work waits while nothing runs"
            assert running + waiting[0][3] > self.policy.running
        alone = sum(p["stage"] != "waiting" for p in places) <= 1
        assert running <= max(self.policy.running or running, self.was_running) or alone, "more than the guild lets run"
        self.was_running = running
        due = {each.id for each in self.run(self.store.orders.to_send())}
        intended = {row["order_id"] for row in self.selected("SELECT * FROM generations WHERE state = 'intended'")}
        admitted = {p["order_id"] for p in places if p["stage"] == "admitted"}
        assert due == admitted & intended
        if self.policy.paused:
            assert due == set()

    # Small help.

    def budgets_pay_for(self, cost: Decimal | int, spent: Mapping[str, Decimal]) -> bool:
        day, month = self.labels_now()
        budgets = ((spent.get(day, 0), self.policy.day_budget), (spent.get(month, 0), self.policy.month_budget))
        return all(budget is None or (so_far < budget and so_far + cost <= budget) for so_far, budget in budgets)

    def spent(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.entries():
            for label in self.labels(row["created_at"]):
                found[label] += from_micro(row["micro_usd"])
        return found

    def labels(self, millis: int) -> tuple[str, str]:
        at = from_millis(millis)
        return day_of(at, ZONE).label, month_of(at, ZONE).label

    def labels_now(self) -> tuple[str, str]:
        return day_of(self.store.now, ZONE).label, month_of(self.store.now, ZONE).label

    def entries(self) -> list[Row]:
        return self.selected(
            "SELECT e.*, o.created_at, o.requester_id FROM entries e "
            "JOIN generations g ON g.id = e.generation_id JOIN orders o ON o.id = g.order_id"
        )

    def picked(self, some: Some) -> list[Row]:
        return self.chosen(self.selected("SELECT * FROM generations ORDER BY id"), some)


@pytest.mark.timeout(600)  # to make a failure small takes its time
@pytest.mark.usefixtures("template")
class TestWallet(Wallet.TestCase):
    settings = machine_settings(examples=30, steps=25)


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("on_postgres")
class TestWalletOnPostgres(Wallet.TestCase):
    settings = machine_settings(examples=3, steps=25)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("template")
def test_a_long_walk_keeps_the_promises(seed: int) -> None:
    """Hypothesis makes a failure small, chance goes further: mostly orders, under small budgets."""
    dice = random.Random(seed)  # noqa: S311 - the same walk each time
    machine = Wallet()
    prices, budgets = [Decimal("0.35"), Decimal(1), Decimal("0.04")], [Decimal("0.50"), Decimal(2), Decimal(5)]
    by_day = seed % 2 == 0

    def rules(running: int | None, *, paused: bool) -> None:
        budget = dice.choice(budgets)
        day, month = (budget, None) if by_day else (None, budget)
        machine.rules_change(day, month, running, paused=paused, per_day=None)

    try:
        machine.begin(None, None)
        rules(dice.choice([None, 2, 4]), paused=False)
        for step in range(60):
            some = {number for number in range(4) if dice.random() < 0.5}
            machine.order(dice.choice(MEMBERS), dice.randint(1, 2), dice.choice(prices))
            dice.choice([machine.send, machine.cancel])(some)
            machine.end(some, dice.choice([S.SUCCEEDED, S.FAILED, S.EXPIRED]))
            machine.charge(some, dice.choice([Decimal("0.2"), Decimal("0.9")]))
            if step % 10 == 9:
                machine.midnight_comes(day_of if by_day else month_of, dice.choice([-10, 10]))
            if step % 20 == 19:
                machine.crash()
                rules(dice.choice([1, 3]), paused=dice.random() < 0.3)
            machine.the_wallet_keeps_its_promises()
    finally:
        machine.teardown()
