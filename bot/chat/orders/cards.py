"""Values to messages: the order card. Pure; nothing here sends anything."""

from datetime import datetime, timedelta

import discord
from bot.domain.ids import short
from bot.domain.orders.generation import Generation, GenerationState
from bot.domain.orders.order import OrderRecord, RequestContext, ValidatedRequest
from bot.domain.orders.waiting import Estimate, Place
from discord import ui, utils

from bot.chat.kit.money import money_line, price_line
from bot.chat.kit.translation import Texts
from bot.chat.kit.words import ago, mention, quote, settings_line, shots_lines, shots_of
from bot.chat.orders.controls import CancelOrder, FreshLink
from bot.chat.orders.shown import input_items

SHOTS_SHOWN = 2000  # characters of all shots together
PROMPT_SHOWN = 1000  # characters; a card's texts share 4,000 (FACTS section 2)
_HALF_A_DAY = timedelta(hours=12)  # further away, the hour alone would not say which day's
_BLUE, _GREEN, _RED, _GREY = 0x3B82F6, 0x22C55E, 0xEF4444, 0x6B7280


def order_card(record: OrderRecord, texts: Texts) -> ui.LayoutView:
    """The card of an order: who asked, what, with which settings, and how each generation stands."""
    order = record.order
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=_colour(record))
    add_request(container, order.request, order.context, money_line(record, texts), texts)
    container.add_item(ui.Separator())
    container.add_item(ui.TextDisplay(_states(record, texts)))
    if record.place is not None and not record.ended:
        container.add_item(ui.TextDisplay(place_line(record.place, texts)))
    if record.untold:
        container.add_item(ui.TextDisplay(texts("card-untold", order=short(order.id))))
    ready = [g for g in record.generations if g.id in record.untold and g.state is GenerationState.SUCCEEDED]
    if ready:
        links: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for generation in ready:
            links.add_item(FreshLink(generation.id, label=texts("result-fresh-link", ordinal=generation.ordinal)))
        container.add_item(links)
    if not record.ended:
        container.add_item(_buttons(record, texts))
    container.add_item(ui.TextDisplay(f"-# {texts('card-footer', order=short(order.id))}"))
    return _alone(container)


def waiting_card(validated: ValidatedRequest, context: RequestContext, texts: Texts) -> ui.LayoutView:
    """The card while its files are stored: the order is not accepted before they are. Refers to them by name."""
    container: ui.Container[ui.LayoutView] = ui.Container(accent_colour=discord.Colour(_GREY))
    add_request(container, validated, context, price_line(validated, texts), texts)
    container.add_item(ui.TextDisplay(f"-# {texts('card-storing')}"))
    return _alone(container)


def _alone(container: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def add_request(
    container: ui.Container[ui.LayoutView],
    validated: ValidatedRequest,
    context: RequestContext,
    money: str,
    texts: Texts,
) -> None:
    """Who asked, for what, with which settings and files; `money` says what it costs."""
    title = texts("card-title", kind=validated.kind.value, count=validated.count, user=mention(context.requester_id))
    container.add_item(ui.TextDisplay(f"### {title}"))
    shots = shots_of(validated)
    if shots:
        container.add_item(ui.TextDisplay(_cut(shots_lines(shots, texts))))
    elif validated.prompt:
        container.add_item(ui.TextDisplay(quote(validated.prompt, PROMPT_SHOWN)))
    container.add_item(ui.TextDisplay(f"{settings_line(validated, texts)}\n{money}"))
    for item in input_items(validated.inputs, context, texts):
        container.add_item(item)


def _cut(text: str) -> str:
    return text if len(text) <= SHOTS_SHOWN else f"{text[: SHOTS_SHOWN - 1]}…"


def state_line(generation: Generation, texts: Texts) -> str:
    """How one generation stands."""
    state = generation.state
    if not state.ended and generation.cancel_requested_by is not None:
        return texts("state-cancelling")
    if state is GenerationState.PROCESSING and generation.started_at is not None:
        return texts("state-processing", since=ago(generation.started_at))
    return texts(f"state-{state.value}")


def _states(record: OrderRecord, texts: Texts) -> str:
    lines = [state_in(record, g, texts) for g in record.generations]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"{g.ordinal}. {line}" for g, line in zip(record.generations, lines, strict=True))


def state_in(record: OrderRecord, generation: Generation, texts: Texts) -> str:
    """How one generation of the order stands."""
    if generation.state is GenerationState.INTENDED and generation.cancel_requested_by is None:
        if record.send_attempts > 0:
            return texts("state-retrying", when=ago(record.send_due_at))
        if record.admitted_at is None:
            return texts("state-in-line")
    return state_line(generation, texts)


def place_line(place: Place, texts: Texts) -> str:
    """Where an order stands in its guild's own queue, and when it is expected, in the reader's own time."""
    if place.paused:
        return texts("place-paused", count=place.ahead)
    line = texts("place", count=place.ahead)
    return line if place.estimate is None else f"{line} {expected(place.at, place.estimate, texts)}"


def expected(at: datetime, estimate: Estimate, texts: Texts) -> str:
    """When a result is likely there, and by when nearly surely."""
    style = "t" if estimate.at_most < _HALF_A_DAY else "f"
    likely, at_most = (utils.format_dt(at + each, style) for each in (estimate.likely, estimate.at_most))
    return texts("place-expected", likely=likely, most=at_most)


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
