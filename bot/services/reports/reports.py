"""What a guild or a member has used: put together from short reads, so that nobody waits long for the database."""

import csv
import io
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.domain.clock import Clock, SteadyClock
from bot.domain.errors import Refusal, Value
from bot.domain.ids import GuildId, RoleId, UserId
from bot.domain.models.catalogue import MediaKind
from bot.domain.orders.generation import GenerationState
from bot.domain.records.reports import Budget, BudgetStanding, Forecast, OfKind, Spent, Usage, success_rate, wait_of
from bot.domain.records.stars import BEST
from bot.domain.rules.periods import Period, Span, days_of, period_of, quarter, week_before
from bot.domain.rules.policy import GuildPolicy
from bot.store.records.guild_log import Notices
from bot.store.records.stars import Stars
from bot.store.wallet.policies import GuildPolicyRepository
from bot.store.wallet.reports import Line, Outcomes, Reports, Tallied

log = logging.getLogger(__name__)

_MOST_LINES = 50_000  # of a table: about 10 MB, which a message to any guild carries
_HEAD = (
    "order", "output", "id", "oxen_id", "member", "kind", "model", "state", "reason", "ordered_at", "sent_at",
    "ended_at", "usd", "amount", "estimate",
)  # fmt: skip
_SUCCEEDED = GenerationState.SUCCEEDED
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_NONE = Decimal(0)  # USD
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one (OWASP, "CSV Injection")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose usage: a member's, with the roles by which their limits go, or the whole guild's (None)."""

    member: UserId | None = None
    roles: frozenset[RoleId] = frozenset()


class ReportService:
    """`most_lines` are in a table, which is read `batch` orders at a time."""

    def __init__(
        self,
        reports: Reports,
        policies: GuildPolicyRepository,
        clock: Clock,
        *,
        batch: int = 500,
        most_lines: int = _MOST_LINES,
    ) -> None:
        self._batch, self._most_lines = batch, most_lines
        self._reports = reports
        self._policies = policies
        self._clock = clock

    async def usage(self, guild_id: GuildId, subject: Subject, span: Span) -> Usage:
        """What was used in the span, by the guild's clock."""
        policy, now = await self._policies.get(guild_id), self._clock.now()
        period = period_of(span, now, policy.time_zone)
        budget, day_budget = _budgets(policy, subject, span)
        usage = await self._usage(guild_id, subject, period, policy.time_zone, budget, day_budget)
        return replace(usage, forecast=forecast(usage.spent, period, now, budget)) if span is Span.MONTH else usage

    async def budgets(self, guild_id: GuildId) -> list[BudgetStanding]:
        """What the whole guild has spent today and this month, by its own clock, and what its budgets are."""
        policy, now = await self._policies.get(guild_id), self._clock.now()
        standings: list[BudgetStanding] = []
        for span, budget in ((Span.TODAY, policy.day_budget), (Span.MONTH, policy.month_budget)):
            period = period_of(span, now, policy.time_zone)
            total = sum((one.usd for one in await self._reports.spent(guild_id, None, period)), Decimal(0))
            reserved, unclear = await self._reports.not_charged(guild_id, period)
            standings.append(
                BudgetStanding(
                    span=span,
                    charged=total - reserved - unclear,
                    reserved=reserved,
                    unclear=unclear,
                    budget=budget,
                    resets=period.end,
                )
            )
        return standings

    async def of_period(self, guild_id: GuildId, period: Period, zone: str) -> Usage:
        """What the whole guild used in a period of its calendar."""
        return await self._usage(guild_id, Subject(), period, zone, None, None)

    async def _usage(
        self,
        guild_id: GuildId,
        subject: Subject,
        period: Period,
        zone: str,
        budget: Decimal | None,
        day_budget: Decimal | None,
    ) -> Usage:
        tallied = await self._reports.spent(guild_id, subject.member, period)
        members = [] if subject.member is not None else await self._reports.spent_by_member(guild_id, period)
        days = [day for day in days_of(period, zone) if day.start <= self._clock.now()]
        by_day = {day.label: await self._reports.outcomes(guild_id, subject.member, day) for day in days}
        outcomes = [one for found in by_day.values() for one in found]
        spent = sum((one.usd for one in tallied), Decimal(0))
        unsure: defaultdict[int, Decimal] = defaultdict(Decimal)  # by member
        for one in outcomes:
            unsure[one.requester_id] += _unsure(one)
        return Usage(
            period=period,
            member=subject.member,
            spent=spent,
            reserved=sum((one.usd for one in outcomes if not one.state.ended), Decimal(0)),
            unclear=sum((one.unclear for one in outcomes), Decimal(0)),
            estimated=sum((one.estimated for one in outcomes), Decimal(0)),
            orders=sum(one.orders for one in tallied),
            days=_by_day(days, tallied, {name: sum(map(_unsure, found), _NONE) for name, found in by_day.items()}),
            members=_dearest(
                Spent(name=str(one.key), usd=one.usd, orders=one.orders, unsure=unsure[one.key]) for one in members
            ),
            models=_by_model(outcomes),
            kinds=tuple(_of_kinds(outcomes)),
            others=spent - sum((one.usd for one in members), Decimal(0)) if subject.member is None else Decimal(0),
            states=_states(outcomes),
            took=wait_of(_counted((one.took, one.outputs) for one in outcomes if one.state is _SUCCEEDED)),
            held=wait_of(_counted((one.held, one.outputs) for one in outcomes)),
            budget=Budget(usd=budget, spent=spent) if budget is not None else None,
            day_budget=day_budget,
        )

    async def table(self, guild_id: GuildId, member: UserId | None, period: Period) -> bytes:
        """Every generation ordered in the period, as CSV (UTF-8, one line each, oldest first), without prompts.

        Raises `Refusal` when it would not fit into a message.
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(_HEAD)
        count, last = 0, None
        while lines := await self._reports.lines(guild_id, member, period, last, self._batch):
            count, last = count + len(lines), lines[-1]
            if count > self._most_lines:
                raise Refusal("table-long", max=self._most_lines)
            writer.writerows([_plain(cell) for cell in _cells(line)] for line in lines)
        return out.getvalue().encode()


def _budgets(policy: GuildPolicy, subject: Subject, span: Span) -> tuple[Decimal | None, Decimal | None]:
    """What may be spent in the span, and on one day of it."""
    if subject.member is None:
        day, month = policy.day_budget, policy.month_budget
    else:
        allowance = policy.allowance(subject.roles)
        day, month = allowance.spend_per_day, allowance.spend_per_month
    whole = {Span.TODAY: day, Span.MONTH: month, Span.LAST_MONTH: month}
    return whole.get(span), day


def forecast(spent: Decimal, period: Period, now: datetime, budget: Decimal | None) -> Forecast | None:
    """The period's end, if it goes on as until `now`; None on its first day, when one order would say too much."""
    passed, whole = now - period.start, period.end - period.start
    if passed < _DAY or now >= period.end or not spent:
        return None
    usd = spent * (whole // _SECOND) / (passed // _SECOND)
    if budget is None or not spent < budget < usd:
        return Forecast(usd=usd)
    return Forecast(usd=usd, exhausted=period.start + passed * float(budget / spent))


def _unsure(one: Outcomes) -> Decimal:
    return one.unclear + one.estimated


def _by_day(days: Sequence[Period], tallied: Sequence[Tallied], unsure: Mapping[str, Decimal]) -> tuple[Spent, ...]:
    orders = Counter[str]()
    usd = {day.label: Decimal(0) for day in days}
    names = {q: day.label for day in days for q in range(quarter(day.start), quarter(day.end))}
    for one in tallied:
        name = names.get(one.key)
        if name is not None:
            usd[name] += one.usd
            orders[name] += one.orders
    return tuple(
        Spent(name=name, usd=amount, orders=orders[name], unsure=unsure.get(name, _NONE))
        for name, amount in usd.items()
    )


def _by_model(outcomes: Iterable[Outcomes]) -> tuple[Spent, ...]:
    usd: defaultdict[str, Decimal] = defaultdict(Decimal)
    unsure: defaultdict[str, Decimal] = defaultdict(Decimal)
    orders = Counter[str]()
    for one in outcomes:
        usd[one.model_name] += one.usd
        unsure[one.model_name] += _unsure(one)
        orders[one.model_name] += one.orders
    return _dearest(
        Spent(name=name, usd=amount, orders=orders[name], unsure=unsure[name]) for name, amount in usd.items()
    )


def _of_kinds(outcomes: Sequence[Outcomes]) -> Iterator[OfKind]:
    """Videos and images apart: they differ in everything."""
    for kind in MediaKind:
        found = [one for one in outcomes if one.kind is kind]
        if found:
            states = _states(found)
            yield OfKind(
                kind=kind,
                outputs=states[_SUCCEEDED],
                usd=sum((one.usd for one in found), Decimal(0)),
                unsure=sum(map(_unsure, found), _NONE),
                success_rate=success_rate(states),
                took=wait_of(_counted((one.took, one.outputs) for one in found if one.state is _SUCCEEDED)),
            )


def _dearest(spent: Iterable[Spent]) -> tuple[Spent, ...]:
    return tuple(sorted(spent, key=lambda one: (-one.usd, -one.orders, one.name)))


def _states(outcomes: Iterable[Outcomes]) -> Counter[GenerationState]:
    counted = Counter[GenerationState]()
    for one in outcomes:
        counted[one.state] += one.outputs
    return counted


def _counted(waits: Iterable[tuple[int | None, int]]) -> Counter[int]:
    counted = Counter[int]()
    for seconds, outputs in waits:
        if seconds is not None:
            counted[max(0, seconds)] += outputs  # a clock that was set back is no wait
    return counted


def _cells(line: Line) -> Iterable[str]:
    yield from (line.order_id, str(line.ordinal), line.id, line.remote_id or "")
    # As a mention: a spreadsheet would round a number of 19 digits, and Discord shows who that is.
    yield f"<@{line.requester_id}>" if line.requester_id else ""
    yield from (line.kind, line.model_id, line.state, line.reason or "")
    for moment in (line.ordered_at, line.sent_at, line.ended_at):
        yield moment.isoformat(timespec="seconds") if moment is not None else ""
    yield f"{line.usd:.6f}" if line.usd is not None else ""
    yield from (line.amount, line.estimate_source)


def _plain(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


WEEKLY = "weekly"  # the kind of the notice
_REST = timedelta(minutes=15)  # every zone's midnight is at a quarter hour


class WeeklySummary:
    def __init__(
        self,
        policies: GuildPolicyRepository,
        report_service: ReportService,
        notices: Notices,
        stars: Stars,
        clock: SteadyClock,
    ) -> None:
        self._policies = policies
        self._report_service = report_service
        self._notices = notices
        self._stars = stars
        self._clock = clock

    async def step(self) -> timedelta:
        """Writes down what guilds are owed. The key of the notice is the week, so each is told once, restart or not."""
        now = self._clock.sure()
        if now is None:
            return self._clock.confirmed_after
        for guild_id, policy in await self._policies.with_weekly_summary():
            if policy.log_channel is not None:
                await self._summarise(guild_id, policy, now)
        return _REST

    async def _summarise(self, guild_id: GuildId, policy: GuildPolicy, now: datetime) -> None:
        week = week_before(now, policy.time_zone)
        key = f"{WEEKLY}-{week.label}"
        if await self._notices.told(guild_id, key):
            return
        usage = await self._report_service.of_period(guild_id, week, policy.time_zone)
        best = await self._stars.best(guild_id, week, BEST)
        told = _values(usage) | ({"best": json.dumps([asdict(one) for one in best])} if best else {})
        if usage.orders and await self._notices.owe(guild_id, WEEKLY, key, told, now):
            log.info("weekly summary owed", extra={"guild": guild_id, "week": week.label})


def _values(usage: Usage) -> dict[str, Value]:
    """Texts where the notice chooses among words: "none" is what there is none of."""
    rate, took = usage.success_rate, usage.took
    return {
        "week": usage.period.label,
        "spent": usage.spent,
        "count": usage.orders,
        "ready": usage.succeeded,
        "failed": str(usage.failed),
        "cancelled": str(usage.cancelled),
        "rate": f"{rate * 100:.0f} %" if rate is not None else "none",
        "half": _seconds(took.half) if took is not None else "none",
        "most": _seconds(took.most) if took is not None else "none",
        "model": usage.models[0].name if usage.models else "none",
        "member": usage.members[0].name if usage.members else "none",
    }


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))
