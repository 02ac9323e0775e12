"""Values to messages: the order card. Pure; nothing here sends anything."""

import discord
from discord import ui

from bot.chat.controls import CancelOrder
from bot.chat.translation import Texts
from bot.chat.words import ago, mention, quote, settings_line
from bot.domain.generation import Generation, GenerationState
from bot.domain.ids import short
from bot.domain.order import OrderRecord

PROMPT_SHOWN = 1000  # characters; a card's texts share 4,000 (FACTS section 2)
_BLUE, _GREEN, _RED, _GREY = 0x3B82F6, 0x22C55E, 0xEF4444, 0x6B7280


def order_card(record: OrderRecord, texts: Texts) -> ui.LayoutView:
    """The card of an order: who asked, what, with which settings, and how each generation stands."""
    order, plan = record.order, record.order.plan
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_colour(record))
    title = texts("card-title", kind=plan.kind.value, count=plan.count, user=mention(order.occasion.requester_id))
    container.add_item(ui.TextDisplay(f"### {title}"))
    container.add_item(ui.TextDisplay(quote(plan.prompt, PROMPT_SHOWN)))
    container.add_item(ui.TextDisplay(settings_line(plan, texts)))
    container.add_item(ui.Separator())
    container.add_item(ui.TextDisplay(_states(record, texts)))
    if not record.ended:
        container.add_item(_buttons(record, texts))
    container.add_item(ui.TextDisplay(f"-# {texts('card-footer', order=short(order.id))}"))
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def state_line(generation: Generation, texts: Texts) -> str:
    """How one generation stands."""
    state = generation.state
    if not state.ended and generation.cancel_requested_by is not None:
        return texts("state-cancelling")
    if state is GenerationState.PROCESSING and generation.started_at is not None:
        return texts("state-processing", since=ago(generation.started_at))
    return texts(f"state-{state.value}")


def _states(record: OrderRecord, texts: Texts) -> str:
    lines = [_state(record, g, texts) for g in record.generations]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"{g.ordinal}. {line}" for g, line in zip(record.generations, lines, strict=True))


def _state(record: OrderRecord, generation: Generation, texts: Texts) -> str:
    waiting_again = generation.state is GenerationState.INTENDED and record.send_attempts > 0
    if waiting_again and generation.cancel_requested_by is None:
        return texts("state-retrying", when=ago(record.send_due_at))
    return state_line(generation, texts)


def _buttons(record: OrderRecord, texts: Texts) -> ui.ActionRow[ui.LayoutView]:
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    label = texts("card-cancel" if record.cancellable else "card-cancelling")
    row.add_item(CancelOrder(record.order.id, label=label, disabled=not record.cancellable))
    return row


def _colour(record: OrderRecord) -> discord.Colour:
    states = {g.state for g in record.generations}
    if not record.ended:
        return discord.Colour(_BLUE)
    if states == {GenerationState.SUCCEEDED}:
        return discord.Colour(_GREEN)
    return discord.Colour(_GREY if states <= {GenerationState.SUCCEEDED, GenerationState.CANCELLED} else _RED)
