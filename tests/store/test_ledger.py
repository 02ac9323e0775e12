"""The books: reserved with the order, settled with its end, corrected once by the provider, never rewritten."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.domain.ids import GenerationId, GuildId, MessageId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.estimate import EstimateSource
from bot.domain.orders.generation import ENDED, MAY_HAVE_BEEN_MADE, Outcome, Reason
from bot.domain.orders.order import OrderRecord
from bot.domain.orders.payer import Payer
from bot.store.database import Database
from bot.store.wallet.ledger import Ledger
from tests.fakes.orders import at
from tests.store.kit import GUILD, MEMBER, SECOND, Balance, Row, S, Store, balance_of, ids

QUOTE = Decimal("0.35")
OTHER_GUILD = GuildId(5)
SQL = Path(__file__).parents[2] / "bot" / "store"
CHANGES = re.compile(r"(UPDATE|DELETE\s+FROM|REPLACE\s+INTO|INSERT\s+OR\s+\w+\s+INTO)\s+entries", re.IGNORECASE)
EndsIt = Callable[[Store, OrderRecord], Awaitable[object]]


@pytest.fixture
def ledger(db: Database) -> Ledger:
    return Ledger(db)


async def accepted(
    store: Store, outputs: int = 1, quote: Decimal | None = QUOTE, guild: GuildId = GUILD, **more: Any
) -> OrderRecord:
    order = store.order(outputs, guild=guild, **more)
    return await store.orders.accept(replace(order, request=replace(order.request, estimate=at(quote))))


async def queued(store: Store, outputs: int = 1, quote: Decimal | None = QUOTE, **more: Any) -> OrderRecord:
    record = await accepted(store, outputs, quote, **more)
    await sent(store, record)
    return await store.record(record.order.id)


async def sent(store: Store, record: OrderRecord) -> None:
    await store.orders.mark_sending(record.order.id, store.now)
    remote = [f"remote-{generation_id}" for generation_id in ids(record)]
    await store.orders.adopt(record.order.id, remote, store.now, complete=True)  # type: ignore[arg-type]


async def entries(db: Database) -> list[Row]:
    query = "SELECT * FROM entries ORDER BY generation_id, at, kind"
    return [dict(row) for row in await db.read(lambda reader: reader.execute(query).fetchall())]


async def kinds(db: Database, generation_id: GenerationId) -> dict[str, int]:
    return {row["kind"]: row["micro_usd"] for row in await entries(db) if row["generation_id"] == generation_id}


def balance(spent: str | Decimal, reserved: str | Decimal = "0", unclear: str = "0") -> Balance:
    return Balance(spent=Decimal(spent), reserved=Decimal(reserved), unclear=Decimal(unclear))


# With the order.


async def test_an_order_reserves_the_quote_of_each_output(store: Store, db: Database, ledger: Ledger) -> None:
    record = await accepted(store, 3, namespace="film-club")
    rows = await entries(db)
    assert [row["generation_id"] for row in rows] == ids(record)
    assert {(r["kind"], r["micro_usd"], r["guild_id"], r["namespace"]) for r in rows} == {
        ("reserve", 350_000, GUILD, "film-club")
    }
    assert await balance_of(store.db, GUILD) == balance("0", "1.05")


async def test_an_order_that_was_not_stored_reserves_nothing(store: Store, db: Database) -> None:
    record = await accepted(store)
    with pytest.raises(Exception, match=r"orders\.id|orders_pkey"):
        await store.orders.accept(record.order)
    assert len(await entries(db)) == 1


async def test_guilds_have_books_of_their_own(store: Store, ledger: Ledger) -> None:
    await accepted(store, 2)
    await accepted(store, guild=OTHER_GUILD, quote=Decimal("0.04"))
    assert await balance_of(store.db, GUILD) == balance("0", "0.7")
    assert await balance_of(store.db, OTHER_GUILD) == balance("0", "0.04")
    assert await balance_of(store.db, GuildId(6)) == balance("0", "0")


async def test_a_price_of_zero_differs_from_no_price(store: Store, db: Database) -> None:
    """Of which nothing is known, the ceiling of the rules is set aside."""
    free, unpriced = await accepted(store, quote=Decimal(0)), await accepted(store, quote=None, kind=MediaKind.IMAGE)
    assert await kinds(db, ids(free)[0]) == {"reserve": 0}
    assert await kinds(db, ids(unpriced)[0]) == {"reserve": 250_000}
    assert (await store.record(free.order.id)).order.request.estimate == at("0")
    assert (await store.record(unpriced.order.id)).order.request.estimate == at("0.25", EstimateSource.CEILING)


# With the end.


async def test_a_success_is_charged_and_its_reservation_released(store: Store, db: Database, ledger: Ledger) -> None:
    record = await queued(store, 2)
    first, second = ids(record)
    store.clock.advance(SECOND)
    await store.succeed(first)
    assert await kinds(db, first) == {"reserve": 350_000, "charge": 350_000, "release": -350_000}
    assert await kinds(db, second) == {"reserve": 350_000}
    assert await balance_of(store.db, GUILD) == balance("0.35", "0.35")
    assert not await store.succeed(first)
    assert await balance_of(store.db, GUILD) == balance("0.35", "0.35")


async def cancel_unsent(store: Store, record: OrderRecord) -> object:
    return await store.generations.want_cancelled(record.order.id, ids(record), MEMBER, store.now)


async def cancel_at_the_last_moment(store: Store, record: OrderRecord) -> object:
    def note(tx: Any) -> None:
        tx.execute("UPDATE generations SET cancel_requested_at = 1, cancel_due_at = 1")

    await store.db.write(note)
    return await store.orders.mark_sending(record.order.id, store.now)


async def reject(store: Store, record: OrderRecord) -> object:
    outcome = Outcome(state=S.FAILED, reason=Reason.REJECTED)
    return await store.orders.fail_unsent(record.order.id, outcome, store.now)


async def accept_too_few(store: Store, record: OrderRecord) -> object:
    await store.orders.mark_sending(record.order.id, store.now)
    return await store.orders.adopt(record.order.id, [], store.now, complete=True)


async def find_nothing(store: Store, record: OrderRecord) -> object:
    await store.orders.mark_sending(record.order.id, store.now)
    await store.orders.lose(record.order.id, store.now)
    outcome = Outcome(state=S.ABSENT, reason=Reason.ABSENT)
    return await store.orders.fail_unsent(record.order.id, outcome, store.now)


def ended_upstream(state: S) -> EndsIt:
    async def end(store: Store, record: OrderRecord) -> object:
        await sent(store, record)
        return [await store.generations.settle(g, Outcome(state=state), store.now) for g in ids(record)]

    return end


@pytest.mark.parametrize(
    "end",
    [
        cancel_unsent,
        cancel_at_the_last_moment,
        reject,
        accept_too_few,
        ended_upstream(S.FAILED),
        ended_upstream(S.CANCELLED),
        ended_upstream(S.EXPIRED),
    ],
    ids=["unsent", "last moment", "rejected", "short", "failed", "cancelled", "expired"],
)
async def test_without_a_result_the_reservation_is_released_and_nothing_charged(
    store: Store, db: Database, ledger: Ledger, end: EndsIt
) -> None:
    record = await accepted(store, 2)
    await end(store, record)
    for generation_id in ids(record):
        assert await kinds(db, generation_id) == {"reserve": 350_000, "release": -350_000}
    assert await balance_of(store.db, GUILD) == balance("0", "0")


@pytest.mark.parametrize("reason", sorted(MAY_HAVE_BEEN_MADE))
async def test_what_may_have_been_made_stays_booked_as_unclear_until_that_is_known(
    store: Store, db: Database, ledger: Ledger, reason: Reason
) -> None:
    record = await accepted(store, 3)
    await sent(store, record)
    for generation_id in ids(record):
        await store.generations.settle(generation_id, Outcome(state=S.FAILED, reason=reason), store.now)
        assert await kinds(db, generation_id) == {"reserve": 350_000, "release": -350_000, "unclear": 350_000}
    assert await balance_of(store.db, GUILD) == balance("0", "0", unclear="1.05")
    assert await tallied(db) == 1_050_000
    if reason is Reason.KEY_LOST:
        return  # nobody can look any more
    await store.posts.delivered((await store.claimed()).id, MessageId(1), store.now)
    late, nothing, _ = ids(record)
    for _ in range(2):
        await store.generations.settle_late(late, "https://x", store.now)
        await store.generations.clarify(nothing, store.now)
    assert await kinds(db, late) == {
        "reserve": 350_000, "release": -350_000, "unclear": 350_000, "charge": 350_000, "clear": -350_000,
    }  # fmt: skip
    assert (await kinds(db, nothing))["clear"] == -350_000
    assert await balance_of(store.db, GUILD) == balance("0.35", "0", unclear="0.35")
    assert await tallied(db) == 700_000
    await ledger.settle_cost(late, Decimal("0.40"), store.now)
    assert await balance_of(store.db, GUILD) == balance("0.40", "0", unclear="0.35")


async def test_what_is_absent_is_unclear_for_as_long_as_it_may_turn_up(store: Store, ledger: Ledger) -> None:
    record = await accepted(store)
    await find_nothing(store, record)
    assert await balance_of(store.db, GUILD) == balance("0", "0", unclear="0.35")
    assert await store.generations.clarify(ids(record)[0], store.now)
    assert await balance_of(store.db, GUILD) == balance("0", "0")


async def tallied(db: Database) -> int:
    """The guild's own, micro-USD."""
    query = "SELECT SUM(micro_usd) AS micro_usd FROM tallies WHERE user_id = 0"
    (row,) = await db.read(lambda reader: reader.execute(query).fetchall())
    return row["micro_usd"]


