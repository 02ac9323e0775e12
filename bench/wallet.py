"""The guild's wallet with much behind it: estimates, orders checked against all limits, the fair queue's decisions."""

import asyncio
import json
import re
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bench import rows
from bench.figures import Table, number, quantile, verdict
from bot.domain.clock import SystemClock, to_millis
from bot.domain.ids import ChannelId, GuildId, IdMaker, ModelId, OrderId, RemoteId, UserId
from bot.domain.models.catalogue import MediaKind, Model
from bot.domain.models.parameters import Parameter
from bot.domain.orders.estimate import Estimate, EstimateSource, cost_drivers, settings_of
from bot.domain.orders.generation import GenerationState, Outcome
from bot.domain.orders.order import Order, RequestContext, ValidatedRequest
from bot.domain.orders.payer import Payer
from bot.domain.rules.limits import check, policy_input_of
from bot.domain.rules.policy import Allowance, GuildPolicy
from bot.services.wallet.billing import Billing, BillingPolicy
from bot.services.wallet.estimator import Estimator
from bot.settings import MIGRATIONS
from bot.store.database import SqliteDatabase
from bot.store.migrations import migrate
from bot.store.orders.generations import Generations
from bot.store.orders.orders import Orders
from bot.store.orders.settlement import Settlement
from bot.store.wallet.accounts import Guilds, Keys
from bot.store.wallet.learnt import MOST, LearntCosts
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.queueing import Queues

_GUILD, _MANAGER = GuildId(7), UserId(1)
_MEMBER = UserId(1150000000000000012)  # whose orders the past is made of
_REPEATS = 200
_EACH = 1000  # settled generations of one order
_LENGTHS = (None, {"duration": 10})  # what orders say of it
_AIM = 3.0  # ms
_FLAT = 3.0  # times as long with a hundred times as many waiting; a scan would take a hundred
_BEARABLE = 10.0  # ms; below that, growth is nobody's concern
_MEMBERS = 1000
_TALLIES = re.compile(r"INSERT INTO tallies .*?;", re.DOTALL)


async def measure(*, quick: bool) -> list[Table]:
    return [
        await estimates(100_000 if quick else 1_000_000),
        await limits(100_000 if quick else 1_000_000),
        await fairness(10_000 if quick else 100_000),
    ]


async def estimates(settled: int) -> Table:
    """As autocomplete and each order ask for one: what was learnt of as many kinds of outputs as are remembered."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "drover.sqlite3"
        await asyncio.to_thread(_with_much_settled, path, settled)
        async with SqliteDatabase(path) as db:
            learnt, policies = LearntCosts(db), GuildPolicyRepository(db)
            began = time.perf_counter()
            await learnt.load()
            loaded = (time.perf_counter() - began) * 1000
            estimator = Estimator(policies, Billing(Guilds(db), Keys(db), BillingPolicy()), learnt, {})
            models, took = [_model(number_) for number_ in range(MOST // len(_LENGTHS))], list[list[float]]()
            for given in _LENGTHS:
                took.append([])
                for model in models:
                    began = time.thread_time()  # other work shares the processors
                    found = estimator.estimate(_GUILD, model, given)
                    took[-1].append((time.thread_time() - began) * 1000)
                    if found.source is not EstimateSource.LEARNT:
                        raise LookupError(model.id)
    table = [
        (name, number(quantile(each, 0.5), 4), number(quantile(each, 0.99), 4), verdict(met=quantile(each, 0.99) < 1.0))
        for name, each in zip(("an order that sets nothing", "an order that says how long"), took, strict=True)
    ]
    head = (f"{settled:,} settled generations", "median, ms", "99% within, ms", "below 1 ms")
    notes = (
        f"From memory, which holds as many kinds of outputs as it may, {MOST:,}; in time of the processor. They are "
        f"read once, at the start, in {loaded:.0f} ms.",
    )
    return Table(title="An estimate by what was charged before", head=head, rows=table, notes=notes)


def _model(number_: int) -> Model:
    duration = Parameter(name="duration", types=("integer",), default=5)
    return Model(
        id=ModelId(f"model-{number_}"), name=f"Model {number_}", makes=frozenset({MediaKind.VIDEO}),
        parameters={duration.name: duration},
    )  # fmt: skip


def _with_much_settled(path: Path, settled: int) -> None:
    """So many generations that are over, a thousand of each order; and costs of every kind, as they taught them."""
    rows.make(path, [], finished=settled // _EACH)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO generations (id, order_id, ordinal, state, remote_id, queued_at, ended_at, result_url) "
            "SELECT o.id || n.i, o.id, n.i, 'succeeded', o.id || n.i, o.created_at, o.created_at, 'https://x.invalid' "
            "FROM orders AS o, n",
            (_EACH,),
        )
        drivers = [cost_drivers(_model(0), settings_of(_model(0), given or {})) for given in _LENGTHS]
        db.executemany(
            "INSERT INTO learnt_costs (payer, model_id, drivers, micro_usd, at) VALUES ('', ?, ?, ?, 0)",
            [
                (f"model-{number_}", each, json.dumps([350_000 + n for n in range(32)]))
                for number_ in range(MOST // len(_LENGTHS)) for each in drivers
            ],
        )  # fmt: skip


async def limits(entries: int) -> Table:
    """All entries are of one guild and one member, within the month: no case is worse."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "drover.sqlite3"
        await asyncio.to_thread(_with_a_past, path, entries)
        async with SqliteDatabase(path) as db:
            orders = Orders(db, Settlement(_ids(), timedelta(0)), _ids())
            await GuildPolicyRepository(db).change(_GUILD, lambda _: _RULES, _MANAGER, SystemClock().now())
            facts = policy_input_of(_order(_MEMBER))

            async def checked() -> None:
                found, _ = await orders.look(_GUILD, _MEMBER, SystemClock().now())
                check(facts, found.policy, found.standing)

            took = await _timed(checked)
    head = ("entries in the ledger", "median, ms", "p95, ms", f"median below {_AIM:g} ms")
    middle, p95 = quantile(took, 0.5), quantile(took, 0.95)
    row = (f"{entries:,}", number(middle), number(p95), verdict(met=middle < _AIM))
    notes = (f"One read transaction through the bot's own connection, {_REPEATS} times, with every rule set; all "
             "entries are one member's, of this month.",)  # fmt: skip
    return Table(title="An order checked against all limits", head=head, rows=[row], notes=notes)


