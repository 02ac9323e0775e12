"""What was used: sums that agree with the ledger, in the guild's own days."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from bench import pictures
from bot.domain.errors import Refusal
from bot.domain.ids import RoleId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import Reason
from bot.domain.records.reports import Forecast, Wait
from bot.domain.rules.periods import Span, period_of
from bot.domain.rules.policy import Allowance
from bot.services.reports.reports import ReportService, Subject, forecast
from tests.fakes.clock import ManualClock
from tests.services.kit import Services
from tests.services.past import ANNE, BERT, GUILD, NEVER, OTHER_GUILD, Past, S
from tests.store.kit import balance_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def past(services: Services) -> Past:
    return Past(services)


async def test_an_empty_guild_has_used_nothing(past: Past) -> None:
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.spent, usage.orders, usage.success_rate, usage.took, usage.budget) == (0, 0, None, None, None)
    assert [day.usd for day in usage.days] == [0] * 20
    assert (usage.members, usage.models) == ((), ())


async def test_one_generation(past: Past) -> None:
    await past.made(took=48 * timedelta(seconds=1))
    usage = await past.report_service.usage(GUILD, Subject(), Span.TODAY)
    assert (usage.spent, usage.orders, usage.succeeded, usage.success_rate) == (Decimal("0.35"), 1, 1, 1.0)
    assert usage.took == Wait(half=timedelta(seconds=48), most=timedelta(seconds=48))
    assert usage.held == Wait(half=timedelta(), most=timedelta())
    assert [(one.name, one.usd, one.orders) for one in usage.members] == [(str(ANNE), Decimal("0.35"), 1)]
    assert [(one.name, one.usd) for one in usage.models] == [("Kling", Decimal("0.35"))]
    assert [(one.name, one.usd, one.orders) for one in usage.days] == [("2026-11-20", Decimal("0.35"), 1)]


async def test_a_month_of_failures_costs_nothing(past: Past) -> None:
    for state in (S.FAILED, S.EXPIRED, S.CANCELLED):
        await past.made(state)
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.spent, usage.orders, usage.failed, usage.cancelled) == (0, 3, 2, 1)
    assert (usage.success_rate, usage.took) == (0.0, None)


async def test_what_is_under_way_is_reserved(past: Past) -> None:
    await past.made()
    await past.accepted(usd="1.10", outputs=2)
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.spent, usage.reserved, usage.orders) == (Decimal("2.55"), Decimal("2.20"), 2)
    assert usage.success_rate == 1.0


async def test_the_providers_price_counts_and_until_then_the_estimate(past: Past) -> None:
    order_id = await past.made(usd=None)
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.spent, usage.orders) == (5, 1)  # the ceiling of ten seconds
    (generation,) = (await past.store.record(order_id)).generations
    await past.ledger.settle_cost(generation.id, Decimal("0.42"), past.clock.now())
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert usage.spent == usage.members[0].usd == usage.models[0].usd == Decimal("0.42")


async def test_a_member_has_their_own_and_guilds_know_nothing_of_each_other(past: Past) -> None:
    await past.made(by=ANNE)
    await past.made(by=BERT, usd="2.00", model="Veo")
    await past.made(by=ANNE, guild=OTHER_GUILD, usd="9.00", model="Sora")
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert [one.name for one in usage.members] == [str(BERT), str(ANNE)]
    assert [one.name for one in usage.models] == ["Veo", "Kling"]
    own = await past.report_service.usage(GUILD, Subject(member=ANNE), Span.MONTH)
    assert (own.spent, own.orders, own.members) == (Decimal("0.35"), 1, ())
    assert [one.name for one in own.models] == ["Kling"]
    none = await past.report_service.usage(GUILD, Subject(member=NEVER), Span.MONTH)
    assert (none.spent, none.orders, none.models) == (0, 0, ())


async def test_days_begin_at_the_guilds_own_midnight(past: Past, clock: ManualClock) -> None:
    await past.rule(time_zone="Asia/Kathmandu")  # UTC+5:45
    clock.jump(datetime(2026, 10, 31, 18, 14, tzinfo=UTC) - clock.now())
    await past.made(usd="1.00")  # 23:59 on 31 October there
    clock.advance(MINUTE)
    await past.made(usd="2.00")  # midnight
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.period.label, usage.spent, usage.succeeded) == ("2026-11", Decimal(2), 1)
    assert [(one.name, one.usd) for one in usage.days] == [("2026-11-01", Decimal(2))]
    before = await past.report_service.usage(GUILD, Subject(), Span.LAST_MONTH)
    assert (before.period.label, before.spent) == ("2026-10", Decimal(1))
    assert len(before.days) == 31
    assert (before.days[-1].name, before.days[-1].usd) == ("2026-10-31", Decimal(1))
    week = await past.report_service.usage(GUILD, Subject(), Span.WEEK)
    assert (week.period.label, week.spent) == ("2026-W44", Decimal(3))


async def test_budgets_are_the_guilds_or_the_members(past: Past) -> None:
    role = RoleId(7)
    await past.rule(
        month_budget=Decimal(10),
        day_budget=Decimal(1),
        everyone=Allowance(spend_per_month=Decimal(2)),
        by_role={role: Allowance(spend_per_month=Decimal(4), spend_per_day=Decimal(3))},
    )
    await past.made(usd="0.50")
    month = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert month.budget is not None
    assert (month.budget.usd, month.budget.share, month.day_budget) == (10, 0.05, 1)
    today = await past.report_service.usage(GUILD, Subject(), Span.TODAY)
    assert today.budget is not None
    assert today.budget.share == 0.5
    assert (await past.report_service.usage(GUILD, Subject(), Span.WEEK)).budget is None
    own = await past.report_service.usage(GUILD, Subject(member=ANNE), Span.MONTH)
    assert own.budget is not None
    assert (own.budget.usd, own.day_budget) == (2, None)
    richer = await past.report_service.usage(GUILD, Subject(member=ANNE, roles=frozenset({role})), Span.MONTH)
    assert richer.budget is not None
    assert (richer.budget.usd, richer.day_budget) == (4, 3)


async def test_a_forgotten_member_is_not_listed_and_their_money_stays(past: Past) -> None:
    order_id = await past.made(by=ANNE)
    await past.made(by=BERT, usd="1.00")
    await past.wordless(order_id)
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert (usage.spent, usage.others) == (Decimal("1.35"), Decimal("0.35"))
    assert [one.name for one in usage.members] == [str(BERT)]


# The table.


async def table(past: Past, report_service: ReportService | None = None, member: object = None) -> list[dict[str, str]]:
    period = period_of(Span.MONTH, past.clock.now(), "UTC")
    content = await (report_service or past.report_service).table(GUILD, member, period)  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(content.decode())))


async def test_the_table_has_a_line_for_each_generation_and_no_prompt(past: Past) -> None:
    first = await past.made(outputs=2, prompt="a secret fox")
    past.clock.advance(MINUTE)
    second = await past.made(S.FAILED, by=BERT, took=MINUTE)
    rows = await table(past)
    assert [(row["order"], row["output"], row["state"]) for row in rows] == [
        (first, "1", "succeeded"),
        (first, "2", "succeeded"),
        (second, "1", "failed"),
    ]
    assert rows[0] | {"id": "", "oxen_id": ""} == {
        "order": first, "output": "1", "id": "", "oxen_id": "", "member": f"<@{ANNE}>", "kind": "video",
        "model": "Kling", "state": "succeeded", "reason": "", "ordered_at": "2026-11-20T12:00:00+00:00",
        "sent_at": "2026-11-20T12:00:00+00:00", "ended_at": "2026-11-20T12:01:00+00:00", "usd": "0.350000",
        "amount": "estimated", "estimate": "listed",
    }  # fmt: skip
    assert "fox" not in str(rows)
    assert [row["order"] for row in await table(past, member=BERT)] == [second]


async def test_no_cell_is_a_formula(past: Past) -> None:
    models = {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'}
    for model in models:
        await past.made(model=model)
    assert {row["model"] for row in await table(past)} == {f"'{model}" for model in models}


async def test_a_table_is_read_in_parts_and_has_an_end(past: Past) -> None:
    parts = partial(ReportService, past.reports, past.policies, past.clock, batch=2)
    ordered = [await past.made() for _ in range(5)]  # all in the same millisecond
    assert [row["order"] for row in await table(past, parts())] == sorted(ordered)
    with pytest.raises(Refusal, match="table-long"):
        await table(past, parts(most_lines=4))


async def test_each_amount_says_what_it_is_and_where_it_is_from_and_all_are_the_ledgers(past: Past) -> None:
    """Told, estimated, unclear and reserved: each is marked, in the sums and in the table."""
    told = await past.made(usd="1.00")
    (generation,) = (await past.store.record(told)).generations
    await past.ledger.settle_cost(generation.id, Decimal("1.20"), past.clock.now())
    await past.made(usd=None, model="Veo")  # by the ceiling
    await past.made(S.FAILED, usd="0.40", reason=Reason.LOST)
    await past.accepted(usd="0.70")
    await past.made(S.FAILED)
    rows = await table(past)
    assert [(row["usd"], row["amount"], row["estimate"]) for row in rows] == [
        ("1.200000", "charged", "listed"),
        ("5.000000", "estimated", "ceiling"),
        ("0.400000", "unclear", "listed"),
        ("0.700000", "reserved", "listed"),
        ("0.000000", "", "listed"),
    ]
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    balance = await balance_of(past.db, GUILD)
    assert usage.spent == sum(Decimal(row["usd"]) for row in rows) == sum(one.usd for one in usage.kinds)
    assert usage.spent == balance.spent + balance.reserved + balance.unclear == Decimal("7.30")
    assert (usage.reserved, usage.unclear, usage.estimated) == (balance.reserved, balance.unclear, 5)
    assert [(one.name, one.unsure) for one in usage.models] == [("Veo", 5), ("Kling", balance.unclear)]
    assert usage.days[-1].unsure == usage.unsure == usage.members[0].unsure == Decimal("5.40")
    await past.rule(month_budget=Decimal(10))
    today, month = await past.report_service.budgets(GUILD)
    for standing in (today, month):
        assert standing.charged == balance.spent
        assert (standing.reserved, standing.unclear) == (balance.reserved, balance.unclear)
    assert (today.left, month.left) == (None, Decimal("2.70"))


async def test_images_and_videos_are_apart(past: Past) -> None:
    await past.made(took=48 * timedelta(seconds=1), usd="0.50")
    await past.made(S.FAILED)
    await past.made(kind=MediaKind.IMAGE, took=timedelta(seconds=4), usd="0.04", model="Flux")
    usage = await past.report_service.usage(GUILD, Subject(), Span.MONTH)
    assert [(one.kind, one.outputs, one.usd, one.success_rate) for one in usage.kinds] == [
        (MediaKind.VIDEO, 1, Decimal("0.50"), 0.5),
        (MediaKind.IMAGE, 1, Decimal("0.04"), 1.0),
    ]
    assert [one.took.half.total_seconds() for one in usage.kinds if one.took is not None] == [48, 4]


def test_the_end_of_the_month_is_forecast_from_its_second_day_on() -> None:
    month = period_of(Span.MONTH, NOON, "UTC")
    noon = month.start + timedelta(hours=12)
    assert forecast(Decimal(1), month, noon, None) is None
    assert forecast(Decimal(0), month, NOON, None) is None
    assert forecast(Decimal(1), month, month.end, None) is None
    tenth = month.start + timedelta(days=10)
    assert forecast(Decimal(2), month, tenth, Decimal(10)) == Forecast(usd=Decimal(6))
    exceeding = forecast(Decimal(5), month, tenth, Decimal(10))
    assert exceeding == Forecast(usd=Decimal(15), exhausted=month.start + timedelta(days=20))
    assert forecast(Decimal(12), month, tenth, Decimal(10)) == Forecast(usd=Decimal(36)), "it is used up already"


async def test_a_thousand_generations_add_up() -> None:
    usage = (await pictures.read(1_000, 1_000)).usage
    assert (usage.orders, usage.succeeded, usage.spent) == (1_000, 1_000, Decimal(350))
    assert sum(day.usd for day in usage.days) == sum(model.usd for model in usage.models) == usage.spent
    assert sum(member.orders for member in usage.members) == 1_000
    assert usage.others == 0
    assert usage.took is not None
    assert timedelta(seconds=20) <= usage.took.half <= usage.took.most <= timedelta(seconds=320)