# What the provider says.


@pytest.mark.parametrize("cost", ["0.5", "0.35", "0.2", "0"])
async def test_the_provider_has_the_last_word(store: Store, db: Database, ledger: Ledger, cost: str) -> None:
    record = await queued(store)
    [generation_id] = ids(record)
    await store.succeed(generation_id)
    assert [g.id for _, g in await ledger.costs_unknown(store.now - SECOND)] == [generation_id]
    await ledger.settle_cost(generation_id, Decimal(cost), store.now)
    assert await balance_of(store.db, GUILD) == balance(cost)
    assert await ledger.costs_unknown(store.now - SECOND) == []
    assert set(await kinds(db, generation_id)) == {"reserve", "charge", "release", "adjust"}


async def test_the_provider_has_one_word(store: Store, ledger: Ledger) -> None:
    record = await queued(store)
    [generation_id] = ids(record)
    await store.succeed(generation_id)
    for cost in ("0.5", "0.6", "0.5"):
        await ledger.settle_cost(generation_id, Decimal(cost), store.now)
    assert await balance_of(store.db, GUILD) == balance("0.5")


async def test_an_unknown_price_is_charged_as_the_ceiling_until_the_provider_tells_it(
    store: Store, db: Database, ledger: Ledger
) -> None:
    record = await queued(store, quote=None, kind=MediaKind.IMAGE)
    [generation_id] = ids(record)
    await store.succeed(generation_id)
    assert await balance_of(store.db, GUILD) == balance("0.25")
    await ledger.settle_cost(generation_id, Decimal("0.42"), store.now)
    assert (await kinds(db, generation_id))["adjust"] == 170_000
    assert await balance_of(store.db, GUILD) == balance("0.42")


