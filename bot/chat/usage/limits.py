"""`/limits`: what a member may still order today and this month, and why. For their eyes only."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import ROUND_FLOOR

from discord import ui

from bot.chat.kit.components import AMBER, GREY, layout
from bot.chat.kit.context import InteractionContext
from bot.chat.kit.replies import defer
from bot.chat.kit.words import ago, refusal_text, without_deleted
from bot.domain.orders.left import Left, Per
from bot.domain.rules.limits import rounded
from bot.domain.rules.remaining import Remaining
from bot.texts import Texts


async def show_limits(context: InteractionContext) -> None:
    """Answers with what whoever asks may still order here."""
    await defer(context.interaction, ephemeral=True)
    remaining = await context.services.limits_service.remaining(context.asked)
    if remaining.refusal is not None:
        why = without_deleted(remaining.refusal, context.interaction.guild)
        remaining = replace(remaining, refusal=why)
    await context.interaction.edit_original_response(view=limits_view(remaining, context.texts))


def limits_view(remaining: Remaining, texts: Texts) -> ui.LayoutView:
    """What is left of the day and of the month, each with the limits that leave it; then what one order may be."""
    parts = [f"### {texts('limits-title')}"]
    if remaining.refusal is not None:
        parts.append(texts("limits-refused", why=refusal_text(remaining.refusal, texts)))
    # What binds the month binds each of its days.
    for per, binding in ((Per.DAY, (Per.DAY, Per.MONTH, Per.ALL)), (Per.MONTH, (Per.MONTH, Per.ALL)), (Per.ALL, ())):
        lines = [*_lines((one for one in remaining.limits if one.per is per), texts)]
        least = remaining.tightest(*binding)
        if least is not None and (lines or per is Per.DAY):
            resets = next((one.resets for one in remaining.limits if one.per is per and one.resets), None)
            left = rounded(least.left, ROUND_FLOOR)
            lines.insert(0, texts("limits-left", per=per, left=left, resets=ago(resets) if resets else "none"))
        if lines:
            parts.append("\n".join(lines))
    beside = [*_beside(remaining, texts)]
    if beside:
        parts.append("\n".join(beside))
    if not remaining.limits and not beside and remaining.refusal is None:
        parts.append(texts("limits-none"))
    elif remaining.limits:
        parts.append(f"-# {texts('limits-reserved')}")
    return layout(*parts, colour=GREY if remaining.refusal is None else AMBER)


def _lines(limits: Iterable[Left], texts: Texts) -> Iterator[str]:
    """What each limit leaves, and who has set it so."""
    for one in limits:
        role = f"<@&{one.role}>" if one.role is not None else "none"
        if one.orders:
            yield texts("limits-orders", count=int(one.left), max=int(one.limit), role=role)
        else:
            left = rounded(one.left, ROUND_FLOOR)
            yield texts("limits-money", whose=one.whose, left=left, limit=one.limit, role=role)


def _beside(remaining: Remaining, texts: Texts) -> Iterator[str]:
    """What holds for each order, and at each moment."""
    allowance = remaining.allowance
    if allowance.in_flight is not None:
        yield texts("limits-in-flight", count=remaining.in_flight, max=allowance.in_flight)
    if remaining.running is not None:
        yield texts("limits-running", max=remaining.running)
    if allowance.longest is not None:
        yield texts("limits-longest", max=allowance.longest)
    if allowance.resolution is not None:
        yield texts("limits-resolution", lines=str(allowance.resolution))
