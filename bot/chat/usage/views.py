"""Values to messages: what was used, as a picture and in numbers beside it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

import discord
from discord import ui, utils

from bot.chat.kit.components import CustomId, button, cut, layout, row
from bot.chat.kit.words import duration, escape_markdown, mention
from bot.chat.usage.drawing import Bars, Chart, legible
from bot.domain.clock import from_millis
from bot.domain.ids import UserId
from bot.domain.records.reports import OfKind, Spent, Usage
from bot.domain.rules.periods import QUARTER, Period, Span, quarter
from bot.texts import Texts

PICTURE = "usage.png"
TABLE = CustomId("drover:table:{start}:{end}:{member}", start="[0-9]{1,8}", end="[0-9]{1,8}", member="[0-9]{1,20}")
_DRAWN, _LISTED = 5, 10  # members and models, in the picture and beside it
_NAME, _DRAWN_NAME = 60, 32  # characters of a model's name
_NOTHING = "–"  # noqa: RUF001 - a dash
_LINES = 4  # of the scale beside the days
_CENT = Decimal("0.01")


def drawn_members(usage: Usage) -> list[UserId]:
    """Whose names the picture has room for."""
    return [UserId(int(one.name)) for one in usage.members[:_DRAWN]] if usage.member is None else []


def usage_chart(usage: Usage, texts: Texts, names: Mapping[UserId, str]) -> Chart:
    """The picture. Who has no name in `names`, or one that cannot be drawn, is there by their number in the list."""
    rate, budget = usage.success_rate, usage.budget
    tiles = [
        (texts("usage-spent"), _amount(usage.spent, texts, unsure=usage.unsure)),
        (texts("usage-orders"), texts("usage-number", count=usage.orders)),
        (texts("usage-success"), _percent(rate) if rate is not None else _NOTHING),
    ]
    if usage.forecast is not None:
        tiles.append((texts("usage-forecast"), _amount(usage.forecast.usd, texts, unsure=usage.forecast.usd)))
    kinds = tuple(
        (
            texts("usage-kind-title", kind=one.kind.value, spent=_amount(one.usd, texts, unsure=one.unsure)),
            texts(
                "usage-kind-value",
                count=one.outputs,
                rate=_percent(one.success_rate) if one.success_rate is not None else "none",
                wait=duration(one.took.half, texts) if one.took is not None else "none",
            ),
        )
        for one in usage.kinds
    )
    days = tuple((str(date.fromisoformat(day.name).day), float(day.usd), float(day.unsure)) for day in usage.days)
    members = tuple(
        (
            cut(legible(names.get(UserId(int(one.name)), "")), _DRAWN_NAME) or f"{n}.",
            float(one.usd),
            _amount(one.usd, texts, unsure=one.unsure),
        )
        for n, one in _first(usage.members, _DRAWN)
    )
    models = tuple(
        (cut(one.name, _DRAWN_NAME), float(one.usd), _amount(one.usd, texts, unsure=one.unsure))
        for _, one in _first(usage.models, _DRAWN)
    )
    by_model = Bars(title=texts("usage-by-model"), rows=models)
    return Chart(
        tiles=tuple(tiles),
        kinds=kinds,
        note=texts("usage-unsure") if usage.unsure else "",
        meter=(_of_budget(usage, texts), budget.share) if budget is not None else None,
        days_title=texts("usage-by-day"),
        days=days,
        limit=(texts("usage-day-budget", budget=usage.day_budget), float(usage.day_budget))
        if usage.day_budget is not None
        else None,
        scale=_scale(max([*(day.usd for day in usage.days), usage.day_budget or Decimal(0)]), texts),
        bars=(by_model,)
        if usage.member is not None
        else (Bars(title=texts("usage-by-member"), rows=members), by_model),
    )


def usage_view(usage: Usage, span: Span, texts: Texts, *, pictured: bool, table: bool) -> ui.LayoutView:
    """The numbers, with the picture between them where there is one, and the button for the `table`."""
    whose = mention(usage.member) if usage.member is not None else "server"
    title = texts("usage-title", whose="member" if usage.member is not None else "server", user=whose)
    period = texts("usage-period", span=span.value, label=usage.period.label)
    head = f"### {title}\n-# {period}"
    if not usage.orders:
        return layout(head, texts("usage-nothing"))
    shown: list[ui.Item[Any] | str] = [head, "\n".join(_totals(usage, texts))]
    if pictured:
        picture = discord.MediaGalleryItem(f"attachment://{PICTURE}", description=texts("usage-picture"))
        shown.append(ui.MediaGallery(picture))
    shown += _lists(usage, texts)
    if table:
        shown.append(row(button(table_id(usage.period, usage.member), texts("usage-table"))))
    return layout(*shown)


def _totals(usage: Usage, texts: Texts) -> Iterator[str]:
    reserved = usage.reserved or "none"
    yield texts("usage-line-spent", spent=usage.spent, reserved=reserved, count=usage.orders)
    if usage.unclear:
        yield texts("usage-line-unclear", amount=usage.unclear)
    if usage.estimated:
        yield texts("usage-line-estimated", amount=usage.estimated)
    if usage.budget is not None:
        yield texts("usage-line-budget", text=_of_budget(usage, texts), share=_percent(usage.budget.share))
    rate = usage.success_rate
    yield texts(
        "usage-line-states",
        ready=usage.succeeded,
        failed=str(usage.failed),
        cancelled=str(usage.cancelled),
        rate=_percent(rate) if rate is not None else "none",
    )
    yield from (_kind_line(one, texts) for one in usage.kinds)
    if usage.held is not None and usage.held.most:  # where nobody waited for a turn, there is nothing to say
        half, most = duration(usage.held.half, texts), duration(usage.held.most, texts)
        yield texts("usage-line-held", half=half, most=most)
    if usage.forecast is not None:
        exhausted = usage.forecast.exhausted
        when = utils.format_dt(exhausted, "D") if exhausted is not None else "none"
        yield texts("usage-line-forecast", amount=usage.forecast.usd, exhausted=when)


def _kind_line(one: OfKind, texts: Texts) -> str:
    took = one.took
    return texts(
        "usage-line-kind",
        kind=one.kind.value,
        spent=_amount(one.usd, texts, unsure=one.unsure),
        count=one.outputs,
        rate=_percent(one.success_rate) if one.success_rate is not None else "none",
        half=duration(took.half, texts) if took is not None else "none",
        most=duration(took.most, texts) if took is not None else "none",
    )


def _amount(usd: Decimal, texts: Texts, *, unsure: Decimal) -> str:
    """An amount, with the sign for one of which a part is an estimate."""
    return f"≈ {texts.money(usd)}" if unsure else texts.money(usd)


def _lists(usage: Usage, texts: Texts) -> Iterator[str]:
    days = [f"{int(day.name[-2:])}: {_amount(day.usd, texts, unsure=day.unsure)}" for day in usage.days if day.usd]
    if len(usage.days) > 1 and days:
        yield f"**{texts('usage-by-day')}**\n{' · '.join(days)}"
    if usage.member is None:
        lines = [_line(n, mention(UserId(int(one.name))), one, texts) for n, one in _first(usage.members, _LISTED)]
        lines += [texts("usage-more", count=len(usage.members) - _LISTED)] * (len(usage.members) > _LISTED)
        lines += [texts("usage-forgotten", spent=usage.others)] * (usage.others > 0)
        yield "\n".join([f"**{texts('usage-by-member')}**", *lines])
    models = [_line(n, escape_markdown(one.name, _NAME), one, texts) for n, one in _first(usage.models, _LISTED)]
    models += [texts("usage-more", count=len(usage.models) - _LISTED)] * (len(usage.models) > _LISTED)
    yield "\n".join([f"**{texts('usage-by-model')}**", *models])


def _line(number: int, name: str, spent: Spent, texts: Texts) -> str:
    amount = _amount(spent.usd, texts, unsure=spent.unsure)
    return texts("usage-line", number=str(number), name=name, spent=amount, count=spent.orders)


def _first(spent: Sequence[Spent], most: int) -> list[tuple[int, Spent]]:
    return list(enumerate(spent[:most], 1))


def _of_budget(usage: Usage, texts: Texts) -> str:
    budget = usage.budget
    if budget is None:
        return ""
    return texts("usage-of-budget", spent=_amount(budget.spent, texts, unsure=usage.unsure), budget=budget.usd)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _scale(most: Decimal, texts: Texts) -> tuple[tuple[float, str], ...]:
    """Round amounts from nothing to `most`, or a little more."""
    if most <= 0:
        most = Decimal(1)
    rough = max(most / _LINES, Decimal("0.001"))
    unit = Decimal(10) ** rough.adjusted()
    step = unit * next(n for n in (1, 2, 5, 10) if rough <= unit * n)
    if step < _CENT <= most:  # half a cent above one has no name
        step = _CENT
    lines = int((most / step).to_integral_value(ROUND_CEILING))
    return tuple((float(step * n), texts.money(step * n)) for n in range(lines + 1))


def table_id(period: Period, member: UserId | None) -> str:
    """The custom_id that names the table of a period, by its quarter hours, of a member or of the server."""
    return TABLE(start=str(quarter(period.start)), end=str(quarter(period.end)), member=str(member or 0))


def table_of(values: Mapping[str, str]) -> tuple[Period, UserId | None]:
    """What `table_id` wrote."""
    millis = QUARTER // timedelta(milliseconds=1)
    start, end = (from_millis(int(values[name]) * millis) for name in ("start", "end"))
    return Period(start=start, end=end, label=f"{start:%Y-%m-%d}"), UserId(int(values["member"])) or None