@pytest.mark.parametrize("state", [S.QUEUED, S.PROCESSING, S.FAILED, S.CANCELLED, S.EXPIRED, S.ABSENT])
async def test_only_a_success_can_have_cost_something(store: Store, db: Database, ledger: Ledger, state: S) -> None:
    record = await store.in_state(state)
    await ledger.settle_cost(ids(record)[0], Decimal("0.42"), store.now)
    assert "adjust" not in await kinds(db, ids(record)[0])


async def test_a_cost_that_comes_before_the_end_is_not_counted_twice(store: Store, ledger: Ledger) -> None:
    record = await queued(store)
    [generation_id] = ids(record)
    await ledger.settle_cost(generation_id, Decimal("0.42"), store.now)
    await store.succeed(generation_id)
    assert await balance_of(store.db, GUILD) == balance("0.35")
    await ledger.settle_cost(generation_id, Decimal("0.42"), store.now)
    assert await balance_of(store.db, GUILD) == balance("0.42")


async def test_costs_are_asked_for_successes_only_and_not_for_ever(store: Store, ledger: Ledger) -> None:
    for state in sorted(ENDED - {S.SUCCEEDED}):
        await store.in_state(state)
    await store.in_state(S.PROCESSING)
    made = await queued(store)
    await store.succeed(ids(made)[0])
    assert [g.id for _, g in await ledger.costs_unknown(store.now)] == ids(made)
    store.clock.advance(timedelta(days=1))
    assert await ledger.costs_unknown(store.now - timedelta(days=1)) != []
    assert await ledger.costs_unknown(store.now - timedelta(hours=23)) == []


# Append-only.


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
async def test_what_payers_were_charged_is_summed_in_steps(store: Store, ledger: Ledger, step: int) -> None:
    """A step may end between the entries of one generation."""
    expected: dict[Payer, Decimal] = {}
    for number in range(5):
        payer = Payer(namespace="ox" if number % 2 else None)
        record = await queued(store, 2, namespace=payer.namespace)
        for generation_id in ids(record):
            await store.generations.settle(generation_id, Outcome(state=S.SUCCEEDED), store.now)
            await ledger.settle_cost(generation_id, QUOTE + number, store.now)
            expected[payer] = expected.get(payer, Decimal(0)) + QUOTE + number
    charged = await ledger.charged(store.now, step)
    assert {each.payer: each.usd for each in charged} == expected
    assert not any(each.unsettled for each in charged)


def test_no_statement_changes_an_entry() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SQL.rglob("*.sql")]
    assert any("INTO entries" in text for text in texts)
    for text in texts:
        assert not CHANGES.search(text)
        for statement in text.split("-- name:"):
            if "INTO entries" in statement:
                assert "DO UPDATE" not in statement