async def fairness(waiting: int) -> Table:
    few, many = await _decisions(waiting // 100), await _decisions(waiting)
    table = [
        (
            name, number(few[name], 3), number(many[name], 3),
            verdict(met=many[name] <= max(_BEARABLE, _FLAT * few[name])),
        )
        for name in few
    ]  # fmt: skip
    head = ("decision", f"{waiting // 100:,} waiting, ms", f"{waiting:,} waiting, ms", "flat, or below 10 ms")
    notes = (f"Medians, each a transaction of its own with its commit; all in one guild, {_MEMBERS:,} members. The "
             "place of an order counts those before it in an index: that alone grows.",)  # fmt: skip
    return Table(title="The fair queue", head=head, rows=table, notes=notes)


async def _decisions(waiting: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "drover.sqlite3"
        await asyncio.to_thread(_with_a_queue, path, waiting)
        async with SqliteDatabase(path) as db:
            endings, clock = Settlement(_ids(), timedelta(0)), SystemClock()
            orders, generations, queues = Orders(db, endings, _ids()), Generations(db, endings), Queues(db)
            await GuildPolicyRepository(db).change(_GUILD, lambda _: GuildPolicy(running=1), _MANAGER, clock.now())
            accepted: list[OrderId] = []

            async def accept() -> None:
                accepted.append((await orders.accept(_order(UserId(5)))).order.id)

            async def admit() -> None:
                """The one that runs ends, the next is admitted, found and sent."""
                [(order_id, *_)] = await orders.to_send()
                sent = await orders.mark_sending(order_id, clock.now())
                if sent is not None:
                    await orders.adopt(order_id, [RemoteId(f"remote-{order_id}")], clock.now(), complete=True)
                    outcome = Outcome(state=GenerationState.FAILED)
                    await generations.settle(sent.generations[0].id, outcome, clock.now())

            async def place() -> None:
                await queues.position(_GUILD, accepted[-1])

            return {
                "an order gets its turn": quantile(await _timed(accept, 50), 0.5),
                "one ends, the next is admitted and sent": quantile(await _timed(admit, 50), 0.5),
                "the place of an order": quantile(await _timed(place, 50), 0.5),
            }


async def _timed(work: Callable[[], Awaitable[None]], repeats: int = _REPEATS) -> list[float]:
    """Milliseconds, each."""
    took: list[float] = []
    for _ in range(repeats):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
    return took


_ALLOWANCE = Allowance(
    in_flight=10,
    per_day=10**6,
    spend_per_day=Decimal(10**9),
    spend_per_month=Decimal(10**9),
    longest=60,
    resolution=2160,
)
_RULES = GuildPolicy(
    time_zone="Europe/Berlin", month_budget=Decimal(10**9), day_budget=Decimal(10**9), everyone=_ALLOWANCE
)


def _ids() -> IdMaker:
    return IdMaker(SystemClock())


def _order(by: UserId) -> Order:
    context = RequestContext(guild_id=_GUILD, channel_id=ChannelId(1), requester_id=by, locale="en-US")
    validated = ValidatedRequest(
        kind=MediaKind.VIDEO, model_id=ModelId("some-model"), model_name="Bench", prompt="a fox in the snow",
        parameters={}, count=1, estimate=Estimate.of_price(Decimal("0.35"), EstimateSource.LISTED),
    )  # fmt: skip
    return Order(
        id=OrderId(_ids()()), context=context, request=validated, payer=Payer(), created_at=SystemClock().now()
    )


def _with_a_past(path: Path, entries: int) -> None:
    rows.make(path, [], finished=entries // 3)
    backfill = next(_TALLIES.finditer((MIGRATIONS / "0007.wallet.sql").read_text(encoding="utf-8")))[0]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE orders SET guild_id = ?", (_GUILD,))
        db.execute("UPDATE entries SET guild_id = ?", (_GUILD,))
        db.execute(backfill)


def _with_a_queue(path: Path, waiting: int) -> None:
    migrate(path, MIGRATIONS)
    new_id, now = _ids(), to_millis(SystemClock().now())
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous = OFF")
        for number_ in range(waiting):
            order_id, member, turn = new_id(), 1000 + number_ % _MEMBERS, 1 + number_ // _MEMBERS
            db.execute(
                "INSERT INTO orders (id, guild_id, channel_id, requester_id, locale, kind, model_id, model_name, "
                "prompt, parameters, created_at, send_due_at) "
                "VALUES (?, ?, 1, ?, 'en-US', 'video', ?, 'Bench', 'a fox', '{}', ?, ?)",
                (order_id, _GUILD, member, "some-model", now + number_, now),
            )
            db.execute(
                "INSERT INTO generations (id, order_id, ordinal, state) VALUES (?, ?, 1, 'intended')",
                (new_id(), order_id),
            )
            db.execute(
                "INSERT INTO queue_positions (order_id, guild_id, requester_id, turn, round, open, stage) "
                "VALUES (?, ?, ?, ?, ?, 1, 'waiting')",
                (order_id, _GUILD, member, turn, turn),
            )
